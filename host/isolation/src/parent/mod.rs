//! The parent's side: a plugin in a child, with the methods of one in this process.

mod process;
mod remote;
mod talk;

pub use remote::{Backend, Plugin, Session};

use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::limits::{Limits, Patience};

/// Starts children.
#[derive(Debug, Clone)]
pub struct Runner {
    program: PathBuf,
    limits: Limits,
    patience: Patience,
}

impl Runner {
    /// Children of this program, which must know [`ARGUMENT`](crate::ARGUMENT).
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            limits: Limits::default(),
            patience: Patience::default(),
        }
    }

    /// The same with other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The same with more or less patience.
    #[must_use]
    pub fn with_patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// Starts a child and has it load the file. Whether that worked is in its
    /// [report](Plugin::report).
    ///
    /// # Errors
    ///
    /// How the child ended, when it did before it had loaded the file.
    pub fn start(&self, file: &Path) -> Result<Plugin, Failure> {
        let process = process::Process::start(&self.program, file).map_err(|error| {
            Failure::not_started(format!("`{}`: {error}", self.program.display()))
        })?;
        Plugin::load(process, self.limits, self.patience)
    }
}
