//! One tool call: its arguments, its paths, the policy's word, the caller's patience.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use permissions::{Access, Guard};
use serde::Deserialize;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::draft::{Draft, Like, Sum, is_draft};
use crate::effect::{Effects, Put};
use crate::files::FilesSpec;
use crate::handle::{Dir, Kind, Meta, Spot};
use crate::{FileError, Limits};

/// What a tool has at hand. Paths come from here and nowhere else, so none goes unasked.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) spec: &'a FilesSpec,
    pub(crate) guard: &'a dyn Guard,
    pub(crate) cancel: &'a CancellationToken,
    pub(crate) tool: &'a str,
}

impl<'a> Call<'a> {
    /// The arguments as this tool wants them.
    pub(crate) fn arguments<T: Deserialize<'a>>(&self, given: &'a Value) -> Result<T, FileError> {
        if !given.is_object() {
            return Err(self.misused("they are no JSON object"));
        }
        // How we hold a string is no matter for a model.
        T::deserialize(given).map_err(|error| {
            self.misused(error.to_string().replace("a borrowed string", "a string"))
        })
    }

    /// An error about the arguments.
    pub(crate) fn misused(&self, reason: impl Into<String>) -> FileError {
        FileError::Arguments {
            tool: self.tool.into(),
            reason: reason.into(),
        }
    }

    /// The limits of one call.
    pub(crate) fn limits(&self) -> &'a Limits {
        &self.spec.limits
    }

    /// Makes changes in this call's name.
    pub(crate) fn effects(&self) -> Effects<'a> {
        Effects {
            journal: self.spec.journal.as_ref(),
            tool: self.tool,
            cancel: self.cancel,
        }
    }

    /// An error once the caller gave up.
    pub(crate) fn go_on(&self) -> Result<(), FileError> {
        if self.cancel.is_cancelled() {
            return Err(FileError::Cancelled);
        }
        Ok(())
    }

    /// Asks whether this path may be touched.
    pub(crate) fn check(&self, path: &Path, access: Access) -> Result<(), FileError> {
        Ok(self.guard.check(path, access)?)
    }

    /// The path that is meant, links resolved, when it may be touched. Empty: the workspace.
    pub(crate) fn path(&self, text: &str, access: Access) -> Result<PathBuf, FileError> {
        let text = if text.is_empty() { "." } else { text };
        let path = self.guard.resolve(text)?;
        self.check(&path, access)?;
        Ok(path)
    }

    /// The same for what is to be made, replaced or moved to.
    pub(crate) fn target(&self, text: &str) -> Result<PathBuf, FileError> {
        shown(self.path(text, Access::Write)?)
    }

    /// The same for what is to be deleted or moved: a link there is meant itself, not what it
    /// leads to.
    pub(crate) fn entry(&self, text: &str, access: Access) -> Result<PathBuf, FileError> {
        let resolved = self.path(text, access)?;
        let written = Path::new(text);
        let Some(Component::Normal(name)) = written.components().next_back() else {
            return Ok(resolved);
        };
        let parent = match written.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_str().unwrap_or("."),
            _ if text.starts_with('~') => return Ok(resolved),
            _ => ".",
        };
        let path = self.guard.resolve(parent)?.join(name);
        self.check(&path, access)?;
        Ok(path)
    }

    /// A file to be read, opened.
    pub(crate) fn open(&self, text: &str) -> Result<(Spot, std::fs::File, Meta), FileError> {
        let spot = Spot::open(&self.path(text, Access::Read)?)?;
        let (file, meta) = spot.open_file()?;
        Ok((spot, file, meta))
    }

    /// A folder to be looked into, opened.
    pub(crate) fn open_dir(&self, text: &str) -> Result<Arc<Dir>, FileError> {
        Dir::open(&self.path(text, Access::Read)?)
    }

    /// Whether this is a managed folder, or holds one: such a folder stays.
    pub(crate) fn holds_root(&self, path: &Path) -> bool {
        let mut roots = self.spec.allowed.iter().chain([&self.spec.workspace]);
        roots.any(|root| root.starts_with(path))
    }

    /// Replaces a file by these bytes, or makes it. `seen`: the file that was read before; when it
    /// changed since, nothing is written.
    pub(crate) fn write(
        &self,
        spot: Spot,
        bytes: &[u8],
        seen: Option<Meta>,
    ) -> Result<(), FileError> {
        let replaces = match seen {
            Some(meta) => Some(meta),
            None => spot.look()?,
        };
        if let Some(meta) = &replaces {
            replaceable(&spot, meta)?;
        }
        let mut draft = Draft::new(&spot.dir)?;
        draft.write(bytes, &spot)?;
        let like = replaces.as_ref().map(Like::replaced).unwrap_or_default();
        let mode = draft.seal(&like, true, &spot)?;
        self.effects().put(Put {
            spot,
            draft,
            sum: Sum::of(bytes),
            mode,
            replaces,
        })
    }

    /// Opens this folder; what is missing of it is made, each step asked for.
    pub(crate) fn make_dirs(&self, path: &Path) -> Result<Arc<Dir>, FileError> {
        let (mut missing, mut existing) = (Vec::new(), path);
        let mut dir = loop {
            match (Dir::open(existing), existing.parent(), existing.file_name()) {
                (Err(FileError::Missing(_)), Some(parent), Some(name)) => {
                    missing.push(name);
                    existing = parent;
                }
                (dir, ..) => break dir?,
            }
        };
        for name in missing.into_iter().rev() {
            let spot = Spot {
                dir: Arc::clone(&dir),
                name: name.into(),
            };
            self.check(&spot.path(), Access::Write)?;
            dir = self.effects().make_dir(&spot)?;
        }
        Ok(dir)
    }
}

/// The path, when lists and snapshots show what is there: nothing is to be hidden from the others.
pub(crate) fn shown(path: PathBuf) -> Result<PathBuf, FileError> {
    if path.iter().any(is_draft) {
        let reason = "names like this are kept for files in the making, which nobody is shown";
        return Err(FileError::Unfit { path, reason });
    }
    Ok(path)
}

/// Whether what is there is a file that may be replaced.
pub(crate) fn replaceable(spot: &Spot, meta: &Meta) -> Result<(), FileError> {
    match meta.kind {
        Kind::File if meta.mode() & 0o222 == 0 => Err(FileError::WriteProtected {
            path: spot.path(),
            mode: meta.mode(),
        }),
        Kind::File => Ok(()),
        Kind::Link => Err(FileError::Link(spot.path())),
        kind => Err(FileError::NotAFile {
            path: spot.path(),
            found: kind.noun(),
        }),
    }
}
