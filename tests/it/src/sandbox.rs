//! A folder that is all the child knows: its home, its working folder, its temporary folder.

use std::fs;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode};
use tempfile::TempDir;

use crate::Process;

/// Removed with the value.
#[derive(Debug)]
pub struct Sandbox {
    folder: TempDir,
}

impl Sandbox {
    /// An empty home, an empty working folder.
    pub(crate) fn new() -> Self {
        let folder = TempDir::with_prefix("massgen-it-").expect("a temporary folder");
        let sandbox = Self { folder };
        for name in ["home", "work", "tmp"] {
            fs::create_dir(sandbox.folder.path().join(name)).expect("a folder in it");
        }
        sandbox
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// The working folder of the child.
    pub fn work(&self) -> PathBuf {
        self.root().join("work")
    }

    /// What the child sees in place of the tester's environment.
    pub(crate) fn environment(&self) -> Vec<(String, PathBuf)> {
        let home = self.root().join("home");
        let variable = |(name, folder): (&str, &str)| (name.to_owned(), home.join(folder));
        let mut environment: Vec<_> = [
            ("XDG_CONFIG_HOME", ".config"),
            ("XDG_CACHE_HOME", ".cache"),
            ("XDG_DATA_HOME", ".local/share"),
            ("XDG_STATE_HOME", ".local/state"),
        ]
        .map(variable)
        .into();
        environment.push(("TMPDIR".to_owned(), self.root().join("tmp")));
        environment.push(("HOME".to_owned(), home));
        environment
    }

    /// A named pipe in the working folder. Whoever opens it waits for the other side.
    pub fn pipe(&self, name: &str) -> PathBuf {
        let path = self.work().join(name);
        let kind = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(CWD, &path, kind, Mode::RUSR | Mode::WUSR, 0).expect("a pipe");
        path
    }

    /// Every process whose home this is: what was started in here, however deep, and still runs.
    pub fn processes(&self) -> Vec<Process> {
        Process::at_home_in(&self.root().join("home"))
    }

    /// A file in the working folder, with folders above it.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.work().join(name);
        let folder = path.parent().expect("a file lies in a folder");
        fs::create_dir_all(folder).expect("a folder in the sandbox");
        fs::write(&path, content).expect("a file in the sandbox");
        path
    }

    /// Text of a file in the working folder; `None` when there is none.
    pub fn read(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.work().join(name)).ok()
    }

    /// Every regular file below, with its bytes.
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        collect(self.root(), &mut files);
        files
    }

    /// Every file of this name below.
    pub fn named(&self, name: &str) -> Vec<PathBuf> {
        let mut paths: Vec<_> = self.files().into_iter().map(|(path, _)| path).collect();
        paths.retain(|it| it.file_name().is_some_and(|it| it == name));
        paths.sort();
        paths
    }
}

fn collect(folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(folder)
        .expect("a folder that can be listed")
        .flatten()
    {
        let kind = entry.file_type().expect("an entry with a type");
        if kind.is_dir() {
            collect(&entry.path(), files);
        } else if kind.is_file() {
            let bytes = fs::read(entry.path()).expect("a file that can be read");
            files.push((entry.path(), bytes));
        }
    }
}
