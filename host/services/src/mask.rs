//! No secret of a configuration in what a tool gives: results are read by models, shown and
//! recorded.

use config::ServicesPlan;
use massgen_plugin::chat::Part;
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

    /// The parts without them.
    pub(crate) fn parts(&self, parts: Vec<Part>) -> Vec<Part> {
        let masked = |part| match part {
            Part::Text { text } => Part::text(self.text(&text)),
            other => other,
        };
        parts.into_iter().map(masked).collect()
    }
}
