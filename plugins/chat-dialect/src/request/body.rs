//! The body of a request: members in the order in which they were first set.

use massgen_plugin::{Fault, FaultCode};
use serde::Serialize;
use serde::ser::Serializer;
use serde_json::value::{RawValue, to_raw_value};

/// Members of one JSON object. A name stands once; setting it again keeps its place.
#[derive(Default)]
pub(super) struct Body(Vec<(String, Result<Box<RawValue>, serde_json::Error>)>);

impl Body {
    /// Sets a member, replacing what was there.
    pub(super) fn set<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) {
        let value = to_raw_value(value);
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some(member) => member.1 = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    /// Sets a member when there is a value.
    pub(super) fn set_some<T: Serialize>(&mut self, name: &str, value: Option<&T>) {
        if let Some(value) = value {
            self.set(name, value);
        }
    }

    /// Sets a member that is not there yet.
    pub(super) fn set_default<T: Serialize>(&mut self, name: &str, value: &T) {
        if self.0.iter().all(|(known, _)| known != name) {
            self.set(name, value);
        }
    }

    /// The JSON text.
    pub(super) fn text(self) -> Result<String, Fault> {
        serde_json::to_string(&self).map_err(|error| {
            Fault::new(
                FaultCode::INTERNAL,
                format!("the request cannot be written: {error}"),
            )
        })
    }
}

impl Serialize for Body {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::Error;
        let members = self.0.iter().map(|(name, value)| match value {
            Ok(value) => Ok((name, value)),
            Err(error) => Err(S::Error::custom(format!("`{name}`: {error}"))),
        });
        serializer.collect_map(members.collect::<Result<Vec<_>, _>>()?)
    }
}
