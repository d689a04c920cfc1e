//! Taking back what the journal says, newest change first.
//!
//! A change is taken back where the file still is what the agent left. Which changes were taken
//! back is written down, so doing it twice is as good as doing it once.

mod now;
mod step;

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use crate::JournalError;
use crate::journal::{CHANGES, Record, Store, UNDONE, end_of_run, note_undone, read};
use now::{Disk, Foreseen};
pub use step::{Outcome, Step};
use step::{judge, take_back};

/// How to take back.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Only changes of this agent; absent: of all.
    pub agent: Option<String>,
    /// Also where somebody changed the file since: that change is lost.
    pub force: bool,
}

impl Options {
    fn covers(&self, record: &Record) -> bool {
        self.agent.as_ref().is_none_or(|it| *it == record.agent)
    }
}

/// What [`apply`] would do with the same options, newest change first. Changes nothing, and may be
/// asked for while the run goes on.
///
/// # Errors
///
/// There is no journal, or it cannot be read. A half-written last line is left out.
pub fn preview(journal: &Path, options: &Options) -> Result<Vec<Step>, JournalError> {
    let past = Past::open(journal)?;
    let mut then = Foreseen::default();
    Ok(past
        .newest_first()
        .filter(|record| options.covers(record))
        .map(|record| {
            let outcome = match past.undone.contains(&record.seq) {
                true => Outcome::Already,
                false => judge(&record.change, &then, options.force),
            };
            if outcome == Outcome::Ready {
                then.take_back(&record.change);
            }
            Step::new(record, outcome)
        })
        .collect())
}

/// Takes back every change, newest first, and goes on after those that cannot be taken back. Doing
/// it twice is as good as doing it once.
///
/// # Errors
///
/// There is no journal, it cannot be read, the run is still going on, or it cannot be noted what
/// was taken back.
pub fn apply(journal: &Path, options: &Options) -> Result<Vec<Step>, JournalError> {
    let _ended = end_of_run(journal)?;
    let mut past = Past::open(journal)?;
    let records = std::mem::take(&mut past.records);
    let mut steps = Vec::new();
    for record in records.iter().rev().filter(|it| options.covers(it)) {
        let outcome = past.one(record, options)?;
        steps.push(Step::new(record, outcome));
    }
    Ok(steps)
}

/// A journal, and what of it was taken back.
struct Past {
    records: Vec<Record>,
    undone: BTreeSet<u64>,
    store: Store,
}

impl Past {
    fn open(folder: &Path) -> Result<Self, JournalError> {
        let store = Store::at(folder)?;
        let (records, _) = read(&store.folder().join(CHANGES))?;
        let notes = store.folder().join(UNDONE);
        let undone = match std::fs::read_to_string(&notes) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeSet::new(),
            Err(error) => return Err(JournalError::new("read", &notes, error)),
            Ok(text) => text.lines().filter_map(|line| line.parse().ok()).collect(),
        };
        Ok(Self {
            records,
            undone,
            store,
        })
    }

    fn newest_first(&self) -> impl Iterator<Item = &Record> {
        self.records.iter().rev()
    }

    fn one(&mut self, record: &Record, options: &Options) -> Result<Outcome, JournalError> {
        if self.undone.contains(&record.seq) {
            return Ok(Outcome::Already);
        }
        let outcome = match judge(&record.change, &Disk, options.force) {
            Outcome::Ready => match take_back(&record.change, &self.store) {
                Ok(()) => Outcome::Done,
                Err(error) => Outcome::Failed(error.to_string()),
            },
            other => other,
        };
        if matches!(outcome, Outcome::Done | Outcome::Already) {
            self.note(record.seq)?;
        }
        Ok(outcome)
    }

    fn note(&mut self, seq: u64) -> Result<(), JournalError> {
        note_undone(self.store.folder(), seq)?;
        self.undone.insert(seq);
        Ok(())
    }
}
