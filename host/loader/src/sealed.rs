//! A private copy of the bytes that were hashed: what is loaded instead of the installed file.
//!
//! Whoever overwrites or cuts an installed file takes down every process that has it mapped, so
//! the installed file is never mapped. In memory the copy is sealed; where memory may not be
//! executed, it is a file named by its hash in a private folder, read and hashed again on use.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::hash::Hash;
use crate::native::{self, Library};
use crate::platform;

/// A copy, and what must stay open while its path is in use.
struct Copy {
    path: PathBuf,
    _file: Option<File>,
}

/// Loads exactly these bytes. `folder` takes the copy when it cannot be in memory.
pub(crate) fn load(
    name: &str,
    hash: Hash,
    bytes: &[u8],
    folder: Option<&Path>,
) -> Result<Library, String> {
    let label = format!("massgen:{name}@{}", hash.short());
    let in_memory = platform::sealed_copy(&label, bytes).map(|(file, path)| Copy {
        path,
        _file: Some(file),
    });
    match in_memory.map(open) {
        Ok(Err(error)) if !is_forbidden(&error) => Err(error),
        Ok(Ok(library)) => Ok(library),
        Err(_) | Ok(Err(_)) => {
            let copy = on_disk(hash, bytes, folder)
                .map_err(|error| format!("cannot make a private copy of it: {error}"))?;
            open(copy)
        }
    }
}

/// Loads a copy. On success its descriptor is kept for ever: the system's loader knows a library
/// by the text of its path, and would give this one out again for a path with the same number.
fn open(copy: Copy) -> Result<Library, String> {
    let shown = format!("{}: ", copy.path.display());
    let library = native::open(&copy.path).map_err(|error| reason(&error).replace(&shown, ""))?;
    std::mem::forget(copy);
    Ok(library)
}

/// What the system's loader said, without what was put around it.
pub(crate) fn reason(error: &libloading::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}

/// What glibc says when it may not map memory for execution.
fn is_forbidden(error: &str) -> bool {
    error.contains("failed to map segment")
}

fn on_disk(hash: Hash, bytes: &[u8], folder: Option<&Path>) -> io::Result<Copy> {
    let folder = match folder {
        Some(folder) => folder.to_owned(),
        None => tempfile::tempdir()?.keep(),
    };
    platform::private_folder(&folder)?;
    refuse_foreign(&folder)?;
    let path = folder.join(format!("{hash}.so"));
    if !is_same(&path, hash) {
        let mut partial = NamedTempFile::new_in(&folder)?;
        partial.write_all(bytes)?;
        platform::make_private_library(partial.as_file())?;
        partial.persist(&path)?;
    }
    Ok(Copy { path, _file: None })
}

fn refuse_foreign(path: &Path) -> io::Result<()> {
    let writer = platform::foreign_writer(&fs::symlink_metadata(path)?);
    writer.map_or(Ok(()), |what| Err(io::Error::other(what)))
}

/// Whether an earlier copy is still what its name says.
fn is_same(path: &Path, hash: Hash) -> bool {
    refuse_foreign(path).is_ok() && fs::read(path).is_ok_and(|bytes| Hash::of(&bytes) == hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_on_disk_is_written_again_when_it_is_not_what_its_name_says() {
        let folder = tempfile::tempdir().expect("a folder");
        let hash = Hash::of(b"library");
        let copy = || {
            on_disk(hash, b"library", Some(folder.path()))
                .expect("a copy")
                .path
        };
        let path = copy();
        assert_eq!(fs::read(&path).expect("its bytes"), b"library");

        fs::remove_file(&path).expect("removed");
        fs::write(&path, b"something else").expect("replaced");
        assert_eq!(copy(), path);
        assert_eq!(fs::read(&path).expect("its bytes"), b"library");
    }

    #[test]
    fn a_library_loads_from_memory_and_from_disk() {
        let folder = tempfile::tempdir().expect("a folder");
        let (from, to) = (folder.path().join("a.c"), folder.path().join("a.so"));
        fs::write(&from, "int a;\n").expect("written");
        let mut cc = std::process::Command::new("cc");
        let status = cc
            .args(["-shared", "-fPIC", "-o"])
            .args([&to, &from])
            .status();
        assert!(status.expect("a C compiler").success());
        let bytes = fs::read(to).expect("its bytes");
        let hash = Hash::of(&bytes);

        assert!(load("a", hash, &bytes, None).is_ok());
        let copy = on_disk(hash, &bytes, Some(&folder.path().join("copies"))).expect("a copy");
        assert!(open(copy).is_ok());
        let text = load("a", hash, b"no library", None).err().expect("refused");
        assert!(!text.contains("/proc/"), "{text}");
    }
}
