//! `cargo xtask`: everything a contributor runs on this repository, one file per command.
//!
//! It depends on no crate of the workspace, so it builds quickly and works while the others do
//! not. It decides nothing about how massgen behaves.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command's output is its product"
)]

mod bench;
mod build;
mod ci;
mod conformance;
mod demo;
mod fetch;
mod fixtures;
mod layers;
mod mutants;
mod place;
mod platform;
mod plugins;
mod record;
mod shell;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Build, test, check and measure massgen.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Release host into `dist/massgen`, plugins into `dist/plugins`
    Build,
    /// Every plugin into one folder where `massgen --plugin-dir` finds it
    Plugins(plugins::Args),
    /// A real exchange as a transcript of a plugin, without its secrets
    Record(record::Args),
    /// Libraries that tests load: good ones, old ones, broken ones
    Fixtures,
    /// What tests need from the registries, into the user's cache folder
    Fetch(fetch::Args),
    /// Plugins and fixtures, then every test
    Test(test::Args),
    /// The rules of the repository that no compiler checks
    Tidy,
    /// What CI runs: fmt, tidy, typos, deny, clippy, docs, test
    Ci,
    /// `cargo mutants` on the pure crates
    Mutants(mutants::Args),
    /// Run a benchmark: `tests/<NAME>-bench`
    Bench(bench::Args),
    /// The public conformance suite of MCP against our client
    Conformance(conformance::Args),
    /// A three-agent run on a real model, fetched by pip
    Demo(demo::Args),
}

fn main() -> ExitCode {
    obey(Args::parse().command).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn obey(command: Command) -> Result<ExitCode> {
    match command {
        Command::Build => build::run()?,
        Command::Plugins(args) => plugins::run(&args)?,
        Command::Record(args) => record::run(&args)?,
        Command::Fixtures => fixtures::run()?,
        Command::Fetch(args) => fetch::run(&args)?,
        Command::Conformance(args) => conformance::run(&args)?,
        Command::Test(args) => test::run(&args)?,
        Command::Tidy => tidy::run()?,
        Command::Ci => ci::run()?,
        Command::Mutants(args) => mutants::run(&args)?,
        Command::Bench(args) => bench::run(&args)?,
        Command::Demo(args) => return demo::run(&args),
    }
    Ok(ExitCode::SUCCESS)
}
