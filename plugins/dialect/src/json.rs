//! A payload as a tree of JSON values whose texts are borrowed from it.
//!
//! Servers disagree about types: a content may be a list, an id a number, arguments an object. A
//! tree takes them all, so that one odd member does not spoil the rest; and one reader of trees is
//! a quarter of the code that one reader per kind of object would be. Absent members are null.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// One JSON value.
#[derive(Debug, PartialEq)]
pub enum Json<'a> {
    /// `null`, and what is absent.
    Null,
    /// A switch.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text, borrowed where it holds no escape.
    Text(Cow<'a, str>),
    /// A list.
    List(Vec<Json<'a>>),
    /// Members in their order.
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

static NULL: Json<'static> = Json::Null;

impl<'a> Json<'a> {
    /// A member of an object; null when there is none or this is no object. Of members of the same
    /// name the last counts.
    pub fn get(&self, name: &str) -> &Self {
        let Self::Object(members) = self else {
            return &NULL;
        };
        let member = members.iter().rev().find(|(known, _)| known == name);
        member.map_or(&NULL, |(_, value)| value)
    }

    /// The items of a list; none of anything else.
    pub fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// The text, when it is one and not empty.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// The number, also when it is written as text.
    pub fn number(&self) -> Option<u64> {
        match self {
            Self::Text(text) => text.parse().ok(),
            Self::Number(number) => number.as_u64(),
            _ => None,
        }
    }

    /// The number with its fraction, also when it is written as text.
    pub fn decimal(&self) -> Option<f64> {
        match self {
            Self::Text(text) => text.parse().ok(),
            Self::Number(number) => number.as_f64(),
            _ => None,
        }
    }

    /// Whether there is nothing: absent, null or an empty text.
    pub fn is_nothing(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.is_empty(),
            _ => false,
        }
    }

    /// This, or `other` when this says nothing.
    pub fn or<'b>(&'b self, other: &'b Self) -> &'b Self {
        if self.is_nothing() { other } else { self }
    }

    /// The text, or the texts of the `text` parts of a list of parts.
    pub fn each_text(&self, mut each: impl FnMut(&str)) {
        let parts = self.items().iter().map(|part| part.get("text"));
        for text in std::iter::once(self).chain(parts).filter_map(Self::text) {
            each(text);
        }
    }

    /// The texts inside the `thinking` parts of a list of parts.
    pub fn each_thought(&self, mut each: impl FnMut(&str)) {
        for part in self.items() {
            part.get("thinking").each_text(&mut each);
        }
    }

    /// The same as a value of its own.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(value) => Value::Number(value.clone()),
            Self::Text(text) => Value::String(text.clone().into_owned()),
            Self::List(items) => Value::Array(items.iter().map(Self::to_value).collect()),
            Self::Object(members) => {
                let mut object = Map::new();
                for (name, value) in members {
                    object.insert(name.to_string(), value.to_value());
                }
                Value::Object(object)
            }
        }
    }
}

/// Puts more to a value: texts and lists grow, everything else is replaced.
pub fn append(value: &mut Value, more: Value) {
    match (value, more) {
        (Value::String(text), Value::String(more)) => text.push_str(&more),
        (Value::Array(items), Value::Array(more)) => items.extend(more),
        (value, more) => *value = more,
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Json<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Tree)
    }
}

struct Tree;

impl<'de> Visitor<'de> for Tree {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Number::from_f64(value).map_or(Json::Null, Json::Number))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::with_capacity(8);
        while let Some(name) = access.next_key::<Json<'de>>()? {
            if let Json::Text(name) = name {
                members.push((name, access.next_value()?));
            }
        }
        Ok(Json::Object(members))
    }
}
