//! The massgen program: arguments, wiring, exit codes; nothing else.
//!
//! This file alone turns errors into exit codes: [`exit`] has the table.

mod cli;
mod environment;
mod exit;
mod plugin;
mod question;
mod replay;
mod run;
mod signals;
mod team;
mod trace;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Cli, Command};
use crate::exit::Failure;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return exit::usage(&error),
    };
    match carry_out(cli) {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

fn carry_out(cli: Cli) -> Result<ExitCode, Failure> {
    let search = environment::search_path(&cli.plugin_dir);
    match cli.command {
        Command::Run(args) => run::run(&args, &search),
        Command::Plugin(command) => plugin::run(&command, &search),
        Command::Probe { file } => Ok(plugin::probe(&file)),
    }
}
