//! Checks 1 and 2: the file is opened once, and nobody else can write it.
//!
//! Everything after this works on the bytes that were read here, never on the path again.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::platform;
use crate::refusal::{Code, Refusal};

/// Largest library: 256 MiB.
pub(crate) const LARGEST: u64 = 256 << 20;

/// A file's bytes, and what the system said of it when it was opened.
pub(crate) struct Opened {
    pub(crate) bytes: Vec<u8>,
    metadata: Metadata,
}

/// The absolute path with a resolved folder; the last part stays, so that a link is seen as one.
pub(crate) fn resolve(path: &Path) -> io::Result<PathBuf> {
    let path = std::path::absolute(path)?;
    match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) => Ok(folder.canonicalize()?.join(name)),
        _ => Ok(path),
    }
}

/// Check 1: an absolute path to a regular file of bearable size, opened once and not through a link.
pub(crate) fn open(path: &Path) -> Result<Opened, Refusal> {
    let refuse = |what: &str| {
        let hint = "name the library's own file; `massgen plugin list` shows what is found where";
        Refusal::new(Code::Inspect, path, what, hint)
    };
    if !path.is_absolute() {
        return Err(refuse("its path is not absolute"));
    }
    let file = platform::open(path).map_err(|error| refuse(&cannot_open(path, &error)))?;
    let metadata = file
        .metadata()
        .map_err(|error| refuse(&format!("cannot be read: {error}")))?;
    if !metadata.is_file() {
        return Err(refuse("is not a regular file"));
    }
    let bytes =
        read(&file, &metadata).map_err(|error| refuse(&format!("cannot be read: {error}")))?;
    if bytes.len() as u64 > LARGEST {
        return Err(refuse("is larger than 256 MiB"));
    }
    Ok(Opened { bytes, metadata })
}

fn cannot_open(path: &Path, error: &io::Error) -> String {
    if path.is_symlink() {
        return "is a symbolic link".into();
    }
    format!("cannot be opened: {error}")
}

fn read(file: &File, metadata: &Metadata) -> io::Result<Vec<u8>> {
    let size = metadata.len().min(LARGEST) + 1;
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Check 2: the file and every folder above it belong to root or this user, and nobody else can
/// write them. A sticky folder (`/tmp`) is excepted: others cannot replace what is not theirs.
pub(crate) fn check_owner(path: &Path, opened: &Opened) -> Result<(), Refusal> {
    refuse_foreign(path, &opened.metadata)?;
    for folder in path.ancestors().skip(1) {
        let metadata = fs::symlink_metadata(folder).map_err(|error| {
            let what = format!("cannot be looked at: {error}");
            Refusal::new(Code::Perm, folder, what, "make the folder readable")
        })?;
        refuse_foreign(folder, &metadata)?;
    }
    Ok(())
}

fn refuse_foreign(path: &Path, metadata: &Metadata) -> Result<(), Refusal> {
    let Some(what) = platform::foreign_writer(metadata) else {
        return Ok(());
    };
    let hint = format!(
        "only you or root may be able to change a plugin: `chmod go-w {0}`, or `chown` it",
        path.display()
    );
    Err(Refusal::new(Code::Perm, path, what, hint))
}
