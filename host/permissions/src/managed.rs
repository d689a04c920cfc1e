//! The paths that are known, and what may be done below them.

use std::path::{Path, PathBuf};

use crate::decision::{Kind, Managed};
use crate::rule::{Denial, Rule};
use crate::{Access, Phase, Spec, identity, resolve};

/// Names of what belongs to tools and not to people: read-only inside context paths (services §3.6), and
/// never deleted by our own tools (§3.5).
pub const PROTECTED_NAMES: [&str; 12] = [
    ".massgen",
    ".env",
    ".git",
    "node_modules",
    "__pycache__",
    ".venv",
    "venv",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".DS_Store",
    "massgen_logs",
];

/// What happens to a path, with one case more than [`Access`]: what lies below it goes along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Read,
    Write,
    Remove,
}

impl Effect {
    pub(crate) fn access(self) -> Access {
        match self {
            Self::Read => Access::Read,
            Self::Write | Self::Remove => Access::Write,
        }
    }
}

#[derive(Debug, Clone)]
struct Root {
    path: PathBuf,
    kind: Kind,
    write: bool,
}

/// All roots of one agent, resolved.
#[derive(Debug, Clone)]
pub(crate) struct Roots {
    roots: Vec<Root>,
    protected: Vec<PathBuf>,
    hidden: Vec<PathBuf>,
    context_write_always: bool,
}

impl Roots {
    pub(crate) fn new(spec: &Spec) -> Self {
        let root = |path: &PathBuf, kind, write| Root {
            path: resolve::configured(path),
            kind,
            write,
        };
        let mut roots = Vec::new();
        roots.extend(
            spec.workspace
                .iter()
                .map(|p| root(p, Kind::Workspace, true)),
        );
        roots.extend(
            spec.references
                .iter()
                .map(|p| root(p, Kind::References, false)),
        );
        roots.extend(
            spec.contexts
                .iter()
                .map(|c| root(&c.path, Kind::Context, c.write)),
        );
        let resolved = |paths: &[PathBuf]| paths.iter().map(|it| resolve::configured(it)).collect();
        Self {
            roots,
            protected: resolved(&spec.protected),
            hidden: resolved(&spec.hidden),
            context_write_always: spec.context_write_always,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.roots.is_empty()
    }

    /// Whether this path may be touched so, and by the word of which root.
    pub(crate) fn permit(
        &self,
        path: &Path,
        effect: Effect,
        phase: Phase,
    ) -> (Option<Managed>, Result<(), Denial>) {
        let Some((managed, below)) = self.deciding(path, phase) else {
            return (None, Err(self.outside(path)));
        };
        let verdict = self.visible(path, &managed).and_then(|()| match effect {
            Effect::Read => Ok(()),
            Effect::Write => self.writable(path, &managed, below, phase),
            Effect::Remove => self
                .writable(path, &managed, below, phase)
                .and_then(|()| self.holds_nothing_read_only(path, phase)),
        });
        (Some(managed), verdict)
    }

    /// The deepest root above this path (of several the strictest), and the rest below it.
    fn deciding<'p>(&self, path: &'p Path, phase: Phase) -> Option<(Managed, &'p Path)> {
        for above in path.ancestors() {
            let here = identity::of(above);
            let strictest = self
                .roots
                .iter()
                .filter(|root| above == path || !root.path.is_file())
                .filter(|root| identity::same(above, here.as_ref(), &root.path))
                .min_by_key(|root| self.access(root, phase));
            if let Some(root) = strictest {
                let managed = Managed {
                    path: root.path.clone(),
                    kind: root.kind,
                    access: self.access(root, phase),
                };
                return Some((managed, path.strip_prefix(above).unwrap_or(path)));
            }
        }
        None
    }

    fn access(&self, root: &Root, phase: Phase) -> Access {
        let granted = self.context_write_always || phase == Phase::Presentation;
        match root.kind {
            Kind::Workspace => Access::Write,
            Kind::Context if root.write && granted => Access::Write,
            Kind::Context | Kind::References => Access::Read,
        }
    }

    /// A root below a hidden folder stands for itself; any other says nothing about what is hidden.
    fn visible(&self, path: &Path, managed: &Managed) -> Result<(), Denial> {
        let lies_below = |root: &Path, hidden: &Path| {
            root.parent()
                .is_some_and(|above| identity::covers(hidden, above))
        };
        let hides = |hidden: &&PathBuf| {
            identity::covers(hidden, path) && !lies_below(&managed.path, hidden)
        };
        match self.hidden.iter().find(hides) {
            None => Ok(()),
            Some(hidden) => Err(Denial::new(
                Rule::RunFolder,
                format!(
                    "`{}` is refused: `{}` holds the records of this run",
                    path.display(),
                    hidden.display()
                ),
            )),
        }
    }

    fn outside(&self, path: &Path) -> Denial {
        let text = match self.is_empty() {
            true => "this agent has no workspace and no context path",
            false => "it lies outside the workspace and all context paths",
        };
        Denial::new(
            Rule::Outside,
            format!(
                "`{}` is refused: {text}; a person may permit it by an entry in `context_paths`",
                path.display()
            ),
        )
    }

    fn writable(
        &self,
        path: &Path,
        managed: &Managed,
        below: &Path,
        phase: Phase,
    ) -> Result<(), Denial> {
        if managed.access == Access::Read {
            return Err(self.read_only(path, managed, phase));
        }
        if let Some(protected) = self.protected.iter().find(|p| identity::covers(p, path)) {
            let reason = format!(
                "`{}` may not be written: `{}` is protected",
                path.display(),
                protected.display()
            );
            return Err(Denial::new(Rule::Protected, reason));
        }
        if managed.kind == Kind::Context
            && let Some(name) = protected_name(below)
        {
            let reason = format!(
                "`{}` may not be written: `{name}` is protected inside context paths",
                path.display()
            );
            return Err(Denial::new(Rule::ProtectedName, reason));
        }
        single_link(path)
    }

    fn read_only(&self, path: &Path, managed: &Managed, phase: Phase) -> Denial {
        let later = phase == Phase::Coordination
            && self
                .roots
                .iter()
                .any(|root| root.write && root.kind == Kind::Context && root.path == managed.path);
        let why = match (managed.kind, later) {
            (Kind::References, _) => ", which holds the work of other agents",
            (_, true) => "; it can be written in the final presentation",
            _ => "",
        };
        Denial::new(
            Rule::ReadOnly,
            format!(
                "no write access to `{}`: it lies in the read-only context path `{}`{why}",
                path.display(),
                managed.path.display(),
            ),
        )
    }

    /// Whoever moves or deletes a folder does so to all that is in it.
    fn holds_nothing_read_only(&self, path: &Path, phase: Phase) -> Result<(), Denial> {
        let kept = self
            .roots
            .iter()
            .filter(|root| root.path == path || self.access(root, phase) == Access::Read)
            .map(|root| &root.path)
            .chain(&self.protected)
            .chain(&self.hidden)
            .find(|kept| identity::covers(path, kept));
        match kept {
            None => Ok(()),
            Some(kept) => Err(Denial::new(
                Rule::HoldsReadOnly,
                format!(
                    "`{}` may not be moved or deleted: it holds `{}`",
                    path.display(),
                    kept.display()
                ),
            )),
        }
    }
}

fn protected_name(below: &Path) -> Option<&'static str> {
    below.components().find_map(|part| {
        let part = part.as_os_str().to_str()?;
        PROTECTED_NAMES
            .into_iter()
            .find(|name| name.eq_ignore_ascii_case(part))
    })
}

/// A file with a second name may belong to somebody else; by its path that cannot be seen.
fn single_link(path: &Path) -> Result<(), Denial> {
    match identity::names(path) {
        0 | 1 => Ok(()),
        names => Err(Denial::new(
            Rule::HardLink,
            format!(
                "`{}` may not be written: the file has {names} names (hard links), of which others \
                 may lie elsewhere; copy it to a new name first",
                path.display()
            ),
        )),
    }
}
