//! Copies of what was there, named by their content.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio_util::sync::CancellationToken;

use super::{Journal, JournalError, State};
use crate::FileError;
use crate::draft::{Draft, Like, Sum, stream};
use crate::handle::{Dir, Kind, Meta, Spot};

/// The folder of a journal.
#[derive(Debug)]
pub(crate) struct Store {
    folder: PathBuf,
    kept: Arc<Dir>,
    used: AtomicU64,
}

impl Store {
    /// Opens the folder of a journal, or makes it.
    pub(super) fn open(folder: &Path) -> Result<Self, JournalError> {
        let kept = folder.join("kept");
        std::fs::create_dir_all(&kept)
            .map_err(|source| JournalError::new("make", &kept, source))?;
        Self::at(folder)
    }

    /// Opens the folder of a journal that is there.
    pub(crate) fn at(folder: &Path) -> Result<Self, JournalError> {
        let fail = |source| JournalError::new("open", folder, source);
        let folder = folder.canonicalize().map_err(fail)?;
        let kept =
            Dir::open(&folder.join("kept")).map_err(|error| fail(io::Error::other(error)))?;
        let used = AtomicU64::new(used_bytes(&kept).map_err(|e| fail(io::Error::other(e)))?);
        Ok(Self { folder, kept, used })
    }

    /// Where it is.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The copy of this content.
    pub(crate) fn copy(&self, sha256: &str) -> Spot {
        Spot {
            dir: Arc::clone(&self.kept),
            name: OsString::from(sha256),
        }
    }

    /// What is at this place; of a file a copy is made, or the state says why not.
    pub(super) fn keep(&self, spot: &Spot, cancel: &CancellationToken) -> Result<State, FileError> {
        let state = state_of(spot, cancel)?;
        let State::File {
            sha256, size, mode, ..
        } = state
        else {
            return Ok(state);
        };
        let lost = match self.fits(&sha256, size)? {
            Some(reason) => Some(reason.to_owned()),
            None => self
                .add(spot, &sha256, size, cancel)
                .map_err(|source| journal_failed(spot, source))?,
        };
        Ok(State::File {
            sha256,
            size,
            mode,
            lost,
        })
    }

    /// Why no copy can be kept.
    fn fits(&self, sha256: &str, size: u64) -> Result<Option<&'static str>, FileError> {
        Ok(if sha256.is_empty() {
            Some("it could not be read")
        } else if self.copy(sha256).look()?.is_some() {
            None
        } else if size > Journal::FILE_CAP {
            Some("it was larger than the 64 MiB that are kept of one file")
        } else if self.used.load(Ordering::Relaxed) + size > Journal::RUN_CAP {
            Some("the 1 GiB that is kept of one run was used up")
        } else {
            None
        })
    }

    fn add(
        &self,
        spot: &Spot,
        sha256: &str,
        size: u64,
        cancel: &CancellationToken,
    ) -> Result<Option<String>, FileError> {
        let copy = self.copy(sha256);
        if copy.look()?.is_some() {
            return Ok(None);
        }
        let (mut file, _) = spot.open_file()?;
        let mut draft = Draft::new(&self.kept)?;
        if draft.copy(&mut file, &copy, cancel)?.sha256 != sha256 {
            return Err(FileError::Changed(spot.path()));
        }
        draft.seal(&Like::mode(0o600), true, &copy)?;
        draft.publish(&copy, true)?;
        self.kept.sync()?;
        self.used.fetch_add(size, Ordering::Relaxed);
        Ok(None)
    }
}

fn journal_failed(spot: &Spot, error: FileError) -> FileError {
    match error {
        FileError::Changed(_) | FileError::Cancelled => error,
        error => FileError::Journal {
            path: spot.path(),
            source: JournalError::new("keep a copy of", &spot.path(), io::Error::other(error)),
        },
    }
}

fn used_bytes(kept: &Dir) -> Result<u64, FileError> {
    kept.names()?.iter().try_fold(0, |sum, name| {
        Ok(sum + kept.look(name)?.as_ref().map_or(0, Meta::size))
    })
}

/// What is at this place now. A file that may not be read has an empty hash.
pub(crate) fn state_of(spot: &Spot, cancel: &CancellationToken) -> Result<State, FileError> {
    let Some(meta) = spot.look()? else {
        return Ok(State::Absent);
    };
    Ok(match meta.kind {
        Kind::File => file_state(spot, &meta, cancel)?,
        Kind::Directory => State::Directory { mode: meta.mode() },
        Kind::Link => State::Link {
            target: spot.read_link()?,
        },
        Kind::Other => State::Other,
    })
}

fn file_state(spot: &Spot, meta: &Meta, cancel: &CancellationToken) -> Result<State, FileError> {
    let sum = match spot.open_file() {
        Ok((mut file, _)) => stream(&mut file, None, cancel)
            .map_err(|error| FileError::io("read", &spot.path(), error))?
            .ok_or(FileError::Cancelled)?,
        Err(FileError::Io { source, .. }) if source.kind() == io::ErrorKind::PermissionDenied => {
            Sum {
                size: meta.size(),
                sha256: String::new(),
            }
        }
        Err(error) => return Err(error),
    };
    Ok(State::File {
        sha256: sum.sha256,
        size: sum.size,
        mode: meta.mode(),
        lost: None,
    })
}
