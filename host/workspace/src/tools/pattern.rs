//! Patterns for paths, in the two dialects that the tools' users know.

use std::path::Path;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::FileError;
use crate::call::Call;

/// What `*` may match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Part of one name; `**` crosses folders. The file server's tools (services §3.4).
    Path,
    /// Anything, slashes as well. The workspace-copy tools (services §3.5).
    Shell,
}

/// A set of patterns.
#[derive(Debug)]
pub(super) struct Patterns(GlobSet);

impl Patterns {
    /// Reads the patterns.
    pub(super) fn new<'t>(
        call: &Call<'_>,
        texts: impl IntoIterator<Item = &'t str>,
        dialect: Dialect,
    ) -> Result<Self, FileError> {
        let bad = |error: globset::Error| call.misused(format!("bad pattern: {error}"));
        let mut set = GlobSetBuilder::new();
        for text in texts {
            let mut glob = GlobBuilder::new(text);
            glob.literal_separator(dialect == Dialect::Path);
            set.add(glob.build().map_err(bad)?);
        }
        set.build().map(Self).map_err(bad)
    }

    /// Whether any of them matches this relative path.
    pub(super) fn matches(&self, relative: &Path) -> bool {
        self.0.is_match(relative)
    }
}
