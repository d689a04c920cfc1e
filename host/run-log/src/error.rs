//! What can go wrong with the files of a run. None of it stops a run.

use std::io;
use std::path::PathBuf;

/// A file of a run cannot be written, found or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The run's directory cannot be made.
    #[error("cannot create a run directory in {}", base.display())]
    Create {
        /// The directory that was to hold it.
        base: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line of an event log is no event.
    #[error("{}:{line}: not an event of this version", path.display())]
    Line {
        /// The log.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// Why.
        source: serde_json::Error,
    },
    /// There is no run of this name.
    #[error("there is no run `{run}`, neither as a directory nor in {}", base.display())]
    NoRun {
        /// The name or directory that was asked for.
        run: String,
        /// Where runs are.
        base: PathBuf,
    },
}

impl LogError {
    /// What to do about it, if that is known.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Create { .. } => Some("name a folder that can be written: `--log-dir DIR`"),
            Self::Write { .. } => Some("check the free space and the permissions"),
            Self::NoRun { .. } => Some("name a directory that holds events.jsonl"),
            Self::Read { .. } | Self::Line { .. } => None,
        }
    }
}
