//! The policy of one agent: made once, asked for every call and every file.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::decision::{Call, Decision, Managed};
use crate::ledger::Ledger;
use crate::managed::{Effect, Roots};
use crate::rule::{Denial, Rule};
use crate::{Access, Guard, Phase, Refused, Spec, candidates, judge, resolve};

/// What one agent may do. Same question, same files: same answer. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Policy {
    roots: Arc<Roots>,
    workspace: Option<PathBuf>,
    home: Option<PathBuf>,
}

impl Policy {
    /// The policy for these paths. Links in them are resolved now, once: whoever replaces a root by
    /// a link later gains nothing.
    pub fn new(spec: Spec) -> Self {
        Self {
            roots: Arc::new(Roots::new(&spec)),
            workspace: spec.workspace.as_deref().map(resolve::configured),
            home: spec.home,
        }
    }

    /// Judges a call before it happens. Never panics: what cannot be judged is denied, by the rule
    /// `internal`.
    pub fn judge(&self, call: &Call<'_>, phase: Phase) -> Decision {
        closed(self, phase, || judge::call(call, Ledger::new(self, phase)))
    }

    /// Judges single paths, for our own file tools.
    pub fn guard(&self, phase: Phase) -> impl Guard + Clone + Send + Sync + 'static {
        PhaseGuard {
            policy: self.clone(),
            phase,
        }
    }

    pub(crate) fn workspace(&self) -> Option<&Path> {
        self.workspace.as_deref()
    }

    pub(crate) fn home(&self) -> Option<&Path> {
        self.home.as_deref()
    }

    pub(crate) fn resolved(&self, text: &str, base: Option<&Path>) -> Result<PathBuf, Denial> {
        resolve::written(text, base, self.home())
    }

    pub(crate) fn permit(
        &self,
        path: &Path,
        effect: Effect,
        phase: Phase,
    ) -> (Option<Managed>, Result<(), Denial>) {
        self.roots.permit(path, effect, phase)
    }

    pub(crate) fn has_roots(&self) -> bool {
        !self.roots.is_empty()
    }

    /// Whether a path is a matter of the server alone: the agent has no managed path, the user
    /// configured the server, and the path starts in the server's own folder.
    pub(crate) fn belongs_to_server(&self, call: &Call<'_>, text: &str) -> bool {
        let path = Path::new(text);
        let stays = path
            .components()
            .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        self.roots.is_empty()
            && call.server.is_some()
            && !call.filesystem
            && stays
            && !text.contains(['\0', '\\'])
            && !text.trim_start().starts_with(['~', '/'])
            && !resolve::is_file_uri(text.trim_start())
            && !candidates::is_remote(text)
    }
}

/// The one place where a fault in here becomes a refusal.
fn closed(policy: &Policy, phase: Phase, judge: impl FnOnce() -> Decision) -> Decision {
    catch_unwind(AssertUnwindSafe(judge)).unwrap_or_else(|_| {
        let mut ledger = Ledger::new(policy, phase);
        ledger.deny(Denial::new(
            Rule::Internal,
            "Permission check failed: the call could not be judged",
        ));
        ledger.decide(Rule::Internal)
    })
}

#[derive(Debug, Clone)]
struct PhaseGuard {
    policy: Policy,
    phase: Phase,
}

impl Guard for PhaseGuard {
    fn resolve(&self, text: &str) -> Result<PathBuf, Refused> {
        self.policy
            .resolved(text, self.policy.workspace())
            .map_err(|denial| Refused(denial.reason))
    }

    fn check(&self, path: &Path, access: Access) -> Result<(), Refused> {
        if !path.is_absolute() || path.components().any(|part| part == Component::ParentDir) {
            return Err(Refused(format!("`{}` is not resolved", path.display())));
        }
        let effect = match access {
            Access::Read => Effect::Read,
            Access::Write => Effect::Write,
        };
        let (_, verdict) = self.policy.permit(path, effect, self.phase);
        verdict.map_err(|denial| Refused(denial.reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::panic, reason = "the fault that is tested")]
    fn a_panic_while_judging_is_a_refusal() {
        let policy = Policy::new(Spec::default());
        let decision = closed(&policy, Phase::Coordination, || panic!("a fault"));
        assert_eq!(decision.rule, "internal");
        assert!(
            decision
                .denied()
                .is_some_and(|why| why.contains("Permission check failed"))
        );
    }
}
