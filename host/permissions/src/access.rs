//! What somebody wants with a path, and who says whether they may.

use std::path::{Path, PathBuf};

/// What is to happen to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Its content or its names are looked at.
    Read,
    /// It is made, changed, moved away or deleted.
    Write,
}

/// A refusal, in words for the model: which path, which rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);

/// Says for each single path whether it may be touched. File tools ask it for every file they are
/// about to touch, also deep inside a folder.
pub trait Guard {
    /// Turns what a model wrote into the path that is meant: relative to the workspace, `~`
    /// expanded, links resolved as far as the path exists, no `..` left.
    ///
    /// # Errors
    ///
    /// A path that cannot be understood: NUL, `$`, `~user`, a loop of links.
    fn resolve(&self, text: &str) -> Result<PathBuf, Refused>;

    /// Whether this resolved path may be touched.
    ///
    /// # Errors
    ///
    /// The reason against it.
    fn check(&self, path: &Path, access: Access) -> Result<(), Refused>;
}
