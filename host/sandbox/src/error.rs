//! What can go wrong before a program runs in its sandbox.

use crate::support::Missing;

/// A program that is not started.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The kernel cannot hold the rules, and they must hold.
    #[error("the sandbox cannot be enforced: {0}")]
    Unsupported(Missing),
    /// A path of the rules is not UTF-8.
    #[error("a path of the sandbox is not valid UTF-8")]
    NotText,
}

impl Error {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unsupported(_) => {
                "set `sandbox: warn` to run the program with what the kernel can hold, or \
                 `sandbox: off`"
            }
            Self::NotText => "rename the folder",
        }
    }
}

/// Why the launcher did not become the program. Its text is one line for standard error.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The launcher was not called the way massgen calls it.
    #[error("the launcher takes `ORDER -- PROGRAM ARGS…`, as massgen writes it: {0}")]
    Order(String),
    /// There is no such program.
    #[error("there is no program `{0}`")]
    NotFound(String),
    /// The program is there and does not start.
    #[error("`{program}` cannot be started: {source}")]
    NotStarted {
        /// As it was named.
        program: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The rules do not hold, and must.
    #[error("the sandbox cannot be enforced: {0}")]
    NotHeld(String),
    /// The folder for temporary files cannot be made.
    #[error("the folder for temporary files, `{folder}`, cannot be made: {source}")]
    Temp {
        /// The folder.
        folder: String,
        /// What the system says.
        source: std::io::Error,
    },
}

impl Failure {
    /// The exit code, as shells have it: 127 for a program that is not there, else 126.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NotFound(_) => 127,
            _ => 126,
        }
    }
}
