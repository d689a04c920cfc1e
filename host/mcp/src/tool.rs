//! What a server offers, as plain data.

use std::sync::Arc;

use serde_json::{Map, Value};

/// One tool as its server names it.
#[derive(Debug, Clone, PartialEq)]
pub struct RemoteTool {
    /// The name a call is made by.
    pub name: String,
    /// A name for people.
    pub title: Option<String>,
    /// What the model is told of it.
    pub description: Option<String>,
    /// JSON Schema of its arguments.
    pub input_schema: Arc<Map<String, Value>>,
    /// What the server says about its effects.
    pub hints: Hints,
}

/// What a server says about the effects of a tool; the defaults are those of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hints {
    /// It changes nothing; off.
    pub read_only: bool,
    /// It may destroy something; on.
    pub destructive: bool,
    /// Calling it twice does no more than calling it once; off.
    pub idempotent: bool,
    /// It reaches the world outside; on.
    pub open_world: bool,
}

impl Default for Hints {
    fn default() -> Self {
        Self {
            read_only: false,
            destructive: true,
            idempotent: false,
            open_world: true,
        }
    }
}

impl Hints {
    /// Whether a call may be repeated though the first may have been carried out (services §2.10).
    pub fn repeatable(self) -> bool {
        self.read_only || self.idempotent
    }
}

/// One resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteResource {
    /// Its address.
    pub uri: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: Option<String>,
    /// Its type.
    pub mime_type: Option<String>,
}

/// One prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemotePrompt {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
}
