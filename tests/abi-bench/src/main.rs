//! What the plugin boundary costs, all rows in one run: `abi-bench PLUGIN_DIR TEST_PLUGIN_DIR OUT`.
//!
//! Per-operation figures are process CPU time, the median of nine rounds that are interleaved over
//! all rows, so that a busy machine bends every row alike. Loads are wall time. Nothing is judged
//! here; the table has the limits beside the figures, and the JSON has both.

mod isolated;
mod load;
mod memory;
mod rows;
mod stopwatch;
mod stream;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};

fn main() -> Result<ExitCode> {
    let mut args = std::env::args_os().skip(1).map(PathBuf::from).peekable();
    if args
        .next_if(|it| it.as_os_str() == isolation::ARGUMENT)
        .is_some()
    {
        return Ok(loader::child_main(&args.next().unwrap_or_default()));
    }
    let mut next = |what: &str| {
        args.next()
            .with_context(|| format!("missing argument {what}"))
    };
    let (plugins, tests, out) = (next("PLUGIN_DIR")?, next("TEST_PLUGIN_DIR")?, next("OUT")?);
    let rows = measure(&plugins, &tests);
    load::clean_up();
    let rows = rows?;
    table::print(&rows);
    table::write(&rows, &out)?;
    Ok(ExitCode::SUCCESS)
}

fn measure(plugins: &Path, tests: &Path) -> Result<Vec<rows::Row>> {
    let translators = load::libraries(plugins)?;
    // Memory first: once something is loaded it never goes away.
    let mut all = memory::rows(&translators, tests)?;
    all.extend(load::sizes(&translators)?);
    all.extend(load::rows(&translators)?);
    all.extend(stream::rows(
        &load::library(tests, "echo"),
        &load::library(plugins, "vllm"),
    )?);
    all.extend(isolated::rows(&load::library(tests, "echo"))?);
    Ok(all)
}
