//! What goes through the door, as plain data.

use massgen_plugin::chat::Part;
use serde_json::Value;

/// A tool call of a model or a plugin.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolRequest {
    /// The call's id, for logs and progress.
    pub id: String,
    /// The tool's exposed name, as the model wrote it.
    pub name: String,
    /// Parsed arguments; anything but an object is answered with an error result.
    pub arguments: Value,
}

/// What a tool call gave. A refusal, a failure and a timeout are results too: there is always
/// exactly one.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Whether it failed or was refused.
    pub is_error: bool,
    /// Text and images for the model, capped.
    pub parts: Vec<Part>,
}

impl Outcome {
    /// A failure in words.
    pub fn error(text: impl Into<String>) -> Self {
        Self {
            is_error: true,
            parts: vec![Part::text(text)],
        }
    }

    /// All text of it.
    pub fn text(&self) -> String {
        let texts: Vec<_> = self.parts.iter().filter_map(Part::as_text).collect();
        texts.join("\n")
    }
}

/// How far a call is.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// The call's id.
    pub id: String,
    /// The server's words or `3 of 10`.
    pub text: String,
}

/// Something that observers of the run should know.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// A server's state changed.
    Server {
        /// Its name.
        name: String,
        /// What it is now.
        state: ServerState,
        /// One line for people; may be empty.
        detail: String,
    },
    /// One line for people.
    Warning(String),
}

/// States of an MCP server of one agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerState {
    /// It starts.
    Connecting,
    /// A package manager loads it for the first time.
    Downloading,
    /// Its tools can be called.
    Connected,
    /// It could not be reached, or went away.
    Failed,
    /// It failed so often that it is left alone for a while.
    Blocked,
}

/// A required server that cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the required MCP server `{server}` is not available: {reason}")]
pub struct Unavailable {
    /// Its name.
    pub server: String,
    /// Why.
    pub reason: String,
}

/// One entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Entry {
    /// Name within the folder.
    pub name: String,
    /// `file`, `directory` or `link`.
    pub kind: &'static str,
    /// Bytes; 0 for anything but a file.
    pub size: u64,
}
