//! `compare_files` and `compare_directories`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use permissions::Access;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::edit::diff;
use super::{Answer, read};
use crate::call::Call;
use crate::draft::stream;
use crate::handle::{Kind, Spot};
use crate::walk::{Next, walk};
use crate::{FileError, ToolOutput};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CompareFiles<'a> {
    #[serde(borrow)]
    file1: &'a str,
    #[serde(borrow)]
    file2: &'a str,
    context_lines: Option<usize>,
}

pub(super) fn compare_files(call: &Call<'_>, given: &Value) -> Answer {
    let args: CompareFiles<'_> = call.arguments(given)?;
    let first = Spot::open(&call.path(args.file1, Access::Read)?)?;
    let second = Spot::open(&call.path(args.file2, Access::Read)?)?;
    let identical = same_content(call, &first, &second)?;
    let context = args.context_lines.unwrap_or(3);
    let diff = match identical {
        true => String::new(),
        false => text_diff(call, (&first, args.file1), (&second, args.file2), context)?,
    };
    let (size1, size2) = (first.meta()?.size(), second.meta()?.size());
    Ok(ToolOutput::data(&json!({
        "success": true,
        "operation": "compare_files",
        "details": {"identical": identical, "diff": diff, "size1": size1, "size2": size2},
    })))
}

/// A diff of two texts; of other files, that they differ.
fn text_diff(
    call: &Call<'_>,
    first: (&Spot, &str),
    second: (&Spot, &str),
    context: usize,
) -> Result<String, FileError> {
    let text = |spot: &Spot| {
        let (file, meta) = spot.open_file()?;
        let bytes = read::read_all(spot, &file, &meta, call.limits().read_bytes)?;
        read::decode(spot, bytes)
    };
    match (text(first.0), text(second.0)) {
        (Ok(old), Ok(new)) => Ok(diff(first.1, second.1, &old, &new, context)),
        (Err(error), _) | (_, Err(error)) => match error {
            FileError::NotText(_) | FileError::TooLarge { .. } => Ok(format!("[no diff: {error}]")),
            error => Err(error),
        },
    }
}

fn same_content(call: &Call<'_>, first: &Spot, second: &Spot) -> Result<bool, FileError> {
    let sum = |spot: &Spot| {
        let (mut file, _) = spot.open_file()?;
        stream(&mut file, None, call.cancel)
            .map_err(|error| FileError::io("read", &spot.path(), error))?
            .ok_or(FileError::Cancelled)
    };
    let sizes_differ = first.open_file()?.1.size() != second.open_file()?.1.size();
    Ok(!sizes_differ && sum(first)? == sum(second)?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CompareDirectories<'a> {
    #[serde(borrow)]
    dir1: &'a str,
    #[serde(borrow)]
    dir2: &'a str,
    show_content_diff: Option<bool>,
}

pub(super) fn compare_directories(call: &Call<'_>, given: &Value) -> Answer {
    let args: CompareDirectories<'_> = call.arguments(given)?;
    let (first, second) = (files(call, args.dir1)?, files(call, args.dir2)?);
    let names: BTreeSet<&PathBuf> = first.keys().chain(second.keys()).collect();
    let (mut only1, mut only2) = (Vec::new(), Vec::new());
    let (mut different, mut identical) = (Vec::new(), Vec::new());
    let mut diffs = Map::new();
    for path in names {
        call.go_on()?;
        let name = path.display().to_string();
        match (first.get(path), second.get(path)) {
            (Some(a), Some(b)) if same(call, a, b)? => identical.push(name),
            (Some(a), Some(b)) => {
                if args.show_content_diff == Some(true) && diffs.len() < 100 {
                    let text = content_diff(call, a, b, &name)?;
                    diffs.insert(name.clone(), text.into());
                }
                different.push(name);
            }
            (Some(_), None) => only1.push(name),
            _ => only2.push(name),
        }
    }
    let mut details = json!({
        "only_in_dir1": only1,
        "only_in_dir2": only2,
        "different": different,
        "identical": identical,
    });
    if args.show_content_diff == Some(true) {
        details["content_diffs"] = Value::Object(diffs);
    }
    Ok(ToolOutput::data(&json!({
        "success": true,
        "operation": "compare_directories",
        "details": details,
    })))
}

/// Every file and link below a folder that may be read.
fn files(call: &Call<'_>, text: &str) -> Result<BTreeMap<PathBuf, (PathBuf, Kind)>, FileError> {
    let mut files = BTreeMap::new();
    walk(&call.open_dir(text)?, &mut |found| {
        call.go_on()?;
        if call.check(&found.spot.path(), Access::Read).is_err() {
            return Ok(Next::Past);
        }
        if matches!(found.meta.kind, Kind::File | Kind::Link) {
            let value = (found.spot.path(), found.meta.kind);
            files.insert(found.relative.clone(), value);
        }
        let full = files.len() > call.limits().batch_files;
        match full {
            true => Err(FileError::Unfit {
                path: found.spot.dir.path().into(),
                reason: "it holds more files than one comparison may; compare parts of it",
            }),
            false => Ok(Next::In),
        }
    })?;
    Ok(files)
}

/// Links are the same when they point to the same text.
fn same(call: &Call<'_>, a: &(PathBuf, Kind), b: &(PathBuf, Kind)) -> Result<bool, FileError> {
    let (first, second) = (Spot::open(&a.0)?, Spot::open(&b.0)?);
    match (a.1, b.1) {
        (Kind::File, Kind::File) => same_content(call, &first, &second),
        (Kind::Link, Kind::Link) => Ok(first.read_link()? == second.read_link()?),
        _ => Ok(false),
    }
}

fn content_diff(
    call: &Call<'_>,
    a: &(PathBuf, Kind),
    b: &(PathBuf, Kind),
    name: &str,
) -> Result<String, FileError> {
    let (first, second) = (Spot::open(&a.0)?, Spot::open(&b.0)?);
    match (a.1, b.1) {
        (Kind::File, Kind::File) => text_diff(call, (&first, name), (&second, name), 3),
        _ => Ok("[no diff: one of them is a link]".into()),
    }
}
