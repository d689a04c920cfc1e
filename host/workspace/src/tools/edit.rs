//! Changing text where it stands.

use std::time::Duration;

use permissions::Access;
use serde::Deserialize;
use serde_json::Value;
use similar::TextDiff;

use super::{Answer, read};
use crate::call::{Call, replaceable};
use crate::handle::Spot;
use crate::{FileError, ToolOutput};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit<'a> {
    #[serde(borrow)]
    path: &'a str,
    #[serde(borrow)]
    edits: Vec<Replace<'a>>,
    #[serde(rename = "dryRun")]
    dry_run: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Replace<'a> {
    #[serde(borrow, rename = "oldText")]
    old: &'a str,
    #[serde(borrow, rename = "newText")]
    new: &'a str,
}

pub(super) fn edit_file(call: &Call<'_>, given: &Value) -> Answer {
    let args: Edit<'_> = call.arguments(given)?;
    let dry_run = args.dry_run.unwrap_or(false);
    let access = if dry_run { Access::Read } else { Access::Write };
    let path = call.path(args.path, Access::Read)?;
    call.check(&path, access)?;
    let spot = Spot::open(&path)?;
    let (file, meta) = spot.open_file()?;
    replaceable(&spot, &meta)?;
    let bytes = read::read_all(&spot, &file, &meta, call.limits().read_bytes)?;
    let old = String::from_utf8(bytes).map_err(|_| FileError::NotText(path.clone()))?;
    let new = edited(call, &old, &args.edits)?;
    if !dry_run {
        call.write(spot, new.as_bytes(), Some(meta))?;
    }
    Ok(ToolOutput::text(fenced(&diff(
        args.path, args.path, &old, &new, 3,
    ))))
}

/// The text after all edits. A file whose lines all end in CRLF keeps them.
fn edited(call: &Call<'_>, text: &str, edits: &[Replace<'_>]) -> Result<String, FileError> {
    let crlf = text.contains("\r\n") && text.matches('\n').count() == text.matches("\r\n").count();
    let plain = |text: &str| text.replace("\r\n", "\n");
    let mut now = if crlf { plain(text) } else { text.to_owned() };
    for (number, edit) in edits.iter().enumerate() {
        let (old, new) = match crlf {
            true => (plain(edit.old), plain(edit.new)),
            false => (edit.old.to_owned(), edit.new.to_owned()),
        };
        now = replaced(&now, &old, &new).map_err(|reason| {
            call.misused(format!("`edits[{number}].oldText` {reason}:\n{}", edit.old))
        })?;
    }
    Ok(if crlf { now.replace('\n', "\r\n") } else { now })
}

/// The first exact match, else the first lines that are the same but for white space around them.
fn replaced(text: &str, old: &str, new: &str) -> Result<String, &'static str> {
    if old.is_empty() {
        return Err("is empty; quote the text to be replaced, or use write_file");
    }
    if text.contains(old) {
        return Ok(text.replacen(old, new, 1));
    }
    let lines: Vec<&str> = text.split('\n').collect();
    let wanted: Vec<&str> = old.split('\n').map(str::trim).collect();
    let at = lines
        .windows(wanted.len())
        .position(|window| {
            window
                .iter()
                .map(|line| line.trim())
                .eq(wanted.iter().copied())
        })
        .ok_or("does not occur in the file, also when white space around lines is ignored")?;
    let mut result: Vec<String> = lines[..at].iter().map(|&line| line.into()).collect();
    result.extend(indented(lines[at], old, new));
    result.extend(lines[at + wanted.len()..].iter().map(|&line| line.into()));
    Ok(result.join("\n"))
}

/// The new lines, moved to where the file's first matching line begins.
fn indented(first: &str, old: &str, new: &str) -> Vec<String> {
    let base = indent(first);
    let written = old.split('\n').next().map_or(0, |line| indent(line).len());
    new.split('\n')
        .map(|line| {
            let own = indent(line).len();
            match line.trim_start() {
                "" => String::new(),
                rest => format!("{base}{}{rest}", " ".repeat(own.saturating_sub(written))),
            }
        })
        .collect()
}

fn indent(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

/// A unified diff. After two seconds of looking for the shortest one, a longer one will do.
pub(super) fn diff(from: &str, to: &str, old: &str, new: &str, context: usize) -> String {
    TextDiff::configure()
        .timeout(Duration::from_secs(2))
        .diff_lines(old, new)
        .unified_diff()
        .context_radius(context)
        .header(from, to)
        .to_string()
}

/// The diff between fences that do not occur in it.
fn fenced(diff: &str) -> String {
    let mut fence = "```".to_owned();
    while diff.contains(&fence) {
        fence.push('`');
    }
    let end = if diff.is_empty() || diff.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    format!("{fence}diff\n{diff}{end}{fence}\n")
}
