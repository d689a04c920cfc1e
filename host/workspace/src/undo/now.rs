//! What is at a path: on the disk, or as it will be once newer changes were taken back.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use crate::FileError;
use crate::handle::{Dir, Spot};
use crate::journal::{Change, State, state_of};
use crate::tree::is_empty;

/// Answers about paths.
pub(super) trait Now {
    /// What is at this path.
    fn state(&self, path: &Path) -> Result<State, FileError>;
    /// Whether the folder at this path holds nothing.
    fn is_empty(&self, path: &Path) -> Result<bool, FileError>;
}

/// The disk.
pub(super) struct Disk;

impl Now for Disk {
    fn state(&self, path: &Path) -> Result<State, FileError> {
        match Spot::open(path) {
            Ok(spot) => state_of(&spot, &CancellationToken::new()),
            Err(FileError::NoParent(_) | FileError::NotADirectory(_)) => Ok(State::Absent),
            Err(error) => Err(error),
        }
    }

    fn is_empty(&self, path: &Path) -> Result<bool, FileError> {
        is_empty(&*Dir::open(path)?)
    }
}

/// The disk after changes were taken back in thought.
#[derive(Default)]
pub(super) struct Foreseen {
    /// How many changes so far: the time.
    time: usize,
    /// What will be at a path, and since when.
    set: HashMap<PathBuf, Vec<(usize, State)>>,
    /// What will be moved back: since when, to where, from where.
    moved: Vec<(usize, PathBuf, PathBuf)>,
}

impl Foreseen {
    /// Takes this change back in thought.
    pub(super) fn take_back(&mut self, change: &Change) {
        self.time += 1;
        match change {
            Change::Set { path, before, .. } => {
                let states = self.set.entry(path.clone()).or_default();
                states.push((self.time, before.clone()));
            }
            Change::Move { from, to, .. } => {
                self.moved.push((self.time, from.clone(), to.clone()));
            }
        }
    }

    /// What was set at this path within a span of time, the latest.
    fn set_within(&self, path: &Path, after: usize, before: usize) -> Option<&State> {
        let states = self.set.get(path)?;
        let found = states
            .iter()
            .rev()
            .find(|(at, _)| after < *at && *at < before);
        found.map(|(_, state)| state)
    }

    /// Follows a path back through the moves: either what was set, or where the disk has it now;
    /// `None` when it was moved away.
    fn trace(&self, path: &Path) -> Option<Result<&State, PathBuf>> {
        let (mut path, mut until) = (path.to_path_buf(), usize::MAX);
        for (at, from, to) in self.moved.iter().rev() {
            if let Some(state) = self.set_within(&path, *at, until) {
                return Some(Ok(state));
            }
            until = *at;
            if let Ok(rest) = path.strip_prefix(from) {
                path = join(to, rest);
            } else if path.starts_with(to) {
                return None;
            }
        }
        match self.set_within(&path, 0, until) {
            Some(state) => Some(Ok(state)),
            None => Some(Err(path)),
        }
    }
}

/// Without the slash that joining nothing adds.
fn join(to: &Path, rest: &Path) -> PathBuf {
    match rest.as_os_str().is_empty() {
        true => to.into(),
        false => to.join(rest),
    }
}

impl Now for Foreseen {
    fn state(&self, path: &Path) -> Result<State, FileError> {
        match self.trace(path) {
            Some(Ok(state)) => Ok(state.clone()),
            Some(Err(path)) => Disk.state(&path),
            None => Ok(State::Absent),
        }
    }

    fn is_empty(&self, path: &Path) -> Result<bool, FileError> {
        let on_disk = match self.trace(path) {
            Some(Err(path)) => Dir::open(&path)?.names()?,
            _ => Vec::new(),
        };
        let set = self.set.keys().filter(|child| child.parent() == Some(path));
        let moved = self.moved.iter().map(|(_, from, _)| from);
        let moved = moved.filter(|child| child.parent() == Some(path));
        let on_disk = on_disk.iter().map(|name| path.join(name));
        for child in on_disk.chain(set.cloned()).chain(moved.cloned()) {
            let hidden = child.file_name().is_some_and(crate::draft::is_draft);
            if !hidden && self.state(&child)? != State::Absent {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
