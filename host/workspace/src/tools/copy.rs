//! `copy_file`: a file or a folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use permissions::Access;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Answer;
use crate::call::{Call, replaceable};
use crate::draft::{Draft, Like, Sum};
use crate::effect::{Put, before};
use crate::handle::{Kind, Meta, Spot};
use crate::journal::{Change, State};
use crate::tree::{Copied, Copying, DraftDir};
use crate::walk::{Next, contents, walk};
use crate::{FileError, SnapshotCaps, ToolOutput};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CopyFile<'a> {
    #[serde(borrow)]
    source_path: &'a str,
    #[serde(borrow)]
    destination_path: &'a str,
    overwrite: Option<bool>,
}

pub(super) fn copy_file(call: &Call<'_>, given: &Value) -> Answer {
    let args: CopyFile<'_> = call.arguments(given)?;
    let overwrite = args.overwrite.unwrap_or(false);
    let job = match plan(call, args.source_path, args.destination_path, overwrite) {
        Ok(job) => job,
        Err(error) => return Ok(refusal("Path validation failed", error)),
    };
    match job.run(call) {
        Ok(details) => Ok(ToolOutput::data(
            &json!({"success": true, "operation": "copy_file", "details": details}),
        )),
        Err(error) => Ok(refusal("Copy operation failed", error)),
    }
}

/// The reference's words before ours: callers look for them (services §3.5).
pub(super) fn refusal(prefix: &str, error: FileError) -> ToolOutput {
    let mut output = ToolOutput::failure(&error);
    let text = worded(&error);
    output.parts = vec![massgen_plugin::chat::Part::text(format!(
        "{prefix}: {text}"
    ))];
    output
}

/// The failure, in the words that the reference has for it.
pub(super) fn worded(error: &FileError) -> String {
    match error {
        FileError::Missing(path) | FileError::NoParent(path) => {
            format!("Source path does not exist: {}", path.display())
        }
        FileError::Refused(reason) => format!("Path not in allowed directories: {reason}"),
        FileError::Exists(path) => format!(
            "Destination already exists (use overwrite=true): {}",
            path.display()
        ),
        error => error.to_string(),
    }
}

/// A copy that may be made.
struct Job {
    from: Spot,
    meta: Meta,
    to: PathBuf,
    replaces: bool,
}

fn plan(call: &Call<'_>, source: &str, target: &str, overwrite: bool) -> Result<Job, FileError> {
    let from = Spot::open(&call.path(source, Access::Read)?)?;
    let meta = from.meta()?;
    let to = call.target(target)?;
    let there = match Spot::open(&to) {
        Ok(spot) => spot.look()?.map(|meta| (spot, meta)),
        Err(FileError::NoParent(_)) => None,
        Err(error) => return Err(error),
    };
    fits(call, &from, &meta, &to)?;
    let replaces = there.is_some();
    if let Some((spot, old)) = there {
        may_replace(call, &spot, &old, meta.kind, overwrite)?;
    }
    Ok(Job {
        from,
        meta,
        to,
        replaces,
    })
}

/// Whether source and destination go together.
fn fits(call: &Call<'_>, from: &Spot, meta: &Meta, to: &Path) -> Result<(), FileError> {
    let source = from.path();
    let unfit = |reason| {
        let path = to.to_path_buf();
        Err(FileError::Unfit { path, reason })
    };
    match meta.kind {
        Kind::Link => return Err(FileError::Link(source)),
        Kind::Other => {
            return Err(FileError::NotAFile {
                path: source,
                found: meta.kind.noun(),
            });
        }
        Kind::File | Kind::Directory => {}
    }
    if to.starts_with(&source) {
        return unfit("it is the source itself or lies in it");
    }
    if source.starts_with(to) && !call.holds_root(to) {
        return unfit("the source lies in it");
    }
    Ok(())
}

fn may_replace(
    call: &Call<'_>,
    spot: &Spot,
    old: &Meta,
    new: Kind,
    overwrite: bool,
) -> Result<(), FileError> {
    let path = spot.path();
    if !overwrite {
        return Err(FileError::Exists(path));
    }
    let reason = match (old.kind, new) {
        (Kind::File, Kind::File) => return replaceable(spot, old),
        _ if call.holds_root(&path) => {
            "it is, or holds, one of the allowed directories, which are never replaced"
        }
        (Kind::Directory, Kind::Directory) => return Ok(()),
        (Kind::Directory, _) => "it is a directory; name the file in it",
        _ => "it is not a directory, and the source is one",
    };
    Err(FileError::Unfit { path, reason })
}

impl Job {
    fn run(&self, call: &Call<'_>) -> Result<Value, FileError> {
        let parent = self.to.parent().unwrap_or(Path::new("/"));
        if self.meta.kind == Kind::Directory {
            check_tree(call, &self.from, &self.to)?;
        }
        let spot = Spot {
            dir: call.make_dirs(parent)?,
            name: self.to.file_name().unwrap_or_default().to_owned(),
        };
        let (source, destination) = (self.from.path(), spot.path());
        let mut details = match self.meta.kind {
            Kind::Directory => self.directory(call, spot)?,
            _ => self.file(call, spot)?,
        };
        details["source"] = json!(source.display().to_string());
        details["destination"] = json!(destination.display().to_string());
        Ok(details)
    }

    fn file(&self, call: &Call<'_>, spot: Spot) -> Result<Value, FileError> {
        let put = draft_copy(call, &self.from, spot, true)?;
        let Sum { size, sha256 } = put.sum.clone();
        call.effects().put(put)?;
        Ok(json!({"type": "file", "size": size, "sha256": sha256}))
    }

    /// Filled beside its place, so that the destination is the old or the new one at any time.
    fn directory(&self, call: &Call<'_>, spot: Spot) -> Result<Value, FileError> {
        let source = self.from.dir.child(&self.from.name)?;
        let old = match self.replaces {
            true => asked_contents(call, &spot)?,
            false => Vec::new(),
        };
        let draft = DraftDir::new(&spot.dir, self.meta.mode())?;
        let caps = SnapshotCaps {
            files: call.limits().batch_files,
            bytes: call.limits().batch_bytes,
        };
        let copying = Copying {
            cancel: call.cancel,
            caps: &caps,
            writable: true,
            lenient: false,
        };
        let new = copying.copy(&source, &draft.dir)?;
        let report = report(&new);
        let target = spot.path();
        call.effects()
            .record(&target, || changes(call, &target, self.replaces, &old, new))?;
        draft.publish(&spot)?;
        Ok(report)
    }
}

/// A finished copy of one file, not yet in place.
pub(super) fn draft_copy(
    call: &Call<'_>,
    from: &Spot,
    spot: Spot,
    durable: bool,
) -> Result<Put, FileError> {
    let replaces = spot.look()?;
    if let Some(meta) = &replaces {
        replaceable(&spot, meta)?;
    }
    let (mut file, meta) = from.open_file()?;
    let mut draft = Draft::new(&spot.dir)?;
    let sum = draft.copy(&mut file, &spot, call.cancel)?;
    let like = Like::copied(&meta).writable();
    let mode = draft.seal(&like, durable || replaces.is_some(), &spot)?;
    Ok(Put {
        spot,
        draft,
        sum,
        mode,
        replaces,
    })
}

/// Asks for every file that is read and every one that is made, before the first is touched, and
/// keeps to the caps of a batch.
fn check_tree(call: &Call<'_>, from: &Spot, to: &Path) -> Result<(), FileError> {
    let (mut files, mut bytes) = (0, 0);
    walk(&from.dir.child(&from.name)?, &mut |found| {
        call.go_on()?;
        call.check(&found.spot.path(), Access::Read)?;
        call.check(&to.join(&found.relative), Access::Write)?;
        files += usize::from(found.meta.kind == Kind::File);
        bytes += found.meta.size();
        Ok(Next::In)
    })?;
    if files > call.limits().batch_files || bytes > call.limits().batch_bytes {
        return Err(FileError::Unfit {
            path: from.path(),
            reason: "it holds more files or bytes than one copy may; copy parts of it",
        });
    }
    Ok(())
}

/// What goes away with the destination, each asked for.
fn asked_contents(call: &Call<'_>, spot: &Spot) -> Result<Vec<PathBuf>, FileError> {
    let all = contents(&spot.dir.child(&spot.name)?)?;
    for (path, _) in &all {
        call.check(path, Access::Write)?;
    }
    Ok(all.into_iter().map(|(path, _)| path).collect())
}

fn report(new: &[(PathBuf, Copied)]) -> Value {
    let (mut files, mut skipped) = (0, Vec::new());
    for (path, copied) in new {
        match copied {
            Copied::File { .. } => files += 1,
            Copied::Skipped { reason } => {
                skipped.push(json!({"path": path.display().to_string(), "reason": reason}));
            }
            Copied::Directory { .. } | Copied::Link { .. } => {}
        }
    }
    json!({"type": "directory", "file_count": files, "skipped_files": skipped})
}

/// For the journal: one change for each path, first what goes away, then what is new.
fn changes(
    call: &Call<'_>,
    target: &Path,
    replaces: bool,
    old: &[PathBuf],
    new: Vec<(PathBuf, Copied)>,
) -> Result<Vec<Change>, FileError> {
    let mut states = BTreeMap::new();
    let mut changes = Vec::new();
    let kept: BTreeMap<_, _> = new
        .iter()
        .map(|(path, copied)| (target.join(path), copied))
        .collect();
    for path in old {
        let spot = Spot::open(path)?;
        let state = before(call.spec.journal.as_ref(), &spot, call.cancel)?;
        if kept
            .get(path)
            .is_some_and(|copied| !matches!(copied, Copied::Skipped { .. }))
        {
            states.insert(path, state);
        } else {
            changes.push(set(path.clone(), state, State::Absent));
        }
    }
    if !replaces {
        let directory = State::Directory { mode: 0o777 };
        changes.push(set(target.into(), State::Absent, directory));
    }
    for (path, copied) in new {
        let path = target.join(path);
        let before = states.remove(&path).unwrap_or(State::Absent);
        let Some(after) = after(copied) else { continue };
        if !before.same(&after) {
            changes.push(set(path, before, after));
        }
    }
    Ok(changes)
}

fn set(path: PathBuf, before: State, after: State) -> Change {
    Change::Set {
        path,
        before,
        after,
    }
}

fn after(copied: Copied) -> Option<State> {
    Some(match copied {
        Copied::Directory { mode } => State::Directory { mode },
        Copied::Link { target } => State::Link { target },
        Copied::Skipped { .. } => return None,
        Copied::File { sum, mode } => State::File {
            sha256: sum.sha256,
            size: sum.size,
            mode,
            lost: None,
        },
    })
}
