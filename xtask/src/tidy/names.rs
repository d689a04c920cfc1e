//! No file names a place that exists on one machine only, or the host of a package registry.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use walkdir::WalkDir;

use super::Problems;

/// Taken apart, so that this file does not name them either.
const BANNED: &[&[&str]] = &[
    &["/ro", "ot/"],
    &["/wo", "rk/main"],
    &["/wo", "rk/shared"],
    &["arti", "factory"],
    &["index.", "crates.io"],
    &["static.", "crates.io"],
    &["files.", "pythonhosted.org"],
    &["pypi.", "org/simple"],
    &["registry.", "npmjs.org"],
    &["deb.", "debian.org"],
];

/// Written by tools, or not ours to read.
const SKIPPED: &[&str] = &[".git", "dist", "massgen_logs", "Cargo.lock"];

pub(super) fn check(root: &Path) -> Result<Problems> {
    let banned: Vec<String> = BANNED.iter().map(|it| it.concat()).collect();
    let mut problems = Problems::new();
    let entries = WalkDir::new(root)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|it| {
            let name = it.file_name().to_string_lossy();
            !SKIPPED.contains(&name.as_ref()) && !name.starts_with("target")
        });
    for entry in entries {
        let entry = entry.context("cannot list the repository")?;
        if !entry.file_type().is_file() {
            continue;
        }
        let bytes = fs::read(entry.path()).context("cannot read the repository")?;
        let text = String::from_utf8_lossy(&bytes);
        let inside = entry.path().strip_prefix(root).unwrap_or(entry.path());
        let found = banned.iter().filter(|it| text.contains(it.as_str()));
        problems.extend(found.map(|it| format!("{} names `{it}`", inside.display())));
    }
    Ok(problems)
}
