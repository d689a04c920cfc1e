//! Folders of the host, whose content it may replace, and folders of users, which it never empties.

use std::ffi::OsStr;
use std::fs::{File, TryLockError};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use rustix::fs::{Mode, OFlags};

use crate::draft::is_draft;
use crate::handle::{Dir, Kind, Spot};
use crate::leftover::{sweep, sweep_one};
use crate::tree::is_empty;
use crate::{FileError, FolderError};

/// The file that says that what is in a folder was put there by the host.
pub(crate) const MARKER: &str = ".massgen-folder";
const MARKER_TEXT: &[u8] = b"massgen put the files in this folder here and may replace them.\n";

/// Folders near which nothing may ever be emptied (services §3.1).
#[derive(Debug, Clone, Default)]
pub struct KeepOff {
    /// The user's home.
    pub home: Option<PathBuf>,
    /// The folder in which the program was started.
    pub process_dir: Option<PathBuf>,
    /// Context paths and workspaces of all agents.
    pub users: Vec<PathBuf>,
}

/// A folder that the host made or marked, so that what is in it may be replaced. Nobody else has
/// it meanwhile: its marker is locked until the last clone is dropped.
#[derive(Debug, Clone)]
pub struct OwnedFolder {
    dir: Arc<Dir>,
    _locked: Arc<File>,
}

impl OwnedFolder {
    /// Makes and marks the folder, or takes one that is empty or marked. It is not emptied.
    ///
    /// # Errors
    ///
    /// A relative path, the root, a top-level folder, the home folder, the process's folder or one
    /// above it, one above or below a folder of `keep_off`, one with unmarked content, or one that
    /// somebody else has claimed and still holds, in this process or another.
    pub fn claim(path: &Path, keep_off: &KeepOff) -> Result<Self, FolderError> {
        // Judged before it is made, and again where it really lies.
        judge(path, keep_off)?;
        let (path, _) = make(path)?;
        judge(&path, keep_off)?;
        let dir = Dir::open(&path)?;
        match dir.look(OsStr::new(MARKER))? {
            Some(meta) if meta.kind == Kind::File => {}
            None if is_empty(&dir)? => mark(&dir)?,
            _ => {
                return Err(unsafe_folder(
                    &path,
                    "holds files that massgen did not put there",
                ));
            }
        }
        let locked = Arc::new(lock(&dir)?);
        sweep_one(&dir);
        Ok(Self {
            dir,
            _locked: locked,
        })
    }

    /// Where it is, links resolved.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The open folder.
    pub(crate) fn dir(&self) -> &Arc<Dir> {
        &self.dir
    }
}

fn unsafe_folder(path: &Path, reason: impl Into<String>) -> FolderError {
    FolderError::Unsafe {
        path: path.into(),
        reason: reason.into(),
    }
}

/// Whether emptying a folder of this path could hurt anybody.
fn judge(path: &Path, keep_off: &KeepOff) -> Result<(), FolderError> {
    absolute(path)?;
    if path.components().count() < 3 {
        return Err(unsafe_folder(path, "is a top-level folder"));
    }
    let real = |path: &PathBuf| path.canonicalize().unwrap_or_else(|_| path.clone());
    // The home folder may hold it, but it may not hold the home folder.
    for (folder, name) in [
        (&keep_off.home, "home folder"),
        (&keep_off.process_dir, "current folder"),
    ] {
        if let Some(folder) = folder
            && (folder.starts_with(path) || real(folder).starts_with(path))
        {
            return Err(unsafe_folder(path, format!("is or holds your {name}")));
        }
    }
    for user in &keep_off.users {
        for user in [user.clone(), real(user)] {
            if user.starts_with(path) || path.starts_with(&user) {
                let user = user.display();
                return Err(unsafe_folder(path, format!("overlaps with {user}")));
            }
        }
    }
    Ok(())
}

fn absolute(path: &Path) -> Result<(), FolderError> {
    let clean = path
        .components()
        .all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    if path.is_absolute() && clean {
        return Ok(());
    }
    Err(unsafe_folder(path, "is not a clean absolute path"))
}

/// Makes the folder if it is missing; says where it really is, and whether it was missing.
fn make(path: &Path) -> Result<(PathBuf, bool), FileError> {
    let fail = |error| FileError::io("make", path, error);
    let created = !path.exists();
    std::fs::create_dir_all(path).map_err(fail)?;
    Ok((path.canonicalize().map_err(fail)?, created))
}

/// Holds the marker for as long as the file is open; the kernel lets go when a process dies.
fn lock(dir: &Arc<Dir>) -> Result<File, FolderError> {
    let marker = Spot {
        dir: Arc::clone(dir),
        name: MARKER.into(),
    };
    let (file, _) = marker.open_file()?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(FolderError::InUse(dir.path().into())),
        // Some network file systems have no locks; then there is nothing to hold.
        Err(TryLockError::Error(error)) => {
            tracing::warn!(path = %dir.path().display(), %error, "cannot be locked");
            Ok(file)
        }
    }
}

fn mark(dir: &Dir) -> Result<(), FileError> {
    let fail = |errno| FileError::io("mark", dir.path(), errno);
    let wanted = OFlags::WRONLY | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = rustix::fs::openat(dir.fd(), MARKER, wanted, Mode::from_raw_mode(0o644));
    rustix::io::write(file.map_err(fail)?, MARKER_TEXT).map_err(fail)?;
    Ok(())
}

/// A workspace that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// Where it is, links resolved.
    pub path: PathBuf,
    /// Whether it had to be made.
    pub created: bool,
    /// How many entries it has; they are kept.
    pub found: usize,
}

/// Makes a workspace when it is missing. What is in it stays: nothing of a user's is ever emptied.
/// Only files and folders that a killed run left in the making, at any depth, are taken away.
///
/// # Errors
///
/// A relative path, the root, something that is no folder, no right to make it.
pub fn prepare(workspace: &Path) -> Result<Prepared, FolderError> {
    absolute(workspace)?;
    let (path, created) = make(workspace)?;
    if path.parent().is_none() {
        return Err(unsafe_folder(&path, "is the root of the file system"));
    }
    sweep(&path);
    let names = Dir::open(&path)?.names()?;
    let found = names.iter().filter(|name| !is_draft(name)).count();
    Ok(Prepared {
        path,
        created,
        found,
    })
}
