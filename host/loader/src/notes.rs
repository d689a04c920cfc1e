//! The folder in which massgen keeps notes about plugins: probe results, crash markers, reports.
//!
//! Notes are an aid: a folder that cannot be written costs time (every load is probed again) and
//! the crash markers, never the run.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::environment::Environment;
use crate::hash::Hash;
use crate::markers::Markers;
use crate::platform;

/// `${XDG_STATE_HOME:-~/.local/state}/massgen`.
#[derive(Debug, Clone)]
pub(crate) struct Notes {
    root: PathBuf,
}

impl Notes {
    pub(crate) fn new(environment: &Environment) -> Option<Self> {
        Some(Self {
            root: environment.state()?,
        })
    }

    pub(crate) fn markers(&self) -> Markers {
        Markers::new(self.root.join("markers"))
    }

    /// Private copies of libraries, where memory may not be executed.
    pub(crate) fn copies(&self) -> PathBuf {
        self.root.join("copies")
    }

    /// Whether this host has probed the library of this hash with success.
    pub(crate) fn is_probed(&self, hash: Hash) -> bool {
        self.probe(hash).is_file()
    }

    /// Notes that the probe of this library succeeded.
    pub(crate) fn note_probed(&self, hash: Hash, path: &Path) {
        let text = format!("{}\n", path.display());
        if let Err(error) = write(&self.probe(hash), text.as_bytes()) {
            tracing::debug!(%error, "cannot note a probe");
        }
    }

    /// Keeps a long text about a library; its path when that worked.
    pub(crate) fn keep_report(&self, name: &str, text: &str) -> Option<PathBuf> {
        let path = self.root.join("reports").join(name);
        write(&path, text.as_bytes()).ok()?;
        Some(path)
    }

    /// A probe says what one version of the host made of the file, so both stand in the name.
    fn probe(&self, hash: Hash) -> PathBuf {
        let name = format!("{hash}-massgen-{}", env!("CARGO_PKG_VERSION"));
        self.root.join("probes").join(name)
    }
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    platform::private_folder(folder)?;
    let mut partial = NamedTempFile::new_in(folder)?;
    partial.write_all(bytes)?;
    partial.persist(path)?;
    Ok(())
}
