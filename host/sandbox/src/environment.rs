//! The environment a program is started with, and what follows from it: its home and its `PATH`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

type Lookup = dyn Fn(&str) -> Option<OsString>;

/// The variables of the program to be, looked up by name.
pub(crate) struct Environment {
    variable: Box<Lookup>,
    home: Option<PathBuf>,
}

impl Environment {
    /// Our own, which the program inherits.
    pub(crate) fn own() -> Self {
        Self::new(|name| std::env::var_os(name), std::env::home_dir())
    }

    pub(crate) fn new(
        variable: impl Fn(&str) -> Option<OsString> + 'static,
        home: Option<PathBuf>,
    ) -> Self {
        let home = home.filter(|home| home.is_absolute() && home.parent().is_some());
        Self {
            variable: Box::new(variable),
            home,
        }
    }

    /// An absolute path that a variable names.
    pub(crate) fn path(&self, name: &str) -> Option<PathBuf> {
        let path = PathBuf::from((self.variable)(name)?);
        path.is_absolute().then_some(path)
    }

    /// A path below the home folder.
    pub(crate) fn in_home(&self, below: &str) -> Option<PathBuf> {
        self.home.as_deref().map(|home| home.join(below))
    }

    /// Absolute folders in which programs are looked up.
    pub(crate) fn search_path(&self) -> Vec<PathBuf> {
        let path = (self.variable)("PATH").unwrap_or_default();
        programs::search_path(&path)
    }

    /// Whether a folder holds far more than one program's files: the home folder or what is above
    /// it, folders in which each program has a part, and folders with keys in them. A program that
    /// lies below does not open them.
    pub(crate) fn is_broad(&self, folder: &Path) -> bool {
        const SHARED: [&str; 7] = [
            ".local",
            ".local/share",
            ".config",
            ".cache",
            ".cargo",
            ".ssh",
            ".gnupg",
        ];
        let folder = real(folder);
        let in_home = |home: &PathBuf| {
            real(home).starts_with(&folder)
                || SHARED
                    .iter()
                    .any(|shared| real(&home.join(shared)) == folder)
        };
        is_shared_root(&folder) || self.home.as_ref().is_some_and(in_home)
    }
}

/// Roots of the file system that are shared by everybody's files.
fn is_shared_root(folder: &Path) -> bool {
    [
        "/", "/home", "/root", "/tmp", "/var", "/mnt", "/media", "/srv", "/run", "/Users",
    ]
    .iter()
    .any(|root| Path::new(root) == folder)
}

/// A path without links as far as it exists.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}
