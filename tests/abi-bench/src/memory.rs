//! Resident memory with one and with four plugins.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::load;
use crate::rows::Row;

/// Loads four libraries one after the other and reads the process's resident memory in between.
/// A fifth one goes first: it pages in the loader itself, which is no plugin's memory.
pub(crate) fn rows(translators: &[PathBuf], tests: &Path) -> Result<Vec<Row>> {
    let mut libraries = translators.to_vec();
    libraries.extend(["minimal", "rude"].map(|name| load::library(tests, name)));
    libraries.truncate(4);
    let start = resident_kib()?;
    load::load(&load::library(tests, "echo"))?;
    let before = resident_kib()?;
    load::load(&libraries[0])?;
    let one = resident_kib()? - before;
    for library in &libraries[1..] {
        load::load(library)?;
    }
    let all = resident_kib()? - before;
    let count = libraries.len() as f64;
    let mib = |kib: f64| kib / 1024.0;
    Ok(vec![
        Row::new(
            "resident memory, loader and a first plugin",
            mib(before - start),
            "MiB",
        ),
        Row::new("resident memory, 1 plugin", mib(one), "MiB"),
        Row::new(format!("resident memory, {count} plugins"), mib(all), "MiB"),
        Row::new(
            "resident memory, average of a plugin",
            mib(all / count),
            "MiB",
        )
        .limit(1.0),
    ])
}

fn resident_kib() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status").context("no /proc")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .context("no VmRSS")?;
    let number = line.trim().trim_end_matches("kB").trim();
    number
        .parse()
        .with_context(|| format!("`{number}` is no number"))
}
