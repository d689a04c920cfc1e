//! `copy_files_batch`, whose destinations stand nowhere in its arguments (services §4.3).

use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde_json::Value;

use crate::decision::Call;
use crate::ledger::Ledger;
use crate::managed::Effect;
use crate::rule::{Denial, Rule};
use crate::words;

const SOURCE: &str = "source_base_path";
const DESTINATION: &str = "destination_base_path";
/// Files looked at; the tool itself copies no more (services §3.5).
const MAX_FILES: usize = 10_000;
/// Destinations that a refusal names.
const NAMED: usize = 3;

/// Whether this is the tool, in either spelling.
pub(crate) fn is_one(tool: &str) -> bool {
    words::bare(tool) == "copy_files_batch"
}

/// Judges source and destination, and for our own tool the destination of each file that would be
/// copied: what somebody else's tool of this name copies is not known.
pub(crate) fn judge(call: &Call<'_>, ledger: &mut Ledger<'_>) {
    if let Err(denial) = check(call, ledger) {
        ledger.deny(denial);
    }
}

/// The arguments that are none of the two folders.
pub(crate) fn others(arguments: &Value) -> Value {
    let mut others = arguments.clone();
    if let Some(map) = others.as_object_mut() {
        map.remove(SOURCE);
        map.remove(DESTINATION);
    }
    others
}

fn check(call: &Call<'_>, ledger: &mut Ledger<'_>) -> Result<(), Denial> {
    let arguments = call.arguments;
    let source = text(arguments, SOURCE)?
        .ok_or_else(|| Denial::new(Rule::Batch, "copy_files_batch requires source_base_path"))?;
    let destination = text(arguments, DESTINATION)?.unwrap_or_default();
    let include = patterns(arguments, "include_patterns")?;
    let exclude = patterns(arguments, "exclude_patterns")?;
    let base = call.base.or(ledger.policy().workspace());
    let Some(from) = ledger.touch(source, base, Effect::Read) else {
        return Ok(());
    };
    if ledger.is_denied() {
        return Ok(());
    }
    let to = ledger.policy().resolved(destination, base)?;
    let chosen = |relative: &Path| {
        (include.is_empty() || include.is_match(relative)) && !exclude.is_match(relative)
    };
    let mut targets = vec![to.clone()];
    let copied = call.filesystem.then(|| files(&from));
    targets.extend(
        copied
            .unwrap_or_default()
            .into_iter()
            .filter(|file| chosen(file))
            .map(|file| to.join(file)),
    );
    judge_all(&targets, ledger)
}

/// The folder first, then each file; a refusal names files where there are any.
fn judge_all(targets: &[PathBuf], ledger: &mut Ledger<'_>) -> Result<(), Denial> {
    let mut denied = Vec::new();
    let mut cause = None;
    for (index, target) in targets.iter().enumerate() {
        let resolved = crate::resolve::configured(target);
        let written = target.display().to_string();
        let verdict = match index {
            0..=NAMED => ledger.touch_resolved(&written, &resolved, Effect::Write),
            _ => ledger.permit(&resolved, Effect::Write),
        };
        if let Err(denial) = verdict {
            denied.push(written);
            cause.get_or_insert(denial);
        }
    }
    let Some(cause) = cause else {
        return Ok(());
    };
    let skip = usize::from(denied.len() == targets.len() && denied.len() > 1);
    let names = &denied[skip..];
    let more = match names.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    let first = names[..names.len().min(NAMED)].join(", ");
    Err(Denial::new(
        cause.rule,
        format!(
            "No write permission for destination paths: {first}{more}; {}",
            cause.reason
        ),
    ))
}

fn text<'v>(arguments: &'v Value, key: &str) -> Result<Option<&'v str>, Denial> {
    match arguments.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(invalid(&format!("{key} is no text"))),
    }
}

fn patterns(arguments: &Value, key: &str) -> Result<GlobSet, Denial> {
    let empty = Vec::new();
    let list = match arguments.get(key) {
        None | Some(Value::Null) => &empty,
        Some(Value::Array(list)) => list,
        Some(_) => return Err(invalid(&format!("{key} is no list"))),
    };
    let mut set = GlobSetBuilder::new();
    for item in list {
        let pattern = item
            .as_str()
            .ok_or_else(|| invalid(&format!("{key} has an entry that is no text")))?;
        let glob = GlobBuilder::new(pattern).build();
        set.add(glob.map_err(|fault| invalid(&fault.to_string()))?);
    }
    set.build().map_err(|fault| invalid(&fault.to_string()))
}

fn invalid(why: &str) -> Denial {
    Denial::new(
        Rule::Batch,
        format!("copy_files_batch validation failed: {why}"),
    )
}

/// Files below a folder, relative to it, in the order of their names; links are not followed.
fn files(root: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(root.join(&folder)) else {
            continue;
        };
        let mut entries: Vec<_> = entries.filter_map(Result::ok).collect();
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let relative = folder.join(entry.file_name());
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(relative),
                _ => found.push(relative),
            }
            if found.len() >= MAX_FILES {
                return found;
            }
        }
    }
    found
}
