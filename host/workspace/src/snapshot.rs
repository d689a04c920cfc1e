//! Copies of a workspace for the others to read.
//!
//! A snapshot is filled beside its place and put there in one step, so that a reader sees the old
//! or the new one, and a failure leaves the old one (services §3.2).

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::folder::MARKER;
use crate::handle::{Dir, Spot};
use crate::tree::{Copied, Copying, DraftDir, remove};
use crate::{FileError, OwnedFolder, SnapshotCaps};

/// Warnings in one report; more are counted.
const WARNINGS: usize = 20;

/// What a snapshot holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SnapshotReport {
    /// Files copied.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// What was left out and why, one line each, at most 20 and then how many more.
    pub warnings: Vec<String>,
    more: usize,
}

/// Copies a workspace to `store/name`, replacing what was there in one step. An empty or missing
/// workspace gives an empty snapshot. Links are kept when they lead inside, files keep their modes.
///
/// # Errors
///
/// No space, no right; the snapshot before stays.
pub fn take(
    workspace: &Path,
    store: &OwnedFolder,
    name: &str,
    caps: &SnapshotCaps,
) -> Result<SnapshotReport, FileError> {
    let mut report = SnapshotReport::default();
    copy(workspace, store, name, caps, &mut report)?;
    Ok(report.closed())
}

/// Makes `references/<label>` a copy of each snapshot and takes away every other one. A snapshot
/// that does not exist gives no folder. The folder itself stays the same one, so that whoever has
/// it open sees the new content.
///
/// # Errors
///
/// As for [`take`]; those before it are in place then.
pub fn show(
    snapshots: &[(String, PathBuf)],
    references: &OwnedFolder,
    caps: &SnapshotCaps,
) -> Result<SnapshotReport, FileError> {
    let mut report = SnapshotReport::default();
    let mut shown: Vec<&OsStr> = vec![OsStr::new(MARKER)];
    for (label, snapshot) in snapshots.iter().filter(|(_, path)| path.is_dir()) {
        copy(snapshot, references, label, caps, &mut report)?;
        shown.push(OsStr::new(label));
    }
    let dir = references.dir();
    for name in dir.names()? {
        if !shown.contains(&name.as_os_str()) {
            let dir = Arc::clone(dir);
            remove(&Spot { dir, name })?;
        }
    }
    Ok(report.closed())
}

fn copy(
    from: &Path,
    to: &OwnedFolder,
    name: &str,
    caps: &SnapshotCaps,
    report: &mut SnapshotReport,
) -> Result<(), FileError> {
    let target = Spot {
        dir: Arc::clone(to.dir()),
        name: one_name(name, to.path())?,
    };
    let draft = DraftDir::new(&target.dir, 0o755)?;
    if let Some(source) = open_if_there(from)? {
        let copying = Copying {
            cancel: &CancellationToken::new(),
            caps,
            writable: false,
            lenient: true,
        };
        for (path, copied) in copying.copy(&source, &draft.dir)? {
            report.note(&path, &copied);
        }
    }
    draft.publish(&target)
}

/// A name for a folder, and not a way to somewhere else.
fn one_name(name: &str, in_folder: &Path) -> Result<OsString, FileError> {
    let path = Path::new(name);
    match path.file_name() {
        Some(only) if only == path.as_os_str() && name != MARKER => Ok(only.into()),
        _ => Err(FileError::Unfit {
            path: in_folder.join(name),
            reason: "it is no name for a folder",
        }),
    }
}

fn open_if_there(path: &Path) -> Result<Option<Arc<Dir>>, FileError> {
    match path.canonicalize() {
        Ok(path) => Dir::open(&path).map(Some),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FileError::io("open", path, error)),
    }
}

impl SnapshotReport {
    fn note(&mut self, path: &Path, copied: &Copied) {
        match copied {
            Copied::File { sum, .. } => {
                self.files += 1;
                self.bytes += sum.size;
            }
            Copied::Skipped { .. } if self.warnings.len() >= WARNINGS => self.more += 1,
            Copied::Skipped { reason } => {
                let path = path.display();
                self.warnings.push(format!("left out {path}: {reason}"));
            }
            Copied::Directory { .. } | Copied::Link { .. } => {}
        }
    }

    fn closed(mut self) -> Self {
        if self.more > 0 {
            self.warnings
                .push(format!("left out {} more", std::mem::take(&mut self.more)));
        }
        self
    }
}
