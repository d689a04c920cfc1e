//! A value that is never shown: not by `Debug`, not by `Display`, not by serde.

use std::fmt;
use std::sync::Arc;

/// A key or token. Cheap to clone; `Debug` prints `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<Arc<str>>) -> Self {
        Self(value.into())
    }

    /// What stands behind the word in `Bearer TOKEN`: a server may repeat it without that word.
    pub fn credential(&self) -> Option<Self> {
        let (scheme, rest) = self.0.split_once(' ')?;
        let is_scheme = !scheme.is_empty() && scheme.bytes().all(|it| it.is_ascii_alphanumeric());
        is_scheme.then(|| Self::new(rest.trim()))
    }

    /// A variable with this value, for the environment of a program: the one way out beside a
    /// request.
    pub fn as_variable(&self, name: &str) -> (String, String) {
        (name.to_owned(), self.0.to_string())
    }

    /// The value, for the one header it goes into and for finding it in text to be redacted.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::new("sk-planted")), "***");
    }
}
