//! What changes the file system: put, make, delete, move. On record first, then done.

use std::path::PathBuf;
use std::sync::Arc;

use rustix::fs::{AtFlags, Mode};
use rustix::io::Errno;
use tokio_util::sync::CancellationToken;

use crate::draft::{Draft, Sum, rename_new};
use crate::handle::{Dir, Kind, Meta, Spot};
use crate::journal::{Change, State, state_of};
use crate::{FileError, Journal};

/// How many changes share one line-up at the journal: each costs a flush of the disk.
pub(crate) const GROUP: usize = 64;

/// Makes changes in the name of one tool call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effects<'a> {
    pub(crate) journal: Option<&'a Journal>,
    pub(crate) tool: &'a str,
    pub(crate) cancel: &'a CancellationToken,
}

/// A finished draft and where it goes.
#[derive(Debug)]
pub(crate) struct Put {
    pub(crate) spot: Spot,
    pub(crate) draft: Draft,
    pub(crate) sum: Sum,
    pub(crate) mode: u32,
    /// The file that is replaced, as it was when the draft was begun.
    pub(crate) replaces: Option<Meta>,
}

impl Effects<'_> {
    /// Puts one file into its place.
    pub(crate) fn put(&self, put: Put) -> Result<(), FileError> {
        let dir = Arc::clone(&put.spot.dir);
        self.record(&put.spot.path(), || {
            Ok(vec![put_change(self.journal, &put, self.cancel)?])
        })?;
        publish(put)?;
        dir.sync()
    }

    /// Puts a group of files into their places; says for each how it went.
    pub(crate) fn put_all(&self, puts: Vec<Put>) -> Vec<Result<(), FileError>> {
        let mut changes = Vec::new();
        let mut outcomes: Vec<Result<Put, FileError>> = Vec::new();
        for put in puts {
            let change = put_change(self.journal, &put, self.cancel);
            outcomes.push(change.map(|change| {
                changes.push(change);
                put
            }));
        }
        let recorded = match self.journal {
            Some(journal) => journal.record(self.tool, changes).map(drop),
            None => Ok(()),
        };
        if let Err(error) = recorded {
            let text = error.to_string();
            return outcomes
                .into_iter()
                .map(|put| Err(not_recorded(&put?, &text)))
                .collect();
        }
        outcomes.into_iter().map(|put| publish(put?)).collect()
    }

    /// Makes a folder and opens it; one that is there already is opened.
    pub(crate) fn make_dir(&self, spot: &Spot) -> Result<Arc<Dir>, FileError> {
        let recorded = self.record(&spot.path(), || {
            Ok(vec![Change::Set {
                path: spot.path(),
                before: State::Absent,
                after: State::Directory { mode: 0o777 },
            }])
        })?;
        match rustix::fs::mkdirat(spot.dir.fd(), &spot.name, Mode::from_raw_mode(0o777)) {
            Ok(()) => spot.dir.sync()?,
            // Somebody else's, so it is not ours to take back.
            Err(Errno::EXIST) => self.never_made(spot, recorded)?,
            Err(errno) => return Err(FileError::io("make", &spot.path(), errno)),
        }
        spot.dir.child(&spot.name)
    }

    fn never_made(&self, spot: &Spot, recorded: Option<u64>) -> Result<(), FileError> {
        let (Some(journal), Some(seq)) = (self.journal, recorded) else {
            return Ok(());
        };
        let path = spot.path();
        journal
            .never_made(seq)
            .map_err(|source| FileError::Journal { path, source })
    }

    /// Makes a link with this text.
    pub(crate) fn make_link(&self, spot: &Spot, target: PathBuf) -> Result<(), FileError> {
        self.record(&spot.path(), || {
            Ok(vec![Change::Set {
                path: spot.path(),
                before: State::Absent,
                after: State::Link {
                    target: target.clone(),
                },
            }])
        })?;
        rustix::fs::symlinkat(&target, spot.dir.fd(), &spot.name)
            .map_err(|errno| FileError::io("link", &spot.path(), errno))
    }

    /// Deletes files, links and empty folders, in this order. Stops at the first that fails and
    /// says how many are gone.
    pub(crate) fn delete(&self, all: &[(PathBuf, Meta)]) -> Result<(), (usize, FileError)> {
        let mut gone = 0;
        for group in all.chunks(GROUP) {
            self.delete_group(group, &mut gone)
                .map_err(|error| (gone, error))?;
        }
        Ok(())
    }

    fn delete_group(&self, group: &[(PathBuf, Meta)], gone: &mut usize) -> Result<(), FileError> {
        if self.cancel.is_cancelled() {
            return Err(FileError::Cancelled);
        }
        let group: Vec<(Spot, &Meta)> = group
            .iter()
            .map(|(path, meta)| Ok((Spot::open(path)?, meta)))
            .collect::<Result<_, FileError>>()?;
        let (Some((first, _)), Some((last, _))) = (group.first(), group.last()) else {
            return Ok(());
        };
        self.record(&first.path(), || {
            group.iter().map(|(spot, _)| self.deletion(spot)).collect()
        })?;
        for (spot, meta) in &group {
            self.still_there(spot, meta)?;
            unlink(spot, meta)?;
            *gone += 1;
        }
        last.dir.sync()
    }

    /// The copy that was kept must be of the file that goes away.
    fn still_there(&self, spot: &Spot, then: &Meta) -> Result<(), FileError> {
        let now = spot.meta()?;
        if then.kind == Kind::Directory || now.same(then) {
            return Ok(());
        }
        Err(FileError::Changed(spot.path()))
    }

    fn deletion(&self, spot: &Spot) -> Result<Change, FileError> {
        Ok(Change::Set {
            path: spot.path(),
            before: before(self.journal, spot, self.cancel)?,
            after: State::Absent,
        })
    }

    /// Moves what is at one place to another, where nothing may be.
    pub(crate) fn rename(&self, from: &Spot, to: &Spot) -> Result<(), FileError> {
        self.record(&from.path(), || {
            Ok(vec![Change::Move {
                from: from.path(),
                to: to.path(),
                what: state_of(from, self.cancel)?,
            }])
        })?;
        rename_new(from, to).map_err(|errno| match errno {
            Errno::XDEV => FileError::Unfit {
                path: to.path(),
                reason: "it is on another file system; use copy_file, then delete_file",
            },
            Errno::INVAL => FileError::Unfit {
                path: to.path(),
                reason: "a directory cannot be moved into itself",
            },
            Errno::EXIST => FileError::Exists(to.path()),
            errno => FileError::io("move", &from.path(), errno),
        })?;
        from.dir.sync()?;
        to.dir.sync()
    }

    /// Puts changes on record and gives the number of the first; they are only worked out when
    /// there is a journal.
    pub(crate) fn record(
        &self,
        path: &std::path::Path,
        changes: impl FnOnce() -> Result<Vec<Change>, FileError>,
    ) -> Result<Option<u64>, FileError> {
        let Some(journal) = self.journal else {
            return Ok(None);
        };
        let path = path.into();
        journal
            .record(self.tool, changes()?)
            .map(Some)
            .map_err(|source| FileError::Journal { path, source })
    }
}

fn put_change(
    journal: Option<&Journal>,
    put: &Put,
    cancel: &CancellationToken,
) -> Result<Change, FileError> {
    let before = match put.replaces {
        Some(_) => before(journal, &put.spot, cancel)?,
        None => State::Absent,
    };
    Ok(Change::Set {
        path: put.spot.path(),
        before,
        after: State::File {
            sha256: put.sum.sha256.clone(),
            size: put.sum.size,
            mode: put.mode,
            lost: None,
        },
    })
}

/// What is there, with a copy kept when there is a journal to keep it.
pub(crate) fn before(
    journal: Option<&Journal>,
    spot: &Spot,
    cancel: &CancellationToken,
) -> Result<State, FileError> {
    match journal {
        Some(journal) => journal.keep(spot, cancel),
        None => Ok(State::Absent),
    }
}

fn not_recorded(put: &Put, text: &str) -> FileError {
    FileError::Journal {
        path: put.spot.path(),
        source: crate::JournalError::new(
            "record",
            &put.spot.path(),
            std::io::Error::other(text.to_owned()),
        ),
    }
}

/// The copy that was kept must be of the file that goes away.
fn publish(put: Put) -> Result<(), FileError> {
    let now = put.spot.look()?;
    let unchanged = match (&put.replaces, &now) {
        (Some(then), Some(now)) => then.same(now),
        (None, None) => true,
        _ => false,
    };
    if !unchanged {
        return Err(FileError::Changed(put.spot.path()));
    }
    let replace = put.replaces.is_some();
    put.draft.publish(&put.spot, replace)
}

/// Takes one name away; a folder must be empty.
pub(crate) fn unlink(spot: &Spot, meta: &Meta) -> Result<(), FileError> {
    let how = match meta.kind {
        Kind::Directory => AtFlags::REMOVEDIR,
        _ => AtFlags::empty(),
    };
    rustix::fs::unlinkat(spot.dir.fd(), &spot.name, how)
        .map_err(|errno| FileError::io("delete", &spot.path(), errno))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::undo::{Options, Outcome, apply};

    #[test]
    fn a_directory_that_somebody_else_made_in_the_same_moment_is_never_taken_back() {
        let temp = tempfile::tempdir().expect("a folder");
        let base = temp.path().canonicalize().expect("a path");
        let journal = Journal::open(&base.join("j")).expect("a journal");
        let effects = Effects {
            journal: Some(&journal),
            tool: "create_directory",
            cancel: &CancellationToken::new(),
        };
        std::fs::create_dir(base.join("theirs")).expect("made by somebody else");
        for name in ["theirs", "ours"] {
            let spot = Spot::open(&base.join(name)).expect("a parent");
            effects.make_dir(&spot).expect("a directory either way");
        }
        drop(journal);
        let steps = apply(&base.join("j"), &Options::default()).expect("a journal");
        let outcomes: Vec<_> = steps.into_iter().map(|step| step.outcome).collect();
        assert_eq!(outcomes, [Outcome::Done, Outcome::Already]);
        assert!(base.join("theirs").exists() && !base.join("ours").exists());
    }
}
