//! The body of a request: members in the order in which they were first set.

use massgen_plugin::chat::Params;
use massgen_plugin::{Fault, FaultCode};
use serde::Serialize;
use serde_json::Value;

/// Members of one JSON object, each already written. A name stands once; setting it again keeps its
/// place.
#[derive(Debug, Clone, Default)]
pub struct Body(Vec<(String, String)>);

impl Body {
    /// Sets a member, replacing what was there.
    ///
    /// # Errors
    ///
    /// [`FaultCode::INTERNAL`] for a value that is no JSON.
    pub fn set<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Fault> {
        self.put(name, json(value)?);
        Ok(())
    }

    fn put(&mut self, name: &str, value: String) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some(member) => member.1 = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    /// Sets a member when there is a value.
    ///
    /// # Errors
    ///
    /// [`FaultCode::INTERNAL`] for a value that is no JSON.
    pub fn set_some<T: Serialize>(&mut self, name: &str, value: Option<&T>) -> Result<(), Fault> {
        value.map_or(Ok(()), |value| self.set(name, value))
    }

    /// Sets all of these.
    ///
    /// # Errors
    ///
    /// [`FaultCode::INTERNAL`] for a value that is no JSON.
    pub fn set_all<'a>(
        &mut self,
        members: impl IntoIterator<Item = (&'a String, &'a Value)>,
    ) -> Result<(), Fault> {
        let mut members = members.into_iter();
        members.try_for_each(|(name, value)| self.set(name, value))
    }

    /// Sets what a call says of sampling; length and stop texts have the provider's names.
    ///
    /// # Errors
    ///
    /// [`FaultCode::INTERNAL`] for a value that is no JSON.
    pub fn sampling(&mut self, params: &Params, length: &str, stop: &str) -> Result<(), Fault> {
        self.set_some("temperature", params.temperature.as_ref())?;
        self.set_some("top_p", params.top_p.as_ref())?;
        self.set_some(length, params.max_output_tokens.as_ref())?;
        self.set_some(stop, Some(&params.stop).filter(|stop| !stop.is_empty()))
    }

    /// Sets a member that is not there yet.
    ///
    /// # Errors
    ///
    /// [`FaultCode::INTERNAL`] for a value that is no JSON.
    pub fn set_default<T: Serialize>(&mut self, name: &str, value: &T) -> Result<(), Fault> {
        let is_there = self.0.iter().any(|(known, _)| known == name);
        if is_there {
            Ok(())
        } else {
            self.set(name, value)
        }
    }

    /// The JSON text.
    ///
    /// # Errors
    ///
    /// [`FaultCode::INTERNAL`] for a value that is no JSON.
    pub fn text(self) -> Result<String, Fault> {
        let mut text = String::from("{");
        for (at, (name, value)) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            text.extend([comma, &json(name)?, ":", value]);
        }
        Ok(text + "}")
    }
}

fn json<T: Serialize + ?Sized>(value: &T) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| {
        Fault::new(
            FaultCode::INTERNAL,
            format!("the request cannot be written: {error}"),
        )
    })
}
