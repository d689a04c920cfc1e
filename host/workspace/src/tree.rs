//! Copying a folder with all that is in it.
//!
//! Links are copied as links, and only when they lead to something inside; the copy's link leads
//! to the copy. Devices, pipes and sockets are left out.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{AtFlags, Mode};
use tokio_util::sync::CancellationToken;

use crate::draft::{Draft, Like, Sum, draft_name, is_draft};
use crate::effect::unlink;
use crate::handle::{Dir, Kind, Meta, Spot};
use crate::walk::{Found, Next, walk};
use crate::{FileError, SnapshotCaps};

/// What was copied or left out, path by path.
#[derive(Debug)]
pub(crate) enum Copied {
    Directory { mode: u32 },
    File { sum: Sum, mode: u32 },
    Link { target: PathBuf },
    Skipped { reason: String },
}

/// Copies trees under the same rules.
pub(crate) struct Copying<'a> {
    pub(crate) cancel: &'a CancellationToken,
    pub(crate) caps: &'a SnapshotCaps,
    /// The copy is to be worked on: its owner may write.
    pub(crate) writable: bool,
    /// What cannot be read is left out instead of ending it.
    pub(crate) lenient: bool,
}

impl Copying<'_> {
    /// Copies what is below `source` into `target`, an empty folder.
    pub(crate) fn copy(
        &self,
        source: &Arc<Dir>,
        target: &Arc<Dir>,
    ) -> Result<Vec<(PathBuf, Copied)>, FileError> {
        let mut done = Vec::new();
        let mut room = (self.caps.files, self.caps.bytes);
        let mut open = vec![(PathBuf::new(), Arc::clone(target))];
        walk(source, &mut |found| {
            if self.cancel.is_cancelled() {
                return Err(FileError::Cancelled);
            }
            let parent = found.relative.parent().unwrap_or(Path::new(""));
            while open.len() > 1 && open.last().is_some_and(|(path, _)| path != parent) {
                open.pop();
            }
            let Some((_, dir)) = open.last() else {
                return Ok(Next::Stop);
            };
            let spot = Spot {
                dir: Arc::clone(dir),
                name: found.spot.name.clone(),
            };
            let copied = self.one(source, found, &spot, &mut room)?;
            let entered = matches!(copied, Copied::Directory { .. });
            if entered {
                open.push((found.relative.clone(), spot.dir.child(&spot.name)?));
            }
            done.push((found.relative.clone(), copied));
            Ok(if entered { Next::In } else { Next::Past })
        })?;
        Ok(done)
    }

    fn one(
        &self,
        source: &Dir,
        found: &Found,
        spot: &Spot,
        room: &mut (usize, u64),
    ) -> Result<Copied, FileError> {
        let skipped = |reason: String| Ok(Copied::Skipped { reason });
        let result = match found.meta.kind {
            Kind::Directory => self.directory(found, spot),
            Kind::Link => link(source, found, spot),
            Kind::Other => return skipped(format!("it is {}", Kind::Other.noun())),
            Kind::File if room.0 == 0 => {
                return skipped(format!("there are more than {} files", self.caps.files));
            }
            Kind::File if found.meta.size() > room.1 => {
                return skipped(format!(
                    "all together is more than {} bytes",
                    self.caps.bytes
                ));
            }
            Kind::File => self.file(found, spot).inspect(|copied| {
                if let Copied::File { sum, .. } = copied {
                    *room = (room.0 - 1, room.1.saturating_sub(sum.size));
                }
            }),
        };
        match result {
            Err(error) if self.lenient && is_about_source(&error, found) => {
                skipped(error.to_string())
            }
            result => result,
        }
    }

    fn directory(&self, found: &Found, spot: &Spot) -> Result<Copied, FileError> {
        // Opened first, so that one that may not be read is left out as a whole.
        found.spot.dir.child(&found.spot.name)?.names()?;
        // Its owner has to be able to fill it, to read it and to take it away again.
        let mode = found.meta.mode() | 0o700;
        make_dir(spot, mode)?;
        Ok(Copied::Directory { mode })
    }

    fn file(&self, found: &Found, spot: &Spot) -> Result<Copied, FileError> {
        let (mut file, meta) = found.spot.open_file()?;
        let mut draft = Draft::new(&spot.dir)?;
        let sum = draft.copy(&mut file, spot, self.cancel)?;
        let mode = draft.seal(&self.like(&meta), false, spot)?;
        draft.publish(spot, false)?;
        Ok(Copied::File { sum, mode })
    }

    /// What the copy of a file takes over.
    pub(crate) fn like(&self, meta: &Meta) -> Like {
        match self.writable {
            true => Like::copied(meta).writable(),
            false => Like::copied(meta),
        }
    }
}

/// Whether the fault lies with what is copied and not with where it goes.
fn is_about_source(error: &FileError, found: &Found) -> bool {
    let source = found.spot.path();
    match error {
        FileError::Io { path, .. } | FileError::NotAFile { path, .. } => path.starts_with(&source),
        FileError::Missing(path) | FileError::Link(path) | FileError::NotADirectory(path) => {
            path.starts_with(&source)
        }
        _ => false,
    }
}

fn link(source: &Dir, found: &Found, spot: &Spot) -> Result<Copied, FileError> {
    let text = found.spot.read_link()?;
    let Some(target) = inner_target(source.path(), &found.relative, &text) else {
        let reason = format!("it is a link to {}, outside or missing", text.display());
        return Ok(Copied::Skipped { reason });
    };
    rustix::fs::symlinkat(&target, spot.dir.fd(), &spot.name)
        .map_err(|errno| FileError::io("link", &spot.path(), errno))?;
    Ok(Copied::Link { target })
}

/// The text that a link needs in a copy of `root` to lead to the same thing inside; `None` when it
/// leads out or nowhere. Only names are looked at, nothing is opened.
pub(crate) fn inner_target(root: &Path, relative: &Path, text: &Path) -> Option<PathBuf> {
    let parent = relative.parent()?;
    let depth = parent.components().count();
    let target = root.join(relative).canonicalize().ok()?;
    let inside = target.strip_prefix(root).ok()?;
    let ups = text
        .components()
        .take_while(|part| *part == Component::ParentDir)
        .count();
    let mut rest = text.components().skip(ups);
    if ups <= depth && rest.all(|part| matches!(part, Component::Normal(_))) {
        return Some(text.into());
    }
    let mut way: PathBuf = std::iter::repeat_n("..", depth).collect();
    way.push(inside);
    Some(if way.as_os_str().is_empty() {
        ".".into()
    } else {
        way
    })
}

/// Makes a folder that is not there yet, with exactly this mode.
pub(crate) fn make_dir(spot: &Spot, mode: u32) -> Result<(), FileError> {
    let fail = |errno| FileError::io("make", &spot.path(), errno);
    let mode = Mode::from_bits_truncate(mode as rustix::fs::RawMode);
    rustix::fs::mkdirat(spot.dir.fd(), &spot.name, mode).map_err(fail)?;
    rustix::fs::chmodat(spot.dir.fd(), &spot.name, mode, AtFlags::empty()).map_err(fail)
}

/// A folder in the making: filled beside its place, then put there in one step. Dropped before
/// that, it goes away.
pub(crate) struct DraftDir {
    pub(crate) spot: Spot,
    pub(crate) dir: Arc<Dir>,
}

impl DraftDir {
    /// Makes an empty one in this folder.
    pub(crate) fn new(parent: &Arc<Dir>, mode: u32) -> Result<Self, FileError> {
        let spot = Spot {
            dir: Arc::clone(parent),
            name: draft_name(),
        };
        make_dir(&spot, mode | 0o700)?;
        let dir = parent.child(&spot.name)?;
        Ok(Self { spot, dir })
    }

    /// Gives it its name; what was there goes away.
    pub(crate) fn publish(self, target: &Spot) -> Result<(), FileError> {
        let fail = |errno| FileError::io("put in place", &target.path(), errno);
        match target.look()? {
            None => crate::draft::rename_new(&self.spot, target).map_err(fail)?,
            // What was there now has the draft's name, and is dropped with it.
            Some(_) => exchange(&self.spot, target).map_err(fail)?,
        }
        target.dir.sync()
    }
}

impl Drop for DraftDir {
    fn drop(&mut self) {
        if let Err(error) = remove(&self.spot) {
            tracing::warn!(path = %self.spot.path().display(), %error, "left behind");
        }
    }
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn exchange(a: &Spot, b: &Spot) -> Result<(), rustix::io::Errno> {
    use rustix::io::Errno;
    let swap = rustix::fs::RenameFlags::EXCHANGE;
    match rustix::fs::renameat_with(a.dir.fd(), &a.name, b.dir.fd(), &b.name, swap) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => exchange_slowly(a, b),
        result => result,
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn exchange(a: &Spot, b: &Spot) -> Result<(), rustix::io::Errno> {
    exchange_slowly(a, b)
}

/// Without the one call for it there is a moment with nothing in place; both are still there then.
fn exchange_slowly(a: &Spot, b: &Spot) -> Result<(), rustix::io::Errno> {
    let aside = Spot {
        dir: Arc::clone(&b.dir),
        name: draft_name(),
    };
    crate::draft::rename_over(b, &aside)?;
    crate::draft::rename_over(a, b)?;
    crate::draft::rename_over(&aside, a)
}

/// Takes away a file, a link, or a folder with all that is in it; nothing there is fine. However
/// deep it is, only a few handles are open: folders in folders are moved up to where the work is.
pub(crate) fn remove(spot: &Spot) -> Result<(), FileError> {
    let Some(meta) = spot.look()? else {
        return Ok(());
    };
    if meta.kind == Kind::Directory {
        let top = spot.dir.child(&spot.name)?;
        let mut names = top.names()?;
        while let Some(name) = names.pop() {
            let dir = Arc::clone(&top);
            names.extend(flatten(&Spot { dir, name })?);
        }
    }
    unlink(spot, &meta)
}

/// Takes away what is there; folders in it that are not empty come to stand beside it, under the
/// names that are given back.
fn flatten(spot: &Spot) -> Result<Vec<OsString>, FileError> {
    let mut moved = Vec::new();
    let Some(meta) = spot.look()? else {
        return Ok(moved);
    };
    if meta.kind == Kind::Directory {
        let dir = spot.dir.child(&spot.name)?;
        for name in dir.names()? {
            let inner = Spot {
                dir: Arc::clone(&dir),
                name,
            };
            match inner.look()? {
                None => {}
                Some(meta) => match unlink(&inner, &meta) {
                    Err(FileError::NotEmpty(_) | FileError::Exists(_)) => {
                        moved.push(lift(&inner, &spot.dir)?);
                    }
                    result => result?,
                },
            }
        }
    }
    unlink(spot, &meta)?;
    Ok(moved)
}

/// Moves a folder to another one, under a new name.
fn lift(spot: &Spot, to: &Arc<Dir>) -> Result<OsString, FileError> {
    let target = Spot {
        dir: Arc::clone(to),
        name: draft_name(),
    };
    crate::draft::rename_new(spot, &target)
        .map_err(|errno| FileError::io("delete", &spot.path(), errno))?;
    Ok(target.name)
}

/// Whether a folder holds nothing but files that somebody left in the making.
pub(crate) fn is_empty(dir: &Dir) -> Result<bool, FileError> {
    Ok(dir.names()?.iter().all(|name| is_draft(name)))
}
