//! The policy's word on one call, and on each file while it is carried out.
//!
//! **Invariant.** A call is judged, and judged right up to its last file, by the phase in which it
//! was asked for or a stricter one: it gains nothing from a grant that comes later, and what only
//! a grant allowed ends with that grant.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use permissions::{Access, Call, Decision, Guard, Phase, Refused};
use tokio_util::sync::CancellationToken;

use crate::inner::Inner;

/// Said in place of a result when a grant ended first.
pub(crate) const ENDED: &str = "the write access ended with the presentation";

/// Most refusals of single files that one call leaves in the log.
const REFUSALS: usize = 100;

/// Who asks for what.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The call's id; empty for a question.
    pub(crate) id: String,
    /// The server's name, or `native`; empty when nobody has the tool.
    pub(crate) server: String,
    /// The tool's own name; as the model wrote it when nobody has it.
    pub(crate) tool: String,
}

/// The word that a call may be made.
#[derive(Debug)]
pub(crate) struct Permit {
    asked: Asked,
    phase: Phase,
    /// Fires when the grant ends without which the call would be refused.
    ending: Option<CancellationToken>,
}

/// Judges a call and writes down what was decided. Blocks: it looks at paths.
///
/// # Errors
///
/// The reason against the call. A decision that cannot be written down is one.
pub(crate) fn rule(inner: &Inner, id: &str, call: &Call<'_>) -> Result<Permit, String> {
    let asked = Asked {
        id: id.to_owned(),
        server: call.server.unwrap_or("native").to_owned(),
        tool: call.tool.to_owned(),
    };
    let (phase, ending) = inner.grants.now();
    let policy = &inner.loan.policy;
    let decision = policy.judge(call, phase);
    inner.record(&asked, phase, &decision)?;
    if let Some(reason) = decision.denied() {
        return Err(reason.to_owned());
    }
    let needs_grant =
        phase == Phase::Presentation && policy.judge(call, Phase::Coordination).denied().is_some();
    Ok(Permit {
        asked,
        phase,
        ending: needs_grant.then_some(ending),
    })
}

/// Writes down a refusal for which the policy need not be asked; gives the words for the model.
pub(crate) fn refuse(inner: &Inner, asked: &Asked, refusal: &Decision) -> String {
    let recorded = inner.record(asked, inner.grants.now().0, refusal);
    let reason = refusal.denied().unwrap_or_default().to_owned();
    recorded.err().unwrap_or(reason)
}

impl Permit {
    /// Waits until the permit ends; for ever when it needs no grant.
    pub(crate) async fn ended(&self) {
        match &self.ending {
            Some(ending) => ending.cancelled().await,
            None => std::future::pending().await,
        }
    }

    /// Whether the grant that it needs is over.
    pub(crate) fn has_ended(&self) -> bool {
        self.ending.as_ref().is_some_and(|it| it.is_cancelled())
    }

    /// Who says yes or no to each file of this call.
    pub(crate) fn guard(&self, inner: &Arc<Inner>) -> Watch {
        let policy = &inner.loan.policy;
        Watch {
            strict: Box::new(policy.guard(Phase::Coordination)),
            judged: Box::new(policy.guard(self.phase)),
            asked: self.asked.clone(),
            phase: self.phase,
            inner: Arc::clone(inner),
            told: Mutex::default(),
        }
    }
}

type AnyGuard = Box<dyn Guard + Send + Sync>;

/// Judges each file by the phase of its call, or by a stricter one that has begun since. Refusals
/// are written down, each once.
pub(crate) struct Watch {
    strict: AnyGuard,
    judged: AnyGuard,
    asked: Asked,
    phase: Phase,
    inner: Arc<Inner>,
    told: Mutex<BTreeSet<(PathBuf, Access)>>,
}

impl Watch {
    fn phase(&self) -> Phase {
        match self.inner.grants.now().0 {
            Phase::Coordination => Phase::Coordination,
            Phase::Presentation => self.phase,
        }
    }

    fn refused(&self, path: &Path, access: Access, phase: Phase, reason: &str) {
        let is_new = {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            told.len() < REFUSALS && told.insert((path.to_owned(), access))
        };
        if is_new {
            // The file is refused anyway; a log that cannot be written has been told of.
            let refusal = Decision::refused_file(path, access, reason);
            let _ = self.inner.record(&self.asked, phase, &refusal);
        }
    }
}

impl Guard for Watch {
    fn resolve(&self, text: &str) -> Result<PathBuf, Refused> {
        self.judged.resolve(text)
    }

    fn check(&self, path: &Path, access: Access) -> Result<(), Refused> {
        let phase = self.phase();
        let guard = match phase {
            Phase::Coordination => &self.strict,
            Phase::Presentation => &self.judged,
        };
        guard
            .check(path, access)
            .inspect_err(|Refused(reason)| self.refused(path, access, phase, reason))
    }
}
