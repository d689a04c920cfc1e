//! A library in a child process: whatever it does, the kit goes on.

use std::path::PathBuf;
use std::sync::Arc;

use isolation::{Plugin, Runner};
use massgen_plugin::Fault;
use massgen_plugin::abi::Progress;
use massgen_plugin::abi::host::{Context, Event};

use crate::subject::{Backend, Session, Source, Subject};

/// Starts children that load one library.
pub struct Children {
    runner: Runner,
    file: PathBuf,
    locked: bool,
}

impl Children {
    /// Children of `runner` that load `file`; locked ones are left nothing but memory and their
    /// pipes before anything of the plugin runs.
    pub fn new(runner: Runner, file: impl Into<PathBuf>, locked: bool) -> Self {
        Self {
            runner,
            file: file.into(),
            locked,
        }
    }
}

impl Source for Children {
    fn start(&self) -> Result<Arc<dyn Subject>, String> {
        let child = self.runner.start(&self.file);
        let child = child.map_err(|failure| failure.to_string())?;
        if child.describe().is_none() {
            return Err(format!("the child did not load it: {}", child.report()));
        }
        if self.locked {
            child.lock().map_err(|fault| fault.message)?;
        }
        Ok(Arc::new(Child(child)))
    }
}

struct Child(Plugin);

impl Subject for Child {
    fn describe(&self) -> Option<String> {
        self.0.describe().map(str::to_owned)
    }

    fn create(&self, config: &str) -> Result<Box<dyn Backend>, Fault> {
        let backend = self.0.create(config)?;
        Ok(Box::new(backend))
    }

    fn live_bytes(&self) -> Result<Option<u64>, Fault> {
        Ok(self.0.meter()?.map(|reading| reading.live))
    }

    fn printed(&self) -> String {
        self.0.printed()
    }
}

impl Backend for isolation::Backend {
    fn open(&self, call: &str) -> Result<Box<dyn Session>, Fault> {
        let session = isolation::Backend::open(self, call)?;
        Ok(Box::new(session))
    }
}

impl Session for isolation::Session {
    fn step(&mut self, event: Event<'_>, context: &mut dyn Context) -> Result<Progress, Fault> {
        isolation::Session::step(self, event, context)
    }
}
