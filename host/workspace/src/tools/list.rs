//! Looking at folders and at what a name is.

use std::fmt::Write as _;

use permissions::Access;
use serde::Deserialize;
use serde_json::Value;

use super::Answer;
use crate::call::Call;
use crate::draft::is_draft;
use crate::handle::{Dir, Kind, Meta, Spot};
use crate::{DirEntry, FileError, ToolOutput};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct At<'a> {
    #[serde(borrow)]
    path: &'a str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WithSizes<'a> {
    #[serde(borrow)]
    path: &'a str,
    #[serde(rename = "sortBy")]
    sort_by: Option<SortBy>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum SortBy {
    Name,
    Size,
}

/// The entries of a folder that may be read, sorted by name.
pub(crate) fn entries(call: &Call<'_>, dir: &Dir) -> Result<Vec<DirEntry>, FileError> {
    let mut entries = Vec::new();
    for name in dir.names()? {
        call.go_on()?;
        if is_draft(&name) || call.check(&dir.at(&name), Access::Read).is_err() {
            continue;
        }
        if let Some(meta) = dir.look(&name)? {
            entries.push(DirEntry {
                name,
                kind: meta.kind.word(),
                size: meta.size(),
            });
        }
    }
    Ok(entries)
}

fn tag(entry: &DirEntry) -> &'static str {
    match entry.kind {
        "directory" => "[DIR]",
        "link" => "[LINK]",
        _ => "[FILE]",
    }
}

pub(super) fn list_directory(call: &Call<'_>, given: &Value) -> Answer {
    let args: At<'_> = call.arguments(given)?;
    let entries = entries(call, &*call.open_dir(args.path)?)?;
    let limit = call.limits().entries;
    let shown = entries.iter().take(limit);
    let mut lines: Vec<_> = shown
        .map(|entry| format!("{} {}", tag(entry), entry.name.display()))
        .collect();
    lines.extend(left_out(entries.len(), limit));
    Ok(ToolOutput::text(lines.join("\n")))
}

/// Says how many entries are not shown.
pub(super) fn left_out(all: usize, limit: usize) -> Option<String> {
    let more = all.checked_sub(limit).filter(|&more| more > 0)?;
    Some(format!("[{more} more entries are not shown]"))
}

pub(super) fn list_directory_with_sizes(call: &Call<'_>, given: &Value) -> Answer {
    let args: WithSizes<'_> = call.arguments(given)?;
    let mut entries = entries(call, &*call.open_dir(args.path)?)?;
    if args.sort_by == Some(SortBy::Size) {
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.size));
    }
    let limit = call.limits().entries;
    let mut text = String::new();
    for entry in entries.iter().take(limit) {
        let name = entry.name.display().to_string();
        let size = match entry.kind {
            "file" => human(entry.size),
            _ => String::new(),
        };
        let line = format!("{} {name:30} {size:>10}", tag(entry));
        let _ = writeln!(text, "{}", line.trim_end());
    }
    if let Some(line) = left_out(entries.len(), limit) {
        let _ = writeln!(text, "{line}");
    }
    let dirs = entries.iter().filter(|e| e.kind == "directory").count();
    let files = entries.len() - dirs;
    let size = human(entries.iter().map(|entry| entry.size).sum());
    let _ = write!(
        text,
        "\nTotal: {files} files, {dirs} directories\nCombined size: {size}"
    );
    Ok(ToolOutput::text(text))
}

/// A size for people: `12 B`, `1.50 KB`.
#[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
fn human(size: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KB", "MB", "GB", "TB"];
    let mut unit = 0;
    let mut value = size as f64;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    match unit {
        0 => format!("{size} B"),
        _ => format!("{value:.2} {}", UNITS[unit]),
    }
}

pub(super) fn get_file_info(call: &Call<'_>, given: &Value) -> Answer {
    let args: At<'_> = call.arguments(given)?;
    let path = call.path(args.path, Access::Read)?;
    let spot = Spot::open(&path)?;
    let meta = spot.meta()?;
    let mut lines = vec![format!("size: {}", meta.stat.st_size)];
    lines.extend(born(&spot).map(|time| format!("created: {time}")));
    lines.extend(times(&meta));
    lines.push(format!("isDirectory: {}", meta.kind == Kind::Directory));
    lines.push(format!("isFile: {}", meta.kind == Kind::File));
    lines.push(format!("permissions: {:03o}", meta.mode()));
    Ok(ToolOutput::text(lines.join("\n")))
}

#[expect(
    clippy::unnecessary_cast,
    reason = "the width differs between platforms"
)]
fn times(meta: &Meta) -> Vec<String> {
    let stat = &meta.stat;
    let modified = time(stat.st_mtime as i64, stat.st_mtime_nsec as i64);
    let accessed = time(stat.st_atime as i64, stat.st_atime_nsec as i64);
    let modified = modified.map(|time| format!("modified: {time}"));
    let accessed = accessed.map(|time| format!("accessed: {time}"));
    modified.into_iter().chain(accessed).collect()
}

fn time(seconds: i64, nanos: i64) -> Option<jiff::Timestamp> {
    jiff::Timestamp::new(seconds, i32::try_from(nanos).ok()?).ok()
}

/// When it was made, where the system knows.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn born(spot: &Spot) -> Option<jiff::Timestamp> {
    use rustix::fs::{AtFlags, StatxFlags};
    let flags = AtFlags::SYMLINK_NOFOLLOW;
    let found = rustix::fs::statx(spot.dir.fd(), &spot.name, flags, StatxFlags::BTIME).ok()?;
    let known = found.stx_mask & StatxFlags::BTIME.bits() != 0;
    let birth = found.stx_btime;
    known.then(|| time(birth.tv_sec, i64::from(birth.tv_nsec)))?
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn born(_: &Spot) -> Option<jiff::Timestamp> {
    None
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

pub(super) fn list_allowed_directories(call: &Call<'_>, given: &Value) -> Answer {
    let Nothing {} = call.arguments(given)?;
    let mut lines = vec!["Allowed directories:".to_owned()];
    lines.extend(call.spec.allowed.iter().map(|p| p.display().to_string()));
    Ok(ToolOutput::text(lines.join("\n")))
}
