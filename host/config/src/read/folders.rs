//! Folders: an agent's own, those of the whole team, and paths beside them (services §3.1, §4.2).
//!
//! Paths are relative to the process directory, never to the file; `~/` is the user's home. What
//! exists is looked at only to warn of what is missing and to see when two names mean one folder.

use std::path::{Component, Path, PathBuf};

use super::{Field, Reader, Section};
use crate::{ContextPath, Place, RunPlan, ServicesPlan, TeamFolders};

/// A folder that the host fills: nobody else may use it.
pub(crate) struct Owned {
    /// With its links resolved.
    real: PathBuf,
    path: String,
    place: Place,
    workspace: bool,
}

impl Reader<'_> {
    /// `cwd`: a folder of the agent's own.
    pub(super) fn workspace(&mut self, field: &Field<'_>) -> Option<PathBuf> {
        self.owned(field, true)
    }

    /// `snapshot_storage` and `agent_temporary_workspace`.
    pub(super) fn team_folders(&mut self, section: &mut Section<'_>) -> TeamFolders {
        let mut of = |key| section.take(key).and_then(|it| self.owned(&it, false));
        TeamFolders {
            snapshots: of("snapshot_storage"),
            references: of("agent_temporary_workspace"),
        }
    }

    fn owned(&mut self, field: &Field<'_>, workspace: bool) -> Option<PathBuf> {
        let path = self.path(field)?;
        let real = real(&path);
        if let Some((must, hint)) = self.unsuitable(&real) {
            self.unfit(field, must).hint(hint);
            return None;
        }
        self.owned.push(Owned {
            real,
            path: field.path.clone(),
            place: field.node.place.clone(),
            workspace,
        });
        Some(path)
    }

    /// Folders in which more is at stake than one agent's work.
    fn unsuitable(&self, real: &Path) -> Option<(&'static str, &'static str)> {
        const NAME_ONE: &str =
            "name a folder that is used for nothing else, for example `workspace1`";
        const SHARE: &str = "name a folder below it, for example `workspace1`; what agents are to \
            work on can be lent with `context_paths` and `permission: write`";
        let here = self.surroundings.directory.as_path();
        let home = self.surroundings.home.as_deref().map(self::real);
        if real.is_file() {
            Some(("must be a folder, not a file", NAME_ONE))
        } else if real
            .components()
            .filter(|it| matches!(it, Component::Normal(_)))
            .count()
            < 2
        {
            Some((
                "must not be the root of the file system or a folder in it",
                NAME_ONE,
            ))
        } else if home.is_some_and(|home| home.starts_with(real)) {
            Some((
                "must not be the home directory or a folder around it",
                NAME_ONE,
            ))
        } else if self::real(here).starts_with(real) {
            Some((
                "must not be the directory of the process or a folder around it",
                SHARE,
            ))
        } else {
            None
        }
    }

    /// A list of `{path, permission}`, added to the plan; what is missing is worth a word.
    pub(super) fn context_paths(&mut self, field: &Field<'_>, plan: &mut ServicesPlan) {
        let found = self.each(field, "a list of paths", |reader, item| {
            let entry = reader.section(item.clone())?;
            reader.context_path(entry, &mut plan.protected_paths)
        });
        plan.context_paths.extend(found);
    }

    fn context_path(
        &mut self,
        mut entry: Section<'_>,
        protected: &mut Vec<PathBuf>,
    ) -> Option<ContextPath> {
        let place = entry.place.clone();
        let path = entry.take("path").and_then(|path| {
            let found = self.path(&path)?;
            if !found.exists() {
                let text = format!("`{}` does not exist: {}", path.path, found.display());
                self.warn(&path.node.place, &path.path, text);
            }
            Some(found)
        });
        let write = entry
            .take("permission")
            .is_some_and(|it| self.writable(&it));
        if let (Some(field), Some(base)) = (entry.take("protected_paths"), &path) {
            let texts = self.each(&field, "a list of paths", Self::text);
            protected.extend(texts.iter().map(|text| clean(base, Path::new(text))));
        }
        let key = entry.path.clone();
        self.unknown(entry, &["path", "permission", "protected_paths"]);
        if path.is_none() {
            self.warn(
                &place,
                &key,
                format!("`{key}` is left out: it has no `path`"),
            );
        }
        path.map(|path| ContextPath { path, write, place })
    }

    fn writable(&mut self, field: &Field<'_>) -> bool {
        let permission = self.text(field).unwrap_or_default().to_ascii_lowercase();
        if !matches!(&*permission, "read" | "write" | "") {
            let text = format!(
                "`{}` counts as `read`: `{permission}` is unknown",
                field.path
            );
            self.warn(&field.node.place, &field.path, text)
                .hint("known: read, write");
        }
        permission == "write"
    }

    /// Gives the team's context paths to every agent that can use them, before its own.
    pub(super) fn share_context_paths(&mut self, shared: &ServicesPlan, plan: &mut RunPlan) {
        let mut used = false;
        for agent in &mut plan.agents {
            let services = &mut agent.services;
            if !uses_paths(services) {
                if let Some(first) = services.context_paths.first() {
                    self.note_unused(&first.place);
                }
                continue;
            }
            used = true;
            let own = std::mem::take(&mut services.context_paths);
            services.context_paths = shared.context_paths.iter().cloned().chain(own).collect();
            self.beside_workspace(services);
            services
                .protected_paths
                .extend_from_slice(&shared.protected_paths);
        }
        if let (Some(first), false) = (shared.context_paths.first(), used) {
            self.note_unused(&first.place);
        }
    }

    /// A context path is for others' files: as the workspace itself it would forbid writing there.
    fn beside_workspace(&mut self, services: &ServicesPlan) {
        let Some(workspace) = services.workspace.as_deref().map(real) else {
            return;
        };
        let paths = services.context_paths.iter();
        for same in paths.filter(|it| real(&it.path) == workspace) {
            let text = "this context path is the agent's own `cwd`, and makes it read-only";
            self.warn(&same.place, "", text)
                .hint("leave it out: an agent always reads and writes its `cwd`");
        }
    }

    fn note_unused(&mut self, place: &Place) {
        self.warn(
            place,
            "",
            "context paths have no effect without `cwd` or `mcp_servers`",
        )
        .hint("give the agent a folder of its own, for example `cwd: workspace1`");
    }

    /// No two owners of one folder. A workspace inside another is only doubtful: the outer agent
    /// sees and may change what is in it.
    pub(super) fn apart(&mut self) {
        let owned = std::mem::take(&mut self.owned);
        for (n, this) in owned.iter().enumerate() {
            for other in &owned[..n] {
                self.apart_from(this, other);
            }
        }
    }

    fn apart_from(&mut self, this: &Owned, other: &Owned) {
        let same = this.real == other.real;
        if !this.real.starts_with(&other.real) && !other.real.starts_with(&this.real) {
            return;
        }
        let what = if same { "is the same folder as" } else { "and" };
        let mut text = format!("`{}` {what} `{}`", this.path, other.path);
        let hint = format!(
            "the other one is at {}; give each a folder of its own",
            other.place
        );
        if !same {
            text.push_str(" lie one inside the other");
        }
        if same || !(this.workspace && other.workspace) {
            self.error(&this.place, &this.path, text).hint(hint);
        } else {
            self.warn(&this.place, &this.path, text).hint(hint);
        }
    }

    /// A path, absolute and clean; blank is none.
    pub(super) fn path(&mut self, field: &Field<'_>) -> Option<PathBuf> {
        let text = self.text(field)?;
        if text.trim().is_empty() {
            return None;
        }
        if text.contains('\0') {
            self.unfit(field, "must not contain a NUL character");
            return None;
        }
        let Some(below) = text
            .strip_prefix('~')
            .filter(|it| it.is_empty() || it.starts_with('/'))
        else {
            return Some(clean(&self.surroundings.directory, Path::new(&text)));
        };
        let Some(home) = self.surroundings.home.clone() else {
            self.unfit(field, "begins with `~`, but HOME is not set");
            return None;
        };
        Some(clean(&home, Path::new(below.trim_start_matches('/'))))
    }
}

/// Whether paths beside the workspace can matter to this agent.
fn uses_paths(services: &ServicesPlan) -> bool {
    services.workspace.is_some() || !services.mcp_servers.is_empty()
}

/// Joined, without `.` and `..`. Where a `..` leaves a link, it leaves what the link points to.
fn clean(base: &Path, path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for step in base.join(path).components() {
        match step {
            Component::CurDir => {}
            Component::ParentDir => {
                clean = clean.canonicalize().unwrap_or(clean);
                clean.pop();
            }
            step => clean.push(step),
        }
    }
    clean
}

/// With the links of its existing part resolved.
fn real(path: &Path) -> PathBuf {
    for existing in path.ancestors() {
        if let (Ok(real), Ok(rest)) = (existing.canonicalize(), path.strip_prefix(existing)) {
            // Joining nothing would add a slash.
            return if rest.as_os_str().is_empty() {
                real
            } else {
                real.join(rest)
            };
        }
    }
    path.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_absolute_and_without_detours() {
        let check = |path: &str, result: &str| {
            assert_eq!(
                clean(Path::new("/none/here"), Path::new(path)),
                Path::new(result),
                "{path}"
            );
        };
        check("a/./b//c/", "/none/here/a/b/c");
        check("../x", "/none/x");
        check("../../../x", "/x");
        check("/abs/../y", "/y");
        check("", "/none/here");
    }

    #[cfg(unix)]
    #[test]
    fn two_dots_leave_what_a_link_points_to() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("deep/er")).unwrap();
        std::os::unix::fs::symlink(root.join("deep/er"), root.join("link")).unwrap();
        assert_eq!(clean(&root, Path::new("link/../x")), root.join("deep/x"));
        assert_eq!(real(&root.join("link/new/x")), root.join("deep/er/new/x"));
        assert_eq!(real(&root.join("link")), root.join("deep/er"));
    }
}
