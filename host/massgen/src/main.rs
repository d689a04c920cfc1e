//! The massgen program: arguments, wiring, exit codes; nothing else.
//!
//! `exit` has the table of exit codes; everything that ends the program early is an
//! [`exit::Failure`].

mod answer_file;
mod cli;
mod environment;
mod exit;
mod lend;
mod login;
mod mcp;
mod observers;
mod own_tools;
mod permissions;
mod plugin;
mod plugin_test;
mod question;
mod run;
mod signals;
mod stdout;
mod tape;
mod team;
mod trace;
mod undo;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Cli, Command};
use crate::exit::Failure;

fn main() -> ExitCode {
    // Before anything that could start a thread or read a file.
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    if let Some((_, rest)) = arguments
        .split_first()
        .filter(|(it, _)| *it == sandbox::LAUNCHER)
    {
        return launch(rest);
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return exit::usage(&error),
    };
    carry_out(cli).unwrap_or_else(Failure::report)
}

/// Becomes the program that massgen wants to run with less rights; comes back only on failure.
fn launch(arguments: &[OsString]) -> ExitCode {
    let failure = sandbox::become_program(arguments, display::note);
    display::note(&format!("massgen: {failure}"));
    ExitCode::from(failure.exit_code())
}

fn carry_out(cli: Cli) -> Result<ExitCode, Failure> {
    let search = environment::search_path(&cli.plugin_dir);
    match cli.command {
        Command::Run(args) => run::run(&args, &search),
        Command::Undo(args) => undo::run(&args),
        Command::Mcp(command) => mcp::run(&command),
        Command::Permissions(command) => permissions::run(&command),
        Command::Plugin(command) => plugin::run(&command, &search),
        Command::PluginChild { file } => Ok(plugin::child(&file)),
    }
}
