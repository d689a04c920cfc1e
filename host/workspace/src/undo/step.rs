//! One change: whether it can be taken back, and taking it back.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::now::Now;
use crate::FileError;
use crate::draft::{Draft, Like, rename_new};
use crate::effect::unlink;
use crate::handle::{Kind, Spot};
use crate::journal::{Change, Record, State, Store};
use crate::tree::{make_dir, remove};

/// One journalled change, seen from now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its number in the journal, from 1.
    pub seq: u64,
    /// Whose change it was.
    pub agent: String,
    /// The tool that made it.
    pub tool: String,
    /// What is taken back.
    pub path: PathBuf,
    /// What taking it back does, in words: `delete`, `restore 12 bytes`, `move back to …`.
    pub action: String,
    /// What comes or came of it.
    pub outcome: Outcome,
}

/// What comes or came of taking back one change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It can be taken back.
    Ready,
    /// It was taken back.
    Done,
    /// Nothing to do: it was taken back before, or was never made.
    Already,
    /// The file is no longer what the agent left; the reason. Only with `force`.
    Conflict(String),
    /// No copy was kept; the reason.
    Impossible(String),
    /// Trying it failed; the reason.
    Failed(String),
}

impl Step {
    pub(super) fn new(record: &Record, outcome: Outcome) -> Self {
        Self {
            seq: record.seq,
            agent: record.agent.clone(),
            tool: record.tool.clone(),
            path: record.change.path().into(),
            action: action(&record.change),
            outcome,
        }
    }
}

fn action(change: &Change) -> String {
    match change {
        Change::Move { from, .. } => format!("move back to {}", from.display()),
        Change::Set { before, .. } => match before {
            State::Absent => "delete".into(),
            State::File { size, .. } => format!("restore {size} bytes"),
            State::Directory { .. } => "make the directory again".into(),
            State::Link { target } => format!("restore the link to {}", target.display()),
            State::Other => "restore".into(),
        },
    }
}

/// What would come of taking it back now.
pub(super) fn judge(change: &Change, now: &dyn Now, force: bool) -> Outcome {
    match judged(change, now, force) {
        Ok(outcome) => outcome,
        Err(error) => Outcome::Conflict(error.to_string()),
    }
}

fn judged(change: &Change, now: &dyn Now, force: bool) -> Result<Outcome, FileError> {
    match change {
        Change::Set {
            path,
            before,
            after,
        } => set(path, before, after, now, force),
        Change::Move { from, to, what } => {
            let (source, target) = (now.state(from)?, now.state(to)?);
            Ok(if target == State::Absent && source.same(what) {
                Outcome::Already
            } else if source != State::Absent {
                Outcome::Conflict(format!("{} exists again", from.display()))
            } else if target == State::Absent {
                Outcome::Conflict("it is no longer there".into())
            } else if target.same(what) || force {
                Outcome::Ready
            } else {
                changed()
            })
        }
    }
}

fn changed() -> Outcome {
    Outcome::Conflict("it was changed since".into())
}

fn set(
    path: &Path,
    before: &State,
    after: &State,
    now: &dyn Now,
    force: bool,
) -> Result<Outcome, FileError> {
    let current = now.state(path)?;
    if current.same(before) && !before.same(after) {
        return Ok(Outcome::Already);
    }
    if !current.same(after) && !force {
        return Ok(changed());
    }
    if let Some(reason) = cannot_restore(before) {
        return Ok(Outcome::Impossible(reason));
    }
    // What is in a folder was put there by others, or by changes that could not be taken back.
    if matches!(current, State::Directory { .. }) && !now.is_empty(path)? {
        return Ok(Outcome::Conflict("the directory is not empty".into()));
    }
    Ok(Outcome::Ready)
}

fn cannot_restore(before: &State) -> Option<String> {
    match before {
        State::File { lost, .. } => lost.clone(),
        State::Other => Some("it was a device, pipe or socket".into()),
        _ => None,
    }
}

/// Takes it back; judged before.
pub(super) fn take_back(change: &Change, store: &Store) -> Result<(), FileError> {
    match change {
        Change::Move { from, to, .. } => {
            let (from, to) = (Spot::open(from)?, Spot::open(to)?);
            rename_new(&to, &from)
                .map_err(|errno| FileError::io("move back", &to.path(), errno))?;
            from.dir.sync()
        }
        Change::Set { path, before, .. } => {
            let spot = Spot::open(path)?;
            restore(&spot, before, store)?;
            spot.dir.sync()
        }
    }
}

fn restore(spot: &Spot, before: &State, store: &Store) -> Result<(), FileError> {
    match before {
        State::File { sha256, mode, .. } => restore_file(spot, sha256, *mode, store),
        State::Directory { mode } => {
            clear(spot)?;
            make_dir(spot, *mode)
        }
        State::Link { target } => {
            clear(spot)?;
            rustix::fs::symlinkat(target, spot.dir.fd(), &spot.name)
                .map_err(|errno| FileError::io("link", &spot.path(), errno))
        }
        State::Absent | State::Other => clear(spot),
    }
}

/// Takes away what is there; a folder is empty by now but for files in the making.
fn clear(spot: &Spot) -> Result<(), FileError> {
    match spot.look()? {
        None => Ok(()),
        Some(meta) if meta.kind == Kind::Directory => {
            let dir = spot.dir.child(&spot.name)?;
            for name in dir
                .names()?
                .into_iter()
                .filter(|n| crate::draft::is_draft(n))
            {
                let dir = Arc::clone(&dir);
                remove(&Spot { dir, name })?;
            }
            unlink(spot, &meta)
        }
        Some(meta) => unlink(spot, &meta),
    }
}

fn restore_file(spot: &Spot, sha256: &str, mode: u32, store: &Store) -> Result<(), FileError> {
    let copy = store.copy(sha256);
    let (mut file, _) = copy.open_file()?;
    let mut draft = Draft::new(&spot.dir)?;
    let sum = draft.copy(&mut file, spot, &CancellationToken::new())?;
    if sum.sha256 != sha256 {
        return Err(FileError::Unfit {
            path: copy.path(),
            reason: "the copy that was kept is damaged",
        });
    }
    draft.seal(&Like::mode(mode), true, spot)?;
    if spot
        .look()?
        .is_some_and(|meta| meta.kind == Kind::Directory)
    {
        clear(spot)?;
    }
    draft.publish(spot, true)
}
