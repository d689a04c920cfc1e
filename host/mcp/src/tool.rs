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

/// What a server says about the effects of a tool; `None`: it does not say. An explicit "no" is
/// more than silence, so the protocol's defaults are put in only where they are asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hints {
    /// `readOnlyHint`: it changes nothing. By default it may.
    pub read_only: Option<bool>,
    /// `destructiveHint`: it may destroy something. By default it may.
    pub destructive: Option<bool>,
    /// `idempotentHint`: calling it twice does no more than calling it once. By default it does.
    pub idempotent: Option<bool>,
    /// `openWorldHint`: it reaches the world outside. By default it does.
    pub open_world: Option<bool>,
}

impl Hints {
    /// Whether a call may be repeated though the first may have been carried out (services §2.10).
    /// What is not said counts as the protocol's default: no.
    pub fn repeatable(self) -> bool {
        self.read_only == Some(true) || self.idempotent == Some(true)
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
