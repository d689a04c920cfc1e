//! Exit codes and the one way in which errors are printed.
//!
//! | code | `run` | `plugin` (spec marketplace, chapter 9) | `mcp`, `permissions`, `undo` |
//! | --- | --- | --- | --- |
//! | 0 | answered | done | done; allowed |
//! | 1 | configuration or usage, an unfit or missing plugin included | other failure | configuration or usage |
//! | 2 | failed: no agent could answer | usage | not all done; denied |
//! | 3 | time over without an answer | not found | – |
//! | 4 | interrupted | refused by policy | – |
//! | 6 | – | `test`: a rule is broken | – |

use std::ffi::OsString;
use std::process::ExitCode;

use clap::CommandFactory as _;

use crate::cli::Cli;

/// Usage or configuration of `run`; other failures of `plugin`.
const FAILURE: u8 = 1;
/// Usage of `plugin`.
const PLUGIN_USAGE: u8 = 2;

/// `mcp` or `undo` could not do all of it.
pub(crate) const INCOMPLETE: u8 = 2;
/// `plugin test`: a rule is broken.
pub(crate) const BROKEN: u8 = 6;
/// `permissions explain`: the call would be refused.
pub(crate) const DENIED: u8 = 2;
/// Interrupted `run`.
pub(crate) const INTERRUPTED: u8 = 4;

/// Something that ends the program before a run begins.
#[derive(Debug)]
pub(crate) struct Failure {
    lines: String,
    code: u8,
}

impl Failure {
    /// An error of configuration or usage, with what to do about it.
    pub(crate) fn new(what: impl std::fmt::Display, hint: impl std::fmt::Display) -> Self {
        Self {
            lines: format!("error: {what}\n  hint: {hint}"),
            code: FAILURE,
        }
    }

    /// Text that names the error and the hint already.
    pub(crate) fn text(lines: impl Into<String>) -> Self {
        Self {
            lines: lines.into(),
            code: FAILURE,
        }
    }

    /// Prints it and gives its code.
    pub(crate) fn report(self) -> ExitCode {
        display::note(&self.lines);
        ExitCode::from(self.code)
    }
}

/// A command line that was not understood, or `--help` and `--version`.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    // A closed output is no reason to fail.
    drop(error.print());
    if !error.use_stderr() {
        return ExitCode::SUCCESS;
    }
    ExitCode::from(usage_code(std::env::args_os()))
}

/// The code depends on the command, as far as the rest can be understood.
fn usage_code(arguments: impl Iterator<Item = OsString>) -> u8 {
    let lenient = Cli::command().ignore_errors(true);
    let matches = lenient.try_get_matches_from(arguments);
    match matches.as_ref().map(|it| it.subcommand_name()) {
        Ok(Some("plugin")) => PLUGIN_USAGE,
        _ => FAILURE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, code: u8) {
        let arguments = line.split(' ').map(OsString::from);
        assert_eq!(usage_code(arguments), code, "{line}");
    }

    #[test]
    fn the_command_decides_what_a_usage_error_is_called() {
        check("massgen", FAILURE);
        check("massgen walk", FAILURE);
        check("massgen run --nope plugin", FAILURE);
        check("massgen run plugin --nope", FAILURE);
        check("massgen --plugin-dir plugin run", FAILURE);
        check("massgen plugin", PLUGIN_USAGE);
        check("massgen plugin --nope", PLUGIN_USAGE);
        check("massgen plugin walk", PLUGIN_USAGE);
        check("massgen plugin inspect", PLUGIN_USAGE);
        check("massgen --plugin-dir run plugin list --nope", PLUGIN_USAGE);
    }
}
