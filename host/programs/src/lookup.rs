//! Where a program lies, and which of our variables it gets. Pure but for a look at files.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Variables that hardly any program can do without, and that hold no secret.
#[cfg(not(windows))]
pub const BASIC: [&str; 6] = ["HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER"];

/// Variables that hardly any program can do without, and that hold no secret.
#[cfg(windows)]
pub const BASIC: [&str; 12] = [
    "APPDATA",
    "HOMEDRIVE",
    "HOMEPATH",
    "LOCALAPPDATA",
    "PATH",
    "PROCESSOR_ARCHITECTURE",
    "SYSTEMDRIVE",
    "SYSTEMROOT",
    "TEMP",
    "USERNAME",
    "USERPROFILE",
    "PATHEXT",
];

/// Finds a program as a shell does: a name with a slash is a path, any other is looked up in these
/// folders.
pub fn find(name: &OsStr, folders: &[PathBuf]) -> Option<PathBuf> {
    let path = Path::new(name);
    if path.components().count() > 1 || path.is_absolute() {
        return path.exists().then(|| path.to_owned());
    }
    let candidates = folders.iter().map(|folder| folder.join(name));
    candidates.into_iter().find(|it| is_executable(it))
}

/// The absolute folders of a `PATH`. A relative one would mean another folder for each working
/// directory.
pub fn search_path(path: &OsStr) -> Vec<PathBuf> {
    std::env::split_paths(path)
        .filter(|folder| folder.is_absolute())
        .collect()
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata()
        .is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

/// Those of these variables that are set. Shell functions that are exported as variables begin with
/// `()` and stay here.
pub fn inherited<'a>(
    names: impl IntoIterator<Item = &'a str>,
    lookup: impl Fn(&str) -> Option<String>,
) -> Vec<(String, String)> {
    names
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), lookup(name)?)))
        .filter(|(_, value)| !value.starts_with("()"))
        .collect()
}
