//! What agents changed, put on record before it happens.
//!
//! ```text
//! <folder>/journal.jsonl   one change per line, on disk before the change is made
//! <folder>/kept/<sha256>   what was there before, once per content
//! <folder>/undone.jsonl    numbers of the changes that were taken back, or never made
//! ```
//!
//! Whoever writes, or takes back, holds a lock on `journal.jsonl`; the kernel lets go of it when a
//! process dies.
//!
//! **Invariant.** When a change is made, its line and the copy it names are on disk. A line whose
//! change was never made does no harm: the file is then as the line says it was before.

mod record;
mod store;

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

pub(crate) use record::{Change, Record, State};
pub(crate) use store::{Store, state_of};

use crate::FileError;
use crate::handle::Spot;

/// The changes, in the folder of a journal.
pub(crate) const CHANGES: &str = "journal.jsonl";
/// Numbers of those of which nothing is left to take back.
pub(crate) const UNDONE: &str = "undone.jsonl";

/// The journal of a run: `journal.jsonl` and copies of what was there before, in one folder of the
/// run. Cheap to clone; several agents write into the same one, one process at a time.
#[derive(Debug, Clone)]
pub struct Journal {
    agent: Arc<str>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    path: PathBuf,
    lines: Mutex<Lines>,
    store: Store,
}

#[derive(Debug)]
struct Lines {
    file: File,
    next: u64,
    /// After a failed write the end of the file is unknown.
    broken: bool,
}

impl Journal {
    /// Copies kept of one file at most, in bytes; a larger one cannot be undone. 64 MiB.
    pub const FILE_CAP: u64 = 64 << 20;
    /// Copies kept in one run at most, in bytes; 1 GiB.
    pub const RUN_CAP: u64 = 1 << 30;

    /// Makes the folder, or goes on with the journal in it; a half-written last line is cut off.
    ///
    /// # Errors
    ///
    /// The folder or the file cannot be made or read, or somebody else has it open.
    pub fn open(folder: &Path) -> Result<Self, JournalError> {
        let store = Store::open(folder)?;
        let path = store.folder().join(CHANGES);
        let fail = |source| JournalError::new("open", &path, source);
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(&path)
            .map_err(fail)?;
        if !lock(&file, &path) {
            return Err(fail(busy("another run is writing to it, or taking back")));
        }
        let (records, whole) = read(&path)?;
        file.set_len(whole).map_err(fail)?;
        let next = records.last().map_or(1, |record| record.seq + 1);
        let broken = false;
        let lines = Mutex::new(Lines { file, next, broken });
        Ok(Self {
            agent: "".into(),
            shared: Arc::new(Shared { path, lines, store }),
        })
    }

    /// The same journal, writing in the name of this agent.
    #[must_use]
    pub fn of(&self, agent: &str) -> Self {
        Self {
            agent: agent.into(),
            shared: Arc::clone(&self.shared),
        }
    }

    /// What is at this place, with a copy kept if it is a file.
    pub(crate) fn keep(&self, spot: &Spot, cancel: &CancellationToken) -> Result<State, FileError> {
        self.shared.store.keep(spot, cancel)
    }

    /// Puts these changes on record. When it returns, they are on disk. Gives the number of the
    /// first.
    pub(crate) fn record(&self, tool: &str, changes: Vec<Change>) -> Result<u64, JournalError> {
        let fail = |source| JournalError::new("write", &self.shared.path, source);
        let mut lines = self
            .shared
            .lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if lines.broken {
            return Err(fail(io::Error::other("an earlier write failed")));
        }
        let mut text = String::new();
        let mut seq = lines.next;
        for change in changes {
            let record = Record {
                seq,
                at: jiff::Timestamp::now().to_string(),
                agent: self.agent.to_string(),
                tool: tool.into(),
                change,
            };
            text.push_str(&serde_json::to_string(&record).map_err(|error| fail(error.into()))?);
            text.push('\n');
            seq += 1;
        }
        lines.broken = true;
        lines.file.write_all(text.as_bytes()).map_err(fail)?;
        lines.file.sync_data().map_err(fail)?;
        lines.broken = false;
        Ok(std::mem::replace(&mut lines.next, seq))
    }

    /// Notes that a change on record was not made, since somebody else was faster.
    pub(crate) fn never_made(&self, seq: u64) -> Result<(), JournalError> {
        note_undone(self.shared.store.folder(), seq)
    }
}

/// The lock of a run that has ended; while it is held, nobody goes on with the journal and nobody
/// else takes back. `None`: nothing was ever put on record. An error while the run goes on.
pub(crate) fn end_of_run(folder: &Path) -> Result<Option<File>, JournalError> {
    let path = folder.join(CHANGES);
    // For writing: some network file systems only lock such files.
    let file = match OpenOptions::new().append(true).open(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file.map_err(|source| JournalError::new("open", &path, source))?,
    };
    if !lock(&file, &path) {
        let source = busy("the run is still going on");
        return Err(JournalError::new("take back", &path, source));
    }
    Ok(Some(file))
}

/// Whether nobody else holds the file now. Where there are no locks, nobody does.
fn lock(file: &File, path: &Path) -> bool {
    match file.try_lock() {
        Ok(()) => true,
        Err(TryLockError::WouldBlock) => false,
        Err(TryLockError::Error(error)) => {
            tracing::warn!(path = %path.display(), %error, "cannot be locked");
            true
        }
    }
}

fn busy(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::ResourceBusy, reason)
}

/// Notes that there is nothing to take back of this change, now or ever.
pub(crate) fn note_undone(folder: &Path, seq: u64) -> Result<(), JournalError> {
    let path = folder.join(UNDONE);
    let fail = |source| JournalError::new("write", &path, source);
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(&path)
        .map_err(fail)?;
    file.write_all(format!("{seq}\n").as_bytes()).map_err(fail)
}

/// All whole lines of a journal, and how many bytes they are. A last line without its end is left
/// out; no journal is an empty one.
pub(crate) fn read(path: &Path) -> Result<(Vec<Record>, u64), JournalError> {
    let bytes = match std::fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((Vec::new(), 0)),
        bytes => bytes.map_err(|source| JournalError::new("read", path, source))?,
    };
    let whole = bytes
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |at| at + 1);
    let records = bytes[..whole]
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(serde_json::from_slice)
        .collect::<Result<_, _>>()
        .map_err(|error| JournalError::new("understand", path, error.into()))?;
    Ok((records, whole as u64))
}

/// The journal cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[error("cannot {what} {}: {source}", path.display())]
pub struct JournalError {
    /// What was tried, as a verb.
    pub what: &'static str,
    /// Which file.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

impl JournalError {
    pub(crate) fn new(what: &'static str, path: &Path, source: io::Error) -> Self {
        Self {
            what,
            path: path.into(),
            source,
        }
    }
}
