//! `massgen plugin test`: the loader's checks, then every rule of the conformance kit.
//!
//! The library is never loaded here: each rule has a child of its own, and then one under the
//! filter of system calls.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use isolation::Runner;
use loader::{InspectReport, Policy};
use massgen_plugin::Config;
use massgen_plugin::metadata::Metadata;
use massgen_plugin_test::{Children, Kit};

use crate::environment::Search;
use crate::exit::{BROKEN, Failure};
use crate::plugin::{loader, print};

/// Checks one library.
///
/// # Errors
///
/// What of the transcripts or the configuration cannot be read.
pub(crate) fn run(
    search: &Search,
    file: &Path,
    transcripts: &[PathBuf],
    config: Option<&Path>,
    json: bool,
) -> Result<ExitCode, Failure> {
    let inspected = InspectReport::new(file, &Policy::new(&search.environment), &loader(search));
    let metadata = match &inspected.metadata {
        Some(metadata) if inspected.is_ok() => metadata,
        _ => {
            print(&inspected, json)?;
            return Ok(ExitCode::FAILURE);
        }
    };
    let path = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let kit = kit(search, &path, metadata, transcripts, config)?;
    let report = kit.check(|line| {
        if !json {
            display::line(&line.to_string());
        }
    });
    if json {
        print(&report, json)?;
    } else {
        display::line(&report.summary());
    }
    Ok(if report.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(BROKEN)
    })
}

fn kit(
    search: &Search,
    path: &Path,
    metadata: &Metadata,
    transcripts: &[PathBuf],
    config: Option<&Path>,
) -> Result<Kit, Failure> {
    let program = search.environment.program.clone().unwrap_or_default();
    let children = |locked| Children::new(Runner::new(&program), path, locked);
    let mut kit = Kit::new(children(false), metadata.clone()).locked(children(true));
    if let Some(config) = config {
        return Ok(kit.config(read(config)?));
    }
    for folder in folders(path, &metadata.manifest.name, transcripts) {
        let hint = "a case is a folder with `case.json`; see docs/conformance.md";
        kit = kit
            .transcripts(&folder)
            .map_err(|problem| Failure::new(problem, hint))?;
    }
    Ok(kit)
}

fn read(path: &Path) -> Result<Config, Failure> {
    let text = fs::read_to_string(path).map_err(|error| error.to_string());
    let config = text.and_then(|it| serde_json::from_str(&it).map_err(|error| error.to_string()));
    config.map_err(|error| {
        let what = format!("cannot read `{}`: {error}", path.display());
        Failure::new(
            what,
            r#"it looks like {"backend_type": "vllm", "options": {}}"#,
        )
    })
}

/// The folders of transcripts: those that were named, else those beside the library, else those of
/// the current folder.
fn folders(library: &Path, name: &str, named: &[PathBuf]) -> Vec<PathBuf> {
    if !named.is_empty() {
        return named.to_vec();
    }
    let beside = library.parent().map(|it| it.join("transcripts").join(name));
    let usual = beside.into_iter().chain([PathBuf::from("transcripts")]);
    usual.filter(|it| has_cases(it)).take(1).collect()
}

fn has_cases(folder: &Path) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .into_iter()
        .any(|it| it.path().join("case.json").is_file())
}
