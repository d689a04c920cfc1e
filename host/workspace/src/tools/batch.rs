//! `copy_files_batch`: every file that matches.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use permissions::Access;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Answer;
use super::copy::{draft_copy, worded};
use super::pattern::{Dialect, Patterns};
use crate::call::Call;
use crate::effect::{GROUP, Put};
use crate::handle::{Dir, Kind, Meta, Spot};
use crate::tree::inner_target;
use crate::walk::{Next, walk};
use crate::{FileError, ToolOutput};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CopyBatch<'a> {
    #[serde(borrow)]
    source_base_path: &'a str,
    #[serde(borrow)]
    destination_base_path: Option<&'a str>,
    #[serde(borrow)]
    include_patterns: Option<Vec<&'a str>>,
    #[serde(borrow)]
    exclude_patterns: Option<Vec<&'a str>>,
    overwrite: Option<bool>,
}

/// Which files of a folder are meant; exclusion wins.
pub(super) struct Wanted {
    include: Patterns,
    exclude: Patterns,
}

impl Wanted {
    /// Without patterns: all files.
    pub(super) fn new(
        call: &Call<'_>,
        include: Option<Vec<&str>>,
        exclude: Option<Vec<&str>>,
    ) -> Result<Self, FileError> {
        let include = include.unwrap_or_else(|| vec!["*"]);
        let exclude = exclude.unwrap_or_default();
        Ok(Self {
            include: Patterns::new(call, include, Dialect::Shell)?,
            exclude: Patterns::new(call, exclude, Dialect::Shell)?,
        })
    }

    pub(super) fn has(&self, relative: &Path) -> bool {
        self.include.matches(relative) && !self.exclude.matches(relative)
    }
}

/// A batch that cannot even begin, in the reference's form.
pub(super) fn cannot_begin(operation: &str, error: &FileError) -> ToolOutput {
    let data = json!({"success": false, "operation": operation, "error": worded(error)});
    ToolOutput {
        is_error: true,
        ..ToolOutput::data(&data)
    }
}

pub(super) fn copy_files_batch(call: &Call<'_>, given: &Value) -> Answer {
    let args: CopyBatch<'_> = call.arguments(given)?;
    let wanted = Wanted::new(call, args.include_patterns, args.exclude_patterns)?;
    let target = args.destination_base_path.unwrap_or("");
    let begun = call.open_dir(args.source_base_path).and_then(|source| {
        let target = call.target(target)?;
        Ok((source, target))
    });
    let (source, target) = match begun {
        Ok(begun) => begun,
        Err(error) => return Ok(cannot_begin("copy_files_batch", &error)),
    };
    let mut batch = Batch {
        call,
        target,
        overwrite: args.overwrite.unwrap_or(false),
        files: 0,
        bytes: 0,
        parent: None,
        waiting: Vec::new(),
        report: Report::default(),
    };
    for candidate in candidates(call, &source, &wanted, &batch.target)? {
        call.go_on()?;
        batch.one(&source, &candidate);
    }
    batch.flush();
    Ok(ToolOutput::data(&batch.report.into_json()))
}

/// One entry that is meant. A path and not a handle, of which there are only so many.
struct Candidate {
    path: PathBuf,
    relative: PathBuf,
    meta: Meta,
}

/// All that is meant, before the first copy is made: a destination within the source does not grow
/// under our feet.
fn candidates(
    call: &Call<'_>,
    source: &Arc<Dir>,
    wanted: &Wanted,
    target: &Path,
) -> Result<Vec<Candidate>, FileError> {
    let mut all = Vec::new();
    walk(source, &mut |found| {
        call.go_on()?;
        if found.meta.kind == Kind::Directory {
            let is_target = target != source.path() && found.spot.path() == target;
            return Ok(if is_target { Next::Past } else { Next::In });
        }
        if wanted.has(&found.relative) {
            all.push(Candidate {
                path: found.spot.path(),
                relative: found.relative.clone(),
                meta: found.meta,
            });
        }
        Ok(Next::In)
    })?;
    Ok(all)
}

#[derive(Default)]
struct Report {
    copied: Vec<Value>,
    skipped: Vec<Value>,
    errors: Vec<Value>,
}

impl Report {
    fn into_json(self) -> Value {
        json!({
            "success": true,
            "operation": "copy_files_batch",
            "summary": {
                "copied": self.copied.len(),
                "skipped": self.skipped.len(),
                "errors": self.errors.len(),
            },
            "details": {
                "copied_files": self.copied,
                "skipped_files": self.skipped,
                "errors": self.errors,
            },
        })
    }

    fn failed(&mut self, relative: &Path, error: &FileError) {
        let (path, error) = (relative.display().to_string(), worded(error));
        self.errors.push(json!({"path": path, "error": error}));
    }
}

struct Batch<'a> {
    call: &'a Call<'a>,
    target: PathBuf,
    overwrite: bool,
    files: usize,
    bytes: u64,
    /// The folder that the last file went into.
    parent: Option<Arc<Dir>>,
    /// Finished drafts, to be put on record together.
    waiting: Vec<(Value, PathBuf, Put)>,
    report: Report,
}

impl Batch<'_> {
    fn one(&mut self, source: &Dir, found: &Candidate) {
        let result = match self.over_cap(found) {
            Some(reason) => Ok(Some(reason)),
            None if found.meta.kind == Kind::File => self.file(found),
            None => self.link(source, found),
        };
        let path = found.relative.display().to_string();
        match result {
            Ok(None) => {}
            Ok(Some(reason)) => self
                .report
                .skipped
                .push(json!({"path": path, "reason": reason})),
            Err(error) => self.report.failed(&found.relative, &error),
        }
        if self.waiting.len() >= GROUP {
            self.flush();
        }
    }

    fn over_cap(&self, found: &Candidate) -> Option<String> {
        let limits = self.call.limits();
        if self.files >= limits.batch_files {
            return Some(format!(
                "one batch copies at most {} files",
                limits.batch_files
            ));
        }
        let all = self.bytes.saturating_add(found.meta.size());
        (all > limits.batch_bytes)
            .then(|| format!("one batch copies at most {} bytes", limits.batch_bytes))
    }

    /// Where this entry goes, both ends asked for; `None`: something is there and stays.
    fn spot(&mut self, found: &Candidate) -> Result<Option<Spot>, FileError> {
        let to = self.target.join(&found.relative);
        self.call.check(&found.path, Access::Read)?;
        self.call.check(&to, Access::Write)?;
        let parent = to.parent().unwrap_or(&self.target);
        let dir = match &self.parent {
            Some(dir) if dir.path() == parent => Arc::clone(dir),
            _ => self.call.make_dirs(parent)?,
        };
        self.parent = Some(Arc::clone(&dir));
        let name = found.path.file_name().unwrap_or_default().to_owned();
        let spot = Spot { dir, name };
        Ok((self.overwrite || spot.look()?.is_none()).then_some(spot))
    }

    fn file(&mut self, found: &Candidate) -> Result<Option<String>, FileError> {
        let Some(spot) = self.spot(found)? else {
            return Ok(Some("destination exists (overwrite=false)".into()));
        };
        if spot.path() == found.path {
            return Ok(Some("source and destination are the same file".into()));
        }
        let put = draft_copy(self.call, &Spot::open(&found.path)?, spot, false)?;
        self.files += 1;
        self.bytes += put.sum.size;
        let line = json!({
            "source": found.path.display().to_string(),
            "destination": put.spot.path().display().to_string(),
            "relative_path": found.relative.display().to_string(),
            "size": put.sum.size,
            "sha256": put.sum.sha256,
        });
        self.waiting.push((line, found.relative.clone(), put));
        Ok(None)
    }

    /// A link is copied as a link when what it leads to lies in the source folder.
    fn link(&mut self, source: &Dir, found: &Candidate) -> Result<Option<String>, FileError> {
        if found.meta.kind != Kind::Link {
            return Ok(Some(format!("it is {}", found.meta.kind.noun())));
        }
        let text = Spot::open(&found.path)?.read_link()?;
        let Some(target) = inner_target(source.path(), &found.relative, &text) else {
            return Ok(Some("it is a link that leads outside or nowhere".into()));
        };
        let Some(spot) = self.spot(found)? else {
            return Ok(Some("destination exists (overwrite=false)".into()));
        };
        if spot.look()?.is_some() {
            return Ok(Some("a link never replaces what is there".into()));
        }
        self.call.effects().make_link(&spot, target)?;
        self.files += 1;
        self.report.copied.push(json!({
            "source": found.path.display().to_string(),
            "destination": spot.path().display().to_string(),
            "relative_path": found.relative.display().to_string(),
            "size": 0,
        }));
        Ok(None)
    }

    fn flush(&mut self) {
        let mut named = Vec::new();
        let mut puts = Vec::new();
        for (line, relative, put) in self.waiting.drain(..) {
            named.push((line, relative));
            puts.push(put);
        }
        let outcomes = self.call.effects().put_all(puts);
        for ((line, relative), outcome) in named.into_iter().zip(outcomes) {
            match outcome {
                Ok(()) => self.report.copied.push(line),
                Err(error) => self.report.failed(&relative, &error),
            }
        }
    }
}
