//! Every decision of the gate, as JSON lines in a file of the run (services §4.8.7).
//!
//! A line is written before the call is carried out, in one append. What cannot be written down
//! does not happen.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use permissions::{Decision, Phase};
use serde::Serialize;

use crate::mask::Mask;

/// The log of one agent's decisions. All agents of a run append to the same file.
#[derive(Debug)]
pub(crate) struct Audit {
    path: PathBuf,
    /// Opened with the first line, so that a run that never began leaves nothing.
    file: Mutex<Option<File>>,
}

/// One decision and who asked.
#[derive(Debug, Serialize)]
pub(crate) struct Entry<'a> {
    /// RFC 3339, in UTC.
    pub(crate) time: String,
    pub(crate) agent: &'a str,
    /// The call's id; empty for a question.
    pub(crate) call: &'a str,
    pub(crate) phase: Phase,
    /// The server's name, or `native`; empty when nobody has the tool.
    pub(crate) server: &'a str,
    pub(crate) tool: &'a str,
    #[serde(flatten)]
    pub(crate) decision: &'a Decision,
}

impl Audit {
    /// Appends to this file; made when missing, for its owner only.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self {
            path,
            file: Mutex::default(),
        }
    }

    fn open(&self) -> std::io::Result<File> {
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&self.path)
    }

    /// Writes one line, without secrets.
    ///
    /// # Errors
    ///
    /// Whatever the system says; the decision is not on record then.
    pub(crate) fn write(&self, entry: &Entry<'_>, mask: &Mask) -> std::io::Result<()> {
        let mut line = mask.text(&serde_json::to_string(entry)?);
        line.push('\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let file = match &mut *file {
            Some(file) => file,
            none => none.insert(self.open()?),
        };
        file.write_all(line.as_bytes())
    }
}
