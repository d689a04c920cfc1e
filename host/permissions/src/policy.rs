//! The policy of one agent: made once, asked for every call and every file.

use std::path::{Path, PathBuf};

use crate::decision::{Call, Decision, Verdict};
use crate::{Access, Guard, Phase, Refused, Spec};

/// What one agent may do. Same question, same files: same answer.
#[derive(Debug, Clone)]
pub struct Policy {
    _spec: Spec,
}

impl Policy {
    /// The policy for these paths. Links in them are resolved now, once: whoever replaces a root by
    /// a link later gains nothing.
    pub fn new(spec: Spec) -> Self {
        Self { _spec: spec }
    }

    /// Judges a call before it happens. Never panics: what cannot be judged is denied.
    pub fn judge(&self, _call: &Call<'_>, _phase: Phase) -> Decision {
        Decision {
            verdict: Verdict::Deny {
                reason: "not judged".into(),
            },
            rule: "internal",
            paths: Vec::new(),
            explain: Vec::new(),
        }
    }

    /// Judges single paths, for our own file tools.
    pub fn guard(&self, phase: Phase) -> impl Guard + Clone + Send + Sync + 'static {
        PhaseGuard {
            policy: self.clone(),
            phase,
        }
    }
}

#[derive(Debug, Clone)]
struct PhaseGuard {
    policy: Policy,
    phase: Phase,
}

impl Guard for PhaseGuard {
    fn resolve(&self, _text: &str) -> Result<PathBuf, Refused> {
        let _ = (&self.policy, self.phase);
        Err(Refused("not judged".into()))
    }

    fn check(&self, _path: &Path, _access: Access) -> Result<(), Refused> {
        Err(Refused("not judged".into()))
    }
}
