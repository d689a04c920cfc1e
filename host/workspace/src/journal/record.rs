//! The lines of a journal.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// One line: a change that was about to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// From 1, without gaps.
    pub(crate) seq: u64,
    /// When, for people.
    pub(crate) at: String,
    /// Whose change.
    pub(crate) agent: String,
    /// By which tool.
    pub(crate) tool: String,
    /// What changes.
    #[serde(flatten)]
    pub(crate) change: Change,
}

/// A change of one path, or a move.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub(crate) enum Change {
    /// What is at a path becomes something else.
    Set {
        #[serde(with = "path_text")]
        path: PathBuf,
        before: State,
        after: State,
    },
    /// What is at a path goes to another one, where nothing is.
    Move {
        #[serde(with = "path_text")]
        from: PathBuf,
        #[serde(with = "path_text")]
        to: PathBuf,
        what: State,
    },
}

impl Change {
    /// The path at which the agent left something.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Set { path, .. } => path,
            Self::Move { to, .. } => to,
        }
    }
}

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(crate) enum State {
    /// Nothing.
    Absent,
    /// A file with this content.
    File {
        /// Empty: could not be read.
        sha256: String,
        size: u64,
        mode: u32,
        /// Why no copy was kept, when it should have been.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lost: Option<String>,
    },
    /// A folder; what is in it has lines of its own.
    Directory { mode: u32 },
    /// A link.
    Link {
        #[serde(with = "path_text")]
        target: PathBuf,
    },
    /// A device, pipe or socket.
    Other,
}

impl State {
    /// Whether both have the same content; who may read it is left aside.
    pub(crate) fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File { sha256: a, .. }, Self::File { sha256: b, .. }) => a == b && !a.is_empty(),
            (Self::Directory { .. }, Self::Directory { .. }) => true,
            (Self::Other, Self::Other) => false,
            (a, b) => a == b,
        }
    }
}

/// Paths as text, and as bytes where they are not text.
mod path_text {
    use std::ffi::OsString;
    use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
    use std::path::{Path, PathBuf};

    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(untagged)]
    enum Written {
        Text(String),
        Bytes(Vec<u8>),
    }

    pub(super) fn serialize<S: Serializer>(path: &Path, to: S) -> Result<S::Ok, S::Error> {
        match path.to_str() {
            Some(text) => text.serialize(to),
            None => path.as_os_str().as_bytes().serialize(to),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<PathBuf, D::Error> {
        Ok(match Written::deserialize(from)? {
            Written::Text(text) => text.into(),
            Written::Bytes(bytes) => OsString::from_vec(bytes).into(),
        })
    }
}
