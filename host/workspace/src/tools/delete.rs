//! `delete_file` and `delete_files_batch`.

use std::path::{Path, PathBuf};

use permissions::Access;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Answer;
use super::batch::{Wanted, cannot_begin};
use crate::call::Call;
use crate::handle::{Dir, Kind, Meta, Spot};
use crate::walk::{Next, contents, walk};
use crate::{FileError, ToolOutput};

/// Names that are never deleted, nor anything in a folder of such a name (services §3.5): all
/// protected ones but the droppings of a file manager.
fn is_kept(name: &std::ffi::OsStr) -> bool {
    name != ".DS_Store" && permissions::PROTECTED_NAMES.iter().any(|it| name == *it)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Delete<'a> {
    #[serde(borrow)]
    path: &'a str,
    recursive: Option<bool>,
}

pub(super) fn delete_file(call: &Call<'_>, given: &Value) -> Answer {
    let args: Delete<'_> = call.arguments(given)?;
    match delete(call, args.path, args.recursive.unwrap_or(false)) {
        Ok(details) => Ok(ToolOutput::data(
            &json!({"success": true, "operation": "delete_file", "details": details}),
        )),
        Err(error) => Ok(refused(&error)),
    }
}

fn refused(error: &FileError) -> ToolOutput {
    let text = match error {
        FileError::Missing(path) | FileError::NoParent(path) => {
            format!("Path does not exist: {}", path.display())
        }
        FileError::NotEmpty(path) => format!(
            "Directory not empty (use recursive=true): {}",
            path.display()
        ),
        FileError::Refused(reason) => format!("Path not in allowed directories: {reason}"),
        error => error.to_string(),
    };
    let data = json!({"success": false, "operation": "delete_file", "error": text});
    ToolOutput {
        is_error: true,
        ..ToolOutput::data(&data)
    }
}

fn delete(call: &Call<'_>, text: &str, recursive: bool) -> Result<Value, FileError> {
    let path = call.entry(text, Access::Write)?;
    let spot = Spot::open(&path)?;
    let meta = spot.meta()?;
    may_go(call, &path)?;
    if meta.kind != Kind::Directory {
        remove(call, &[(path.clone(), meta)])?;
        let path = path.display().to_string();
        return Ok(json!({"type": meta.kind.word(), "path": path, "size": meta.size()}));
    }
    let mut all = below(call, &spot, recursive)?;
    let files = all.iter().filter(|(_, meta)| meta.kind != Kind::Directory);
    let files = files.count();
    all.push((path.clone(), meta));
    remove(call, &all)?;
    Ok(json!({"type": "directory", "path": path.display().to_string(), "file_count": files}))
}

/// Everything in a folder that is to go, each asked for before the first goes.
fn below(call: &Call<'_>, spot: &Spot, all: bool) -> Result<Vec<(PathBuf, Meta)>, FileError> {
    let found = contents(&spot.dir.child(&spot.name)?)?;
    if !all && !found.is_empty() {
        return Err(FileError::NotEmpty(spot.path()));
    }
    for (path, _) in &found {
        call.go_on()?;
        call.check(path, Access::Write)?;
        may_go(call, path)?;
    }
    Ok(found)
}

fn remove(call: &Call<'_>, all: &[(PathBuf, Meta)]) -> Result<(), FileError> {
    call.effects().delete(all).map_err(|(gone, error)| {
        if gone > 0 {
            tracing::warn!(gone, %error, "a directory was deleted in part");
        }
        error
    })
}

/// Whether nothing but the policy could be against it.
fn may_go(call: &Call<'_>, path: &Path) -> Result<(), FileError> {
    let reason = if call.holds_root(path) {
        "it is, or holds, one of the allowed directories; only what is in them can be deleted"
    } else if is_critical(call, path) {
        "Cannot delete critical system path"
    } else {
        return Ok(());
    };
    let path = path.to_path_buf();
    Err(FileError::Unfit { path, reason })
}

/// Only names below the managed folder count: where the user put that folder is no matter here.
fn is_critical(call: &Call<'_>, path: &Path) -> bool {
    let mut roots: Vec<&Path> = call
        .spec
        .allowed
        .iter()
        .map(|root| root.as_path())
        .collect();
    roots.push(&call.spec.workspace);
    let below = roots
        .into_iter()
        .filter_map(|root| path.strip_prefix(root).ok())
        .min_by_key(|below| below.components().count())
        .unwrap_or(path);
    below.components().any(|part| is_kept(part.as_os_str()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeleteBatch<'a> {
    #[serde(borrow)]
    base_path: &'a str,
    #[serde(borrow)]
    include_patterns: Option<Vec<&'a str>>,
    #[serde(borrow)]
    exclude_patterns: Option<Vec<&'a str>>,
}

pub(super) fn delete_files_batch(call: &Call<'_>, given: &Value) -> Answer {
    let args: DeleteBatch<'_> = call.arguments(given)?;
    let wanted = Wanted::new(call, args.include_patterns, args.exclude_patterns)?;
    let base = call.path(args.base_path, Access::Write);
    let base = match base.and_then(|path| Dir::open(&path)) {
        Ok(base) => base,
        Err(error) => return Ok(cannot_begin("delete_files_batch", &error)),
    };
    let mut lists = Lists::default();
    walk(&base, &mut |found| {
        call.go_on()?;
        if found.meta.kind != Kind::Directory && wanted.has(&found.relative) {
            lists.sort(call, found.spot.path(), found.meta, &found.relative);
        }
        Ok(Next::In)
    })?;
    Ok(ToolOutput::data(&lists.carry_out(call)))
}

#[derive(Default)]
struct Lists {
    /// What is to go, and its line in the report.
    going: Vec<(PathBuf, Meta, Value)>,
    skipped: Vec<Value>,
    errors: Vec<Value>,
}

impl Lists {
    fn sort(&mut self, call: &Call<'_>, path: PathBuf, meta: Meta, relative: &Path) {
        let name = relative.display().to_string();
        if is_critical(call, &path) {
            let reason = "system file (protected)";
            self.skipped.push(json!({"path": name, "reason": reason}));
        } else if self.going.len() >= call.limits().batch_files {
            let reason = format!(
                "one batch deletes at most {} files",
                call.limits().batch_files
            );
            self.skipped.push(json!({"path": name, "reason": reason}));
        } else if let Err(error) = call.check(&path, Access::Write) {
            let reason = error.to_string();
            self.skipped.push(json!({"path": name, "reason": reason}));
        } else {
            let shown = path.display().to_string();
            let line = json!({"path": shown, "relative_path": name, "size": meta.size()});
            self.going.push((path, meta, line));
        }
    }

    fn carry_out(mut self, call: &Call<'_>) -> Value {
        let (mut pairs, mut lines) = (Vec::new(), Vec::new());
        for (path, meta, line) in self.going {
            pairs.push((path, meta));
            lines.push(line);
        }
        if let Err((gone, error)) = call.effects().delete(&pairs) {
            let line = lines.get(gone).map(|line| line["relative_path"].clone());
            let error = error.to_string();
            self.errors.push(json!({"path": line, "error": error}));
            for line in lines.drain(gone..).skip(1) {
                let reason = "not tried after an error";
                self.skipped
                    .push(json!({"path": line["relative_path"], "reason": reason}));
            }
        }
        json!({
            "success": true,
            "operation": "delete_files_batch",
            "summary": {
                "deleted": lines.len(),
                "skipped": self.skipped.len(),
                "errors": self.errors.len(),
            },
            "details": {
                "deleted_files": lines,
                "skipped_files": self.skipped,
                "errors": self.errors,
            },
        })
    }
}
