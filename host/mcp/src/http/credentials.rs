//! Who we are to a server, as far as the configuration says it.

use transport::{Secret, redact};

/// What a server was given, of which nothing may be shown.
#[derive(Debug, Default)]
pub(crate) struct Credentials {
    /// Whether the configuration itself gives an `Authorization`, so that no login is used.
    pub(crate) configured: bool,
    /// What must not be shown, in whatever the server says.
    pub(crate) secrets: Vec<Secret>,
}

impl Credentials {
    /// The text without what must not be shown.
    pub(crate) fn masked(&self, text: &str) -> String {
        redact(text, &self.secrets)
    }
}
