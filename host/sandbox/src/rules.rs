//! What one program may do, as plain data, and how it travels to the launcher.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::Error;

/// What one program may do beside what every program needs. The default grants no files at all,
/// and TCP and package caches, because programs that are started by `npx` or `uvx` need both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Files and folders that may be read and run, with all below them. What does not exist when
    /// the program starts is not granted.
    pub read: Vec<PathBuf>,
    /// Files and folders that may be read, run and changed, with all below them. A single file can
    /// be overwritten but not replaced by a rename.
    pub write: Vec<PathBuf>,
    /// A folder of the program's own for temporary files: made when it is missing, granted like
    /// [`write`](Self::write), and named by `TMPDIR`. Absent: there is no place for temporary
    /// files, since the system's is shared with everybody.
    pub temp: Option<PathBuf>,
    /// No TCP, neither in nor out; off. See [`limits`](crate::limits) for other protocols.
    pub deny_network: bool,
    /// No access to the caches and settings of package managers; off.
    pub deny_package_caches: bool,
}

/// What happens when the kernel cannot hold the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// The program starts all the same, held by what there is.
    Warn,
    /// The program does not start.
    Enforce,
}

/// What the launcher is told.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) mode: Mode,
    pub(crate) rules: Rules,
}

impl Order {
    /// As an argument.
    pub(crate) fn encode(&self) -> Result<String, Error> {
        serde_json::to_string(self).map_err(|_| Error::NotText)
    }

    pub(crate) fn decode(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}
