//! A JSON value that is usually a text, and is then borrowed from the payload.
//!
//! Servers disagree about types: a content may be a list, an id a number, arguments an object. One
//! odd member must not make the payload unreadable, and the usual text must not cost a copy.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// A text or anything else; absent and null are [`Value::Null`].
#[derive(Debug, PartialEq)]
pub(super) enum Loose<'a> {
    Text(Cow<'a, str>),
    Other(Value),
}

impl Default for Loose<'_> {
    fn default() -> Self {
        Self::Other(Value::Null)
    }
}

impl<'a> Loose<'a> {
    /// The text, when it is one and not empty.
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// The number, also when it is written as text.
    pub(super) fn as_number(&self) -> Option<u64> {
        match self {
            Self::Text(text) => text.parse().ok(),
            Self::Other(value) => value.as_u64(),
        }
    }

    /// This, or `other` when this says nothing.
    pub(super) fn or(self, other: Self) -> Self {
        match self {
            Self::Text(text) if !text.is_empty() => Self::Text(text),
            Self::Other(value) if !value.is_null() => Self::Other(value),
            _ => other,
        }
    }

    /// Whether there is nothing: absent, null or an empty text.
    pub(super) fn is_nothing(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::Other(value) => value.is_null(),
        }
    }

    /// The items of a list; none of anything else.
    pub(super) fn into_items(self) -> Vec<Value> {
        match self {
            Self::Other(Value::Array(items)) => items,
            _ => Vec::new(),
        }
    }

    /// The text, or the texts of the `text` parts of a list of parts.
    pub(super) fn each_text(&self, mut each: impl FnMut(&str)) {
        match self {
            Self::Text(text) if text.is_empty() => {}
            Self::Text(text) => each(text),
            Self::Other(value) => value.as_array().into_iter().flatten().for_each(|part| {
                if let Some(text) = part.get("text").and_then(Value::as_str) {
                    each(text);
                }
            }),
        }
    }

    /// The texts inside the `thinking` parts of a list of parts.
    pub(super) fn each_thought(&self, mut each: impl FnMut(&str)) {
        let Self::Other(Value::Array(parts)) = self else {
            return;
        };
        for part in parts {
            match part.get("thinking") {
                Some(Value::String(text)) => each(text),
                Some(Value::Array(inner)) => inner
                    .iter()
                    .filter_map(|part| part.get("text")?.as_str())
                    .for_each(&mut each),
                _ => {}
            }
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Loose<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Loose::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Loose::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Loose::default())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Loose::Other(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Loose::Other(value.into()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Loose::Other(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Loose::Other(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Self::Value, A::Error> {
        Value::deserialize(SeqAccessDeserializer::new(items)).map(Loose::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
        Value::deserialize(MapAccessDeserializer::new(members)).map(Loose::Other)
    }
}
