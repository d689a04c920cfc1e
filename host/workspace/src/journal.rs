//! What agents changed, put on record before it happens.

use std::path::Path;
use std::sync::Arc;

/// The journal of a run: `journal.jsonl` and copies of what was there before, in one folder of the
/// run. Cheap to clone; several agents write into the same one.
#[derive(Debug, Clone)]
pub struct Journal {
    agent: Arc<str>,
}

impl Journal {
    /// Copies kept of one file at most, in bytes; a larger one cannot be undone. 64 MiB.
    pub const FILE_CAP: u64 = 64 << 20;
    /// Copies kept in one run at most, in bytes; 1 GiB.
    pub const RUN_CAP: u64 = 1 << 30;

    /// Makes the folder, or goes on with the journal in it.
    ///
    /// # Errors
    ///
    /// The folder or the file cannot be made or read.
    pub fn open(_folder: &Path) -> Result<Self, JournalError> {
        Ok(Self { agent: "".into() })
    }

    /// The same journal, writing in the name of this agent.
    #[must_use]
    pub fn of(&self, agent: &str) -> Self {
        Self {
            agent: agent.into(),
        }
    }

    /// In whose name this one writes.
    pub fn agent(&self) -> &str {
        &self.agent
    }
}

/// The journal cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[error("cannot {what} {}: {source}", path.display())]
pub struct JournalError {
    /// What was tried, as a verb.
    pub what: &'static str,
    /// Which file.
    pub path: std::path::PathBuf,
    /// Why.
    pub source: std::io::Error,
}
