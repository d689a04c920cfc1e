//! Taking back what the journal says.

use std::path::{Path, PathBuf};

use crate::JournalError;

/// How to take back.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Also where somebody changed the file since: that change is lost.
    pub force: bool,
}

/// One journalled change, seen from now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its number in the journal, from 1.
    pub seq: u64,
    /// Whose change it was.
    pub agent: String,
    /// The tool that made it.
    pub tool: String,
    /// What is taken back.
    pub path: PathBuf,
    /// What taking it back does, in words: `delete`, `restore 12 bytes`, `move back to …`.
    pub action: String,
    /// What comes or came of it.
    pub outcome: Outcome,
}

/// What comes or came of taking back one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It can be taken back.
    Ready,
    /// It was taken back.
    Done,
    /// Nothing to do: the file is as it was before the change.
    Already,
    /// The file is no longer what the agent left; the reason. Only with `force`.
    Conflict(String),
    /// No copy was kept; the reason.
    Impossible(String),
    /// Trying it failed; the reason.
    Failed(String),
}

/// What [`apply`] would do, newest change first. Changes nothing.
///
/// # Errors
///
/// The journal cannot be read. A half-written last line is left out.
pub fn preview(_journal: &Path) -> Result<Vec<Step>, JournalError> {
    Ok(Vec::new())
}

/// Takes back every change, newest first, and goes on after those that cannot be taken back. Doing
/// it twice is as good as doing it once.
///
/// # Errors
///
/// The journal cannot be read.
pub fn apply(_journal: &Path, _options: Options) -> Result<Vec<Step>, JournalError> {
    Ok(Vec::new())
}
