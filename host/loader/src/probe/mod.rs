//! Check 10: the first load of a file happens in a child process, whose end costs nothing.
//!
//! The same child is what a library runs in that is not to run in this process. `isolation` starts
//! and limits it; here is only what is asked of it about loading.

mod child;

pub use child::child_main;

use std::path::PathBuf;
use std::time::Duration;

use isolation::{Failure, Limits, Patience, Plugin, Runner};
use massgen_plugin::metadata::Metadata;
use serde::{Deserialize, Serialize};

use crate::file::LARGEST;
use crate::hash::Hash;
use crate::inspection::Inspection;
use crate::refusal::{Code, Refusal};

/// Longest time a probe may take, and the processor time it may use.
const LIMIT: Duration = Duration::from_secs(10);

/// What a child says of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "lowercase")]
enum Reply {
    Ok {
        hash: Hash,
        metadata: Box<Metadata>,
    },
    Refused {
        code: Code,
        what: String,
        hint: String,
        report: Option<String>,
    },
}

/// Starts the children.
#[derive(Debug, Clone)]
pub struct Prober {
    program: PathBuf,
    limit: Duration,
}

impl Prober {
    /// Children of this program, which must hand the path behind [`isolation::ARGUMENT`] to
    /// [`child_main`]; each has 10 seconds to load its file.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            limit: LIMIT,
        }
    }

    /// The same with another time limit.
    #[must_use]
    pub fn with_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Loads the file in a child, which then ends.
    pub(crate) fn probe(&self, inspection: &Inspection) -> Result<(), Refusal> {
        let limits = Limits {
            seconds: Some(LIMIT.as_secs()),
            ..limits()
        };
        let patience = Patience {
            request: self.limit,
            ..self.patience()
        };
        let plugin = self.start(inspection, limits, patience)?;
        plugin
            .finish()
            .map_err(|failure| refuse(inspection, &failure))
    }

    /// Loads the file in a child that stays.
    pub(crate) fn isolate(&self, inspection: &Inspection) -> Result<Plugin, Refusal> {
        self.start(inspection, limits(), self.patience())
    }

    fn patience(&self) -> Patience {
        Patience {
            start: self.limit,
            ..Patience::default()
        }
    }

    fn start(
        &self,
        inspection: &Inspection,
        limits: Limits,
        patience: Patience,
    ) -> Result<Plugin, Refusal> {
        let runner = Runner::new(&self.program)
            .with_limits(limits)
            .with_patience(patience);
        let plugin = runner
            .start(&inspection.path)
            .map_err(|failure| refuse(inspection, &failure))?;
        Reply::of(&plugin, inspection)?.verdict(inspection)?;
        Ok(plugin)
    }
}

/// Memory for the file in a buffer, in its sealed copy and mapped, and room; files for the copy.
fn limits() -> Limits {
    Limits {
        memory: 4 * LARGEST,
        file: LARGEST,
        ..Limits::default()
    }
}

fn refuse(inspection: &Inspection, failure: &Failure) -> Refusal {
    let what = format!("loading it in a child process: {failure}");
    let hint = "the file ends or blocks the process that loads it: remove it";
    Refusal::new(Code::Probe, &inspection.path, what, hint)
}

impl Reply {
    fn found(inspection: Inspection) -> Self {
        Self::Ok {
            hash: inspection.hash,
            metadata: Box::new(inspection.metadata),
        }
    }

    fn refused(refusal: Refusal) -> Self {
        Self::Refused {
            code: refusal.code,
            what: refusal.what,
            hint: refusal.hint,
            report: refusal.report,
        }
    }

    fn of(plugin: &Plugin, inspection: &Inspection) -> Result<Self, Refusal> {
        Self::deserialize(plugin.report()).map_err(|error| {
            let what = format!("loading it in a child process: its report is nonsense: {error}");
            let hint = "install massgen again: this program starts another one as its child";
            Refusal::new(Code::Probe, &inspection.path, what, hint)
        })
    }

    fn verdict(self, inspection: &Inspection) -> Result<(), Refusal> {
        let changed = |what| {
            let hint = "wait until the file is written, then run again";
            Refusal::new(Code::Probe, &inspection.path, what, hint)
        };
        match self {
            Self::Refused {
                code,
                what,
                hint,
                report,
            } => Err(Refusal {
                report,
                ..Refusal::new(code, &inspection.path, what, hint)
            }),
            Self::Ok { hash, .. } if hash != inspection.hash => {
                Err(changed("the file changed while it was probed"))
            }
            Self::Ok { metadata, .. } if *metadata != inspection.metadata => {
                Err(changed("the child read other metadata"))
            }
            Self::Ok { .. } => Ok(()),
        }
    }
}
