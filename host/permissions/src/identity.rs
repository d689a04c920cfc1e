//! Whether two paths mean the same thing, where spelling does not tell: file systems that ignore
//! case, two forms of one accent, short names, bind mounts. The one module that asks the platform.

use std::path::Path;

/// What a file system calls an existing file or folder.
#[cfg(unix)]
pub(crate) type Identity = (u64, u64);
#[cfg(not(unix))]
pub(crate) type Identity = std::path::PathBuf;

/// The handle of what is there; links in the last part are not followed.
#[cfg(unix)]
pub(crate) fn of(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    let found = std::fs::symlink_metadata(path).ok()?;
    Some((found.dev(), found.ino()))
}

/// The system's own spelling of what is there.
#[cfg(not(unix))]
pub(crate) fn of(path: &Path) -> Option<Identity> {
    std::fs::canonicalize(path).ok()
}

/// How many names an existing regular file has; 0 for anything else.
#[cfg(unix)]
pub(crate) fn names(path: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    std::fs::symlink_metadata(path)
        .ok()
        .filter(std::fs::Metadata::is_file)
        .map_or(0, |found| found.nlink())
}

/// Not known here.
#[cfg(not(unix))]
pub(crate) fn names(_path: &Path) -> u64 {
    0
}

/// Whether `path`, whose handle is `known`, is `other`.
pub(crate) fn same(path: &Path, known: Option<&Identity>, other: &Path) -> bool {
    path == other || known.is_some_and(|known| of(other).as_ref() == Some(known))
}

/// Whether `path` is `root` or below it. Where `root` does not exist there is no handle, and case
/// is ignored: this is asked only to forbid.
pub(crate) fn covers(root: &Path, path: &Path) -> bool {
    let Some(known) = of(root) else {
        return folded(path).starts_with(folded(root));
    };
    path.ancestors()
        .any(|above| above == root || of(above).as_ref() == Some(&known))
}

fn folded(path: &Path) -> std::path::PathBuf {
    path.to_string_lossy().to_lowercase().into()
}
