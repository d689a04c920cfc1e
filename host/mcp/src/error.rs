//! Why a server is not there, and why a call gave no result.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::Missing;

/// Why there is no session. Secrets are masked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ConnectError {
    /// A variable that the configuration names is not set or blank.
    #[error(transparent)]
    Variable(#[from] Missing),
    /// The program could not be started.
    #[error("`{program}` could not be started")]
    Spawn {
        /// The program.
        program: String,
        /// Why.
        #[source]
        source: Arc<io::Error>,
    },
    /// The folder that the program is to run in is not there.
    #[error("its folder {} does not exist", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
    },
    /// The program ended before it had answered the greeting.
    #[error("it ended before it answered ({status}){}", quoted(stderr))]
    Exited {
        /// How it ended.
        status: String,
        /// The last lines of its standard error.
        stderr: String,
    },
    /// No answer in time.
    #[error("it did not answer within {} s{}", seconds(*after_ms), quoted(stderr))]
    TimedOut {
        /// How long it had, in milliseconds.
        after_ms: u64,
        /// The last lines of its standard error.
        stderr: String,
    },
    /// It answered the greeting with an error, or with something that is not MCP.
    #[error("it does not speak MCP as expected: {reason}{}", quoted(stderr))]
    Greeting {
        /// What was wrong.
        reason: String,
        /// The last lines of its standard error.
        stderr: String,
    },
    /// Its address may not be used (services §2.4).
    #[error("its address is refused: {reason}")]
    Address {
        /// Which rule refuses it.
        reason: String,
    },
    /// It could not be reached over HTTP.
    #[error("it could not be reached: {reason}")]
    Unreachable {
        /// Why.
        reason: String,
    },
    /// It wants somebody to log in.
    #[error("it wants a login: {reason}")]
    LoginNeeded {
        /// What is missing or no longer valid.
        reason: String,
    },
    /// It does not accept the `Authorization` that the configuration gives it.
    #[error("it refuses the configured `Authorization` header: {reason}")]
    Unauthorized {
        /// What is wrong with it.
        reason: String,
    },
    /// The session ended.
    #[error("its session ended: {status}{}", quoted(stderr))]
    Ended {
        /// How the program ended, or why the session was ended.
        status: String,
        /// The last lines of its standard error.
        stderr: String,
    },
    /// The client was closed.
    #[error("it was closed")]
    Closed,
}

impl ConnectError {
    /// All of it in one line for people: its causes, and what a user can do about it.
    pub fn told(&self, server: &str) -> String {
        told(self, self.hint(server))
    }

    /// What a user can do about it, for the server of this name.
    pub fn hint(&self, server: &str) -> Option<String> {
        match self {
            Self::Variable(missing) => Some(missing.hint()),
            Self::Spawn { program, source } if source.kind() == io::ErrorKind::NotFound => Some(
                format!("install `{program}`, or write its whole path as `command`"),
            ),
            Self::Folder { .. } => Some("make the folder, or correct `cwd`".into()),
            Self::TimedOut { .. } => Some(format!(
                "if `{server}` needs longer to start, raise its `connect_timeout`"
            )),
            Self::LoginNeeded { .. } => Some(login(server)),
            Self::Unauthorized { .. } => Some(header(server)),
            _ => None,
        }
    }
}

/// Why a call gave no result. A result that says `isError` is a result.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CallError {
    /// There is no session and none could be had; the call was not made.
    #[error("the MCP server is not available")]
    Unavailable(#[source] ConnectError),
    /// The server is left alone after repeated failures; the call was not made.
    #[error("the MCP server failed repeatedly and is {}", left_alone(*retry_ms))]
    Blocked {
        /// Milliseconds until it is tried again; 0: another call is trying it now.
        retry_ms: u64,
    },
    /// No result in time; the call may still be carried out.
    #[error("no result within {} s", seconds(*after_ms))]
    TimedOut {
        /// How long it had, in milliseconds.
        after_ms: u64,
    },
    /// The connection broke before the call was written; it was not made.
    #[error("the call could not be sent: {reason}")]
    NotSent {
        /// What broke.
        reason: String,
    },
    /// The connection broke while the call was under way; it may have been carried out.
    #[error("the connection was lost during the call: {reason}")]
    Lost {
        /// What broke.
        reason: String,
    },
    /// The server answered with a protocol error.
    #[error("the MCP server refused the call: {message} (code {code})")]
    Refused {
        /// JSON-RPC error code.
        code: i32,
        /// Its words.
        message: String,
    },
    /// The server answered with something that is not a tool result.
    #[error("the MCP server's answer is not a tool result: {reason}")]
    Malformed {
        /// What it was.
        reason: String,
    },
    /// The server wants somebody to log in again.
    #[error("the MCP server wants a login: {reason}")]
    LoginNeeded {
        /// What is no longer valid.
        reason: String,
    },
    /// The server does not accept the `Authorization` that the configuration gives it.
    #[error("the MCP server refuses the configured `Authorization` header: {reason}")]
    Unauthorized {
        /// What is wrong with it.
        reason: String,
    },
    /// The caller gave up.
    #[error("the call was cancelled")]
    Cancelled,
}

impl CallError {
    /// All of it in one line for people, where a user can do something about it. Why a server is
    /// unavailable was told before ([`Event::Failed`](crate::Event::Failed)).
    pub fn advice(&self, server: &str) -> Option<String> {
        Some(told(self, Some(self.hint(server)?)))
    }

    fn hint(&self, server: &str) -> Option<String> {
        match self {
            Self::TimedOut { .. } => Some(format!(
                "if tools of `{server}` need longer, raise its `tool_timeout`"
            )),
            Self::LoginNeeded { .. } => Some(login(server)),
            Self::Unauthorized { .. } => Some(header(server)),
            _ => None,
        }
    }
}

fn told(error: &(dyn Error + 'static), hint: Option<String>) -> String {
    let story = transport::story(error);
    match hint {
        Some(hint) => format!("{story} (hint: {hint})"),
        None => story,
    }
}

fn login(server: &str) -> String {
    format!("run `massgen mcp login {server} --config FILE`")
}

fn header(server: &str) -> String {
    format!("correct `Authorization` in the `headers` of `{server}`, or the variable it names")
}

fn seconds(ms: u64) -> f64 {
    // Milliseconds of any timeout are far below the point where this loses digits.
    ms as f64 / 1000.0
}

fn left_alone(ms: u64) -> String {
    match ms {
        0 => "being tried by another call".to_owned(),
        ms => format!("left alone for {} s", seconds(ms)),
    }
}

fn quoted(stderr: &str) -> String {
    if stderr.is_empty() {
        String::new()
    } else {
        format!("; it wrote: {stderr}")
    }
}
