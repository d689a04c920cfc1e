//! Exit codes and the one way in which errors are printed.
//!
//! | code | `run` | `plugin` (spec marketplace, chapter 9) |
//! | --- | --- | --- |
//! | 0 | answered | done |
//! | 1 | configuration or usage, an unfit or missing plugin included | other failure |
//! | 2 | failed: no agent could answer | usage |
//! | 3 | time over without an answer | not found |
//! | 4 | interrupted | refused by policy |

use std::process::ExitCode;

/// Usage or configuration of `run`; other failures of `plugin`.
const FAILURE: u8 = 1;
/// Usage of `plugin`.
const PLUGIN_USAGE: u8 = 2;

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
    let is_plugin = std::env::args().any(|it| it == "plugin");
    ExitCode::from(if is_plugin { PLUGIN_USAGE } else { FAILURE })
}
