//! No secret of a configuration in what a tool gives: results are read by models, shown and
//! recorded.

use config::ServicesPlan;
use massgen_plugin::chat::Part;
use serde_json::Value;
use transport::{Secret, redact};

/// What one agent's results must not contain.
#[derive(Debug, Default)]
pub(crate) struct Mask(Vec<Secret>);

impl Mask {
    /// The secrets of these services.
    pub(crate) fn of(plan: &ServicesPlan) -> Self {
        let secret = |it: &config::ApiKey| Secret::new(it.expose());
        Self(plan.sensitive.iter().map(secret).collect())
    }

    /// The text without them.
    pub(crate) fn text(&self, text: &str) -> String {
        redact(text, &self.0)
    }

    /// The value without them, in its texts, keys and numbers.
    pub(crate) fn value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.iter().map(|it| self.value(it)).collect(),
            Value::Object(object) => {
                let entry = |(key, it): (&String, &Value)| (self.text(key), self.value(it));
                Value::Object(object.iter().map(entry).collect())
            }
            Value::Number(number) => {
                let (plain, masked) = (number.to_string(), self.text(&number.to_string()));
                if plain == masked {
                    value.clone()
                } else {
                    Value::String(masked)
                }
            }
            Value::Null | Value::Bool(_) => value.clone(),
        }
    }

    /// The bytes without them, also between such as are no text.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let masked = |chunk: std::str::Utf8Chunk<'_>| {
            [
                self.text(chunk.valid()).into_bytes(),
                chunk.invalid().to_owned(),
            ]
            .concat()
        };
        bytes.utf8_chunks().flat_map(masked).collect()
    }

    /// The parts without them.
    pub(crate) fn parts(&self, parts: Vec<Part>) -> Vec<Part> {
        let masked = |part| match part {
            Part::Text { text } => Part::text(self.text(&text)),
            other => other,
        };
        parts.into_iter().map(masked).collect()
    }
}
