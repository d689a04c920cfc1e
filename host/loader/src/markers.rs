//! Crash markers: a file that is there while something dangerous runs, and is found when it ended
//! the process.
//!
//! A marker is locked by the process that set it, and the system takes the lock away when that
//! process ends in whatever way. So a marker that can be locked by somebody else is a crash, and
//! one that cannot belongs to a living massgen. The process id in the name is for people.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::NamedTempFile;

use crate::hash::Hash;
use crate::platform;

/// The folder of all markers.
#[derive(Debug, Clone)]
pub(crate) struct Markers {
    folder: PathBuf,
}

/// One marker; dropping it says that the danger is over.
#[derive(Debug)]
pub struct Marker {
    path: PathBuf,
    /// Locked as long as it is open.
    _locked: File,
}

impl Markers {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Marks the library of this hash; `None` when markers cannot be written here.
    pub(crate) fn set(&self, hash: Hash, library: &Path) -> Option<Marker> {
        let set = self.try_set(hash, library);
        set.inspect_err(|error| tracing::warn!(%error, "cannot set a crash marker"))
            .ok()
    }

    /// The marker gets its name after it is locked, so that nobody sees it unlocked.
    fn try_set(&self, hash: Hash, library: &Path) -> io::Result<Marker> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        platform::private_folder(&self.folder)?;
        let mut file = NamedTempFile::new_in(&self.folder)?;
        writeln!(file, "{}", library.display())?;
        file.as_file().lock()?;
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{hash}.{}.{number}", std::process::id());
        let path = self.folder.join(name);
        let locked = file.persist(&path)?;
        Ok(Marker {
            path,
            _locked: locked,
        })
    }

    /// A marker of this hash whose process ended without taking it away.
    pub(crate) fn stale(&self, hash: Hash) -> Option<PathBuf> {
        let start = format!("{hash}.");
        let mut paths: Vec<PathBuf> = fs::read_dir(&self.folder)
            .ok()?
            .flatten()
            .filter(|it| it.file_name().to_string_lossy().starts_with(&start))
            .map(|it| it.path())
            .collect();
        paths.sort();
        paths.into_iter().find(|it| is_stale(it))
    }
}

/// A marker that is taken away between opening and locking is gone afterwards, and no crash.
fn is_stale(path: &Path) -> bool {
    let is_unlocked = File::open(path).is_ok_and(|file| file.try_lock().is_ok());
    is_unlocked && path.exists()
}

impl Drop for Marker {
    /// Takes the file away before its lock goes.
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "cannot remove a crash marker");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_a_crash_only_when_nobody_holds_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let markers = Markers::new(folder.path().join("markers"));
        let (hash, other) = (Hash::of(b"a"), Hash::of(b"b"));
        assert_eq!(markers.stale(hash), None);

        let marker = markers.set(hash, Path::new("/x.so")).expect("a marker");
        assert_eq!(markers.stale(hash), None, "its process lives");
        let path = marker.path.clone();
        let abandoned = folder.path().join("abandoned");
        fs::copy(&path, &abandoned).expect("a copy that nobody locks");
        drop(marker);
        assert!(!path.exists());
        assert_eq!(markers.stale(hash), None, "it was taken away");

        fs::rename(abandoned, &path).expect("what a crash leaves");
        assert_eq!(markers.stale(hash), Some(path));
        assert_eq!(markers.stale(other), None);
    }
}
