//! What is found out about one call, on the way to its decision.

use std::path::{Path, PathBuf};

use crate::decision::{Decision, Touched, Verdict};
use crate::managed::Effect;
use crate::policy::Policy;
use crate::rule::{Denial, Rule};
use crate::{Access, Phase};

/// Paths touched so far, and the first thing against the call.
pub(crate) struct Ledger<'p> {
    policy: &'p Policy,
    phase: Phase,
    paths: Vec<Touched>,
    explain: Vec<String>,
    denial: Option<Denial>,
}

impl<'p> Ledger<'p> {
    pub(crate) fn new(policy: &'p Policy, phase: Phase) -> Self {
        Self {
            policy,
            phase,
            paths: Vec::new(),
            explain: Vec::new(),
            denial: None,
        }
    }

    pub(crate) fn policy(&self) -> &'p Policy {
        self.policy
    }

    pub(crate) fn note(&mut self, line: impl Into<String>) {
        self.explain.push(line.into());
    }

    /// The first denial is the one that is told.
    pub(crate) fn deny(&mut self, denial: Denial) {
        self.note(format!(
            "refused by `{}`: {}",
            denial.rule.id(),
            denial.reason
        ));
        self.denial.get_or_insert(denial);
    }

    pub(crate) fn is_denied(&self) -> bool {
        self.denial.is_some()
    }

    /// Judges one path as written; `base` is where relative ones start.
    pub(crate) fn touch(
        &mut self,
        written: &str,
        base: Option<&Path>,
        effect: Effect,
    ) -> Option<PathBuf> {
        match self.policy.resolved(written, base) {
            Ok(path) => {
                if let Err(denial) = self.touch_resolved(written, &path, effect) {
                    self.deny(denial);
                }
                Some(path)
            }
            Err(denial) => {
                self.record(written, None, effect, None);
                self.deny(denial);
                None
            }
        }
    }

    /// Judges a path as if it started in another folder, without keeping a record of it.
    pub(crate) fn permit_from(&mut self, written: &str, folder: &Path, effect: Effect) {
        let resolved = self.policy.resolved(written, Some(folder));
        if let Err(denial) = resolved.and_then(|path| self.permit(&path, effect)) {
            self.deny(denial);
        }
    }

    /// Judges one resolved path; the caller decides what a refusal means.
    pub(crate) fn touch_resolved(
        &mut self,
        written: &str,
        path: &Path,
        effect: Effect,
    ) -> Result<(), Denial> {
        let (managed, verdict) = self.policy.permit(path, effect, self.phase);
        let verb = match effect.access() {
            Access::Read => "read",
            Access::Write => "write",
        };
        self.note(match &managed {
            Some(root) => format!(
                "{verb} `{written}` = `{}`, decided by {:?} `{}` ({:?})",
                path.display(),
                root.kind,
                root.path.display(),
                root.access
            ),
            None => format!("{verb} `{written}` = `{}`, not managed", path.display()),
        });
        self.record(written, Some(path), effect, managed);
        verdict
    }

    /// Judges one resolved path and keeps no record: for the many of a batch.
    pub(crate) fn permit(&self, path: &Path, effect: Effect) -> Result<(), Denial> {
        self.policy.permit(path, effect, self.phase).1
    }

    /// Notes a path that is not judged.
    pub(crate) fn record(
        &mut self,
        written: &str,
        resolved: Option<&Path>,
        effect: Effect,
        managed: Option<crate::Managed>,
    ) {
        self.paths.push(Touched {
            written: written.to_owned(),
            resolved: resolved.map(Path::to_owned),
            access: effect.access(),
            managed,
        });
    }

    pub(crate) fn has_paths(&self) -> bool {
        !self.paths.is_empty()
    }

    /// The decision, if nothing speaks against it: allowed by this rule.
    pub(crate) fn decide(mut self, allowed: Rule) -> Decision {
        let (verdict, rule) = match self.denial.take() {
            Some(denial) => (
                Verdict::Deny {
                    reason: denial.reason,
                },
                denial.rule,
            ),
            None => {
                self.note(format!("allowed by `{}`", allowed.id()));
                (Verdict::Allow, allowed)
            }
        };
        Decision {
            verdict,
            rule: rule.id(),
            paths: self.paths,
            explain: self.explain,
        }
    }
}
