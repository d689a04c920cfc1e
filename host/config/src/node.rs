//! A YAML or JSON text as a tree in which every value knows its place. Nothing is interpreted.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;
use serde_saphyr::{Location, MessageFormatter, Options, Spanned, UserMessageFormatter};

use crate::{ConfigErrors, Diagnostic, Place};

/// A value and where it stands.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) value: Kind,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Null,
    Flag(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// One line of a mapping. A key may come more than once; the last one counts.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) place: Place,
    pub(crate) value: Node,
}

impl Node {
    /// What it is, for a message: `must be X, not …`.
    pub(crate) fn noun(&self) -> &'static str {
        match self.value {
            Kind::Null => "nothing",
            Kind::Flag(_) => "true or false",
            Kind::Number(_) => "a number",
            Kind::Text(_) => "text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a mapping",
        }
    }
}

/// Values in one document, those behind aliases counted each time: room for any real team.
const MAX_NODES: usize = 50_000;

/// Reads one document. YAML as in the reference: 1.1 booleans, anchors and merge keys.
pub(crate) fn parse_yaml(source: &str, text: &str) -> Result<Node, ConfigErrors> {
    let raw: Spanned<Raw> = serde_saphyr::from_str_with_options(text, options())
        .map_err(|error| unreadable(source, &error))?;
    Ok(placed(source.into(), raw))
}

/// Reads one JSON document. It is also YAML, so the places come from the same reader.
pub(crate) fn parse_json(source: &str, text: &str) -> Result<Node, ConfigErrors> {
    serde_json::from_str::<serde::de::IgnoredAny>(text).map_err(|error| {
        let place = Place {
            source: source.into(),
            line: narrow(error.line() as u64),
            column: narrow(error.column() as u64),
        };
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default();
        Diagnostic::error(place, "", format!("not valid JSON: {message}"))
    })?;
    parse_yaml(source, text)
}

fn options() -> Options {
    serde_saphyr::options! {
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::PassThrough,
        leading_zero_numbers_as_strings: true,
        with_snippet: false,
        budget: serde_saphyr::budget! { max_nodes: MAX_NODES },
    }
}

fn unreadable(source: &str, error: &serde_saphyr::Error) -> ConfigErrors {
    let error = error.without_snippet();
    let message = UserMessageFormatter.format_message(error);
    let message = message.replace(char::is_control, " ");
    let place = at(source.into(), error.location().unwrap_or(Location::UNKNOWN));
    Diagnostic::error(place, "", format!("not valid YAML: {message}")).into()
}

fn at(source: std::sync::Arc<str>, location: Location) -> Place {
    Place {
        source,
        line: narrow(location.line()),
        column: narrow(location.column()),
    }
}

fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// What serde hands over, before the source's name is added to each place.
enum Raw {
    Null,
    Flag(bool),
    Number(Number),
    Text(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

fn placed(source: std::sync::Arc<str>, raw: Spanned<Raw>) -> Node {
    let place = at(source.clone(), raw.referenced);
    let value = match raw.value {
        Raw::Null => Kind::Null,
        Raw::Flag(flag) => Kind::Flag(flag),
        Raw::Number(number) => Kind::Number(number),
        Raw::Text(text) => Kind::Text(text),
        Raw::List(items) => {
            let items = items.into_iter();
            Kind::List(items.map(|item| placed(source.clone(), item)).collect())
        }
        Raw::Map(entries) => {
            let entries = entries.into_iter();
            Kind::Map(entries.map(|entry| placed_entry(&source, entry)).collect())
        }
    };
    Node { place, value }
}

fn placed_entry(
    source: &std::sync::Arc<str>,
    (key, value): (Spanned<String>, Spanned<Raw>),
) -> Entry {
    Entry {
        place: at(source.clone(), key.referenced),
        key: key.value,
        value: placed(source.clone(), value),
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("text, a number, true, false, null, a list or a mapping")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Raw, E> {
        Ok(Raw::Flag(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Raw, E> {
        Ok(Raw::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Raw, E> {
        Ok(Raw::Number(number.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Raw, E> {
        let number = Number::from_f64(number);
        number
            .map(Raw::Number)
            .ok_or_else(|| E::custom("this number is not finite"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Raw, E> {
        Ok(Raw::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Raw::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Raw::Map(map))
    }
}
