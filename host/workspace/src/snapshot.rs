//! Copies of a workspace for the others to read.

use std::path::{Path, PathBuf};

use crate::{FileError, OwnedFolder, SnapshotCaps};

/// What a snapshot holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SnapshotReport {
    /// Files copied.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// What was left out and why, one line each, at most 20 and then how many more.
    pub warnings: Vec<String>,
}

/// Copies a workspace to `store/name`, replacing what was there in one step. An empty or missing
/// workspace gives an empty snapshot. Links are kept when they lead inside, files keep their modes.
///
/// # Errors
///
/// No space, no right; the snapshot before stays.
pub fn take(
    _workspace: &Path,
    _store: &OwnedFolder,
    _name: &str,
    _caps: &SnapshotCaps,
) -> Result<SnapshotReport, FileError> {
    Err(FileError::Cancelled)
}

/// Makes `references/<label>` a copy of each snapshot and takes away every other one. A snapshot
/// that does not exist gives no folder. The folder itself stays the same one.
///
/// # Errors
///
/// As for [`take`].
pub fn show(
    _snapshots: &[(String, PathBuf)],
    _references: &OwnedFolder,
    _caps: &SnapshotCaps,
) -> Result<SnapshotReport, FileError> {
    Err(FileError::Cancelled)
}
