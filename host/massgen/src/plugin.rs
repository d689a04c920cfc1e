//! `massgen plugin …`: the loader knows the answers, this prints them.

use std::path::Path;
use std::process::ExitCode;

use loader::{AbiReport, Catalog, InspectReport, ListReport, Loader, Policy, Prober};
use serde::Serialize;

use crate::cli::PluginCommand;
use crate::environment::Search;
use crate::exit::Failure;
use crate::plugin_test;

/// Carries out one command.
///
/// # Errors
///
/// `test` cannot read what it was given. A plugin that does not fit is a line of the report.
pub(crate) fn run(command: &PluginCommand, search: &Search) -> Result<ExitCode, Failure> {
    match command {
        PluginCommand::List { json, probe } => list(search, *probe, *json),
        PluginCommand::Inspect { file, json } => inspect(search, file, *json),
        PluginCommand::Test {
            file,
            transcripts,
            config,
            json,
        } => plugin_test::run(search, file, transcripts, config.as_deref(), *json),
        PluginCommand::Abi { json } => {
            print(&AbiReport::of_this_host(), *json)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// What a child of this program does that has one library to itself.
pub(crate) fn child(file: &Path) -> ExitCode {
    loader::child_main(file)
}

/// A loader whose probes are children of this program.
pub(crate) fn loader(search: &Search) -> Loader {
    let program = search.environment.program.clone().unwrap_or_default();
    Loader::new(&search.environment, Prober::new(program))
}

fn list(search: &Search, probe: bool, json: bool) -> Result<ExitCode, Failure> {
    let catalog = Catalog::scan(&search.path, Policy::new(&search.environment));
    let loader = probe.then(|| loader(search));
    print(&ListReport::new(&catalog, loader.as_ref()), json)?;
    Ok(ExitCode::SUCCESS)
}

fn inspect(search: &Search, file: &Path, json: bool) -> Result<ExitCode, Failure> {
    let report = InspectReport::new(file, &Policy::new(&search.environment), &loader(search));
    print(&report, json)?;
    Ok(if report.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Prints a report as text or as JSON.
pub(crate) fn print<T: Serialize + std::fmt::Display>(
    report: &T,
    json: bool,
) -> Result<(), Failure> {
    let text = if json {
        serde_json::to_string_pretty(report)
            .map_err(|error| Failure::new(error, "please report this"))?
    } else {
        report.to_string()
    };
    display::line(&text);
    Ok(())
}
