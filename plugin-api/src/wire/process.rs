//! A program that the host starts for a plugin, and the bytes to and from it. Since minor 3; see
//! [`Feature::SPAWN`](crate::chat::Feature::SPAWN).
//!
//! A program runs in a process group of its own and ends with the session at the latest. Its
//! environment is a short list of variables and what [`Spawn`] adds; values of secrets are put in
//! by the host.

use serde::{Deserialize, Serialize};

use super::Framing;

/// A program to start: payload of the `spawn` operation.
///
/// Its events are `PROCESS_OUT` and `PROCESS_ERR` as bytes come, and `PROCESS_END` last. A program
/// that cannot be started is `FAILED`: with `config` when it is not to be found, with `denied`
/// when the plugin may not start it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spawn {
    /// The program and its arguments; no shell is involved. The program is one of
    /// [`Capabilities::programs`](crate::metadata::Capabilities::programs), looked up in `PATH`, or
    /// exactly what the backend's configuration says under [`Spawn::CLI_PATH`].
    pub argv: Vec<String>,
    /// The working folder: the agent's workspace or a folder in it, absolute or relative to it.
    /// Absent: the workspace, or a folder of the run for an agent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// Names of variables of the host to pass on where they are set, besides those that always are
    /// ([`Spawn::ALWAYS_INHERITED`]).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inherit: Vec<String>,
    /// Variables to set, in order; the last of a name wins, and any wins over an inherited one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<(String, String)>,
    /// Variables that hold a secret; they win over [`Spawn::set`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<SecretVariable>,
    /// How standard output is cut: [`Framing::Ndjson`] gives one `PROCESS_OUT` for each line that
    /// is not blank, without its end; [`Framing::Raw`] bytes as they come. Nothing else is known.
    pub framing: Framing,
    /// Longest line of [`Framing::Ndjson`], in bytes; a longer one fails the operation and ends
    /// the program. At most, and by default, 16 MiB.
    #[serde(default = "Spawn::longest_line")]
    pub max_line: u64,
    /// How long the program may take to end by itself once its standard input was closed; then it
    /// is asked to end, and killed with its group when it does not. One that works on after the end
    /// of its input needs more. Once it was given up, or the session ended, it is asked at once, and
    /// has this long again, but at most 10 s. In milliseconds; default 2000.
    #[serde(default = "Spawn::usual_grace")]
    pub grace_ms: u64,
}

impl Spawn {
    /// Key of a backend's configuration whose value is a program that it may start, whatever its
    /// metadata says.
    pub const CLI_PATH: &'static str = "cli_path";
    /// Variables that every program gets where the host has them, besides those for proxies and
    /// certificate authorities.
    pub const ALWAYS_INHERITED: [&'static str; 11] = [
        "PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "TERM",
        "SHELL",
    ];

    /// A program whose output comes line by line.
    pub fn new<T: Into<String>>(argv: impl IntoIterator<Item = T>) -> Self {
        Self {
            argv: argv.into_iter().map(Into::into).collect(),
            folder: None,
            inherit: Vec::new(),
            set: Vec::new(),
            secrets: Vec::new(),
            framing: Framing::Ndjson,
            max_line: Self::longest_line(),
            grace_ms: Self::usual_grace(),
        }
    }

    fn longest_line() -> u64 {
        16 << 20
    }

    fn usual_grace() -> u64 {
        2000
    }
}

/// An environment variable made from a secret that the plugin never sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretVariable {
    /// The variable's name.
    pub variable: String,
    /// The secret's name as the metadata declares it. When the host has no value for an optional
    /// secret, the variable is not set.
    pub secret: String,
}

/// Bytes for a program's standard input, or its end: head of the payload of the `stdin` operation.
///
/// It completes with nothing once the program's end of the pipe has taken the bytes, which may
/// never be; the plugin should then wait for what the program writes. It fails when the program or
/// its input is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stdin {
    /// Ticket of the `spawn` operation.
    pub process: u64,
    /// Closes the program's standard input after these bytes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub close: bool,
}

/// How a program ended: data of the `PROCESS_END` event, whose status is the exit code, or 128 and
/// the signal's number for a program that a signal ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessEnd {
    /// The end of what it wrote to standard error, as text; at most 8 KiB.
    #[serde(default)]
    pub stderr_tail: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_has_its_default() {
        let spawn: Spawn = serde_json::from_str(r#"{"argv":["cat"],"framing":"ndjson"}"#).unwrap();
        assert_eq!(spawn, Spawn::new(["cat"]));
        assert_eq!((spawn.max_line, spawn.grace_ms), (16 << 20, 2000));
        let text = serde_json::to_string(&spawn).unwrap();
        assert_eq!(serde_json::from_str::<Spawn>(&text).unwrap(), spawn);
    }
}
