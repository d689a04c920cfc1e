//! What one model call asks: the conversation, the tools, the sampling parameters.
//!
//! A [`Call`] is given to a session as JSON. It holds no key and no address: those belong to the
//! backend's configuration and to the host.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Turn;

/// One model call.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The host's name for this call, for logs only. Never sent to a provider.
    pub id: String,
    /// The conversation, oldest turn first. Its bytes up to the newest turn are the same from
    /// call to call, so that provider prefix caches hit; a renderer keeps this property.
    pub turns: Vec<Turn>,
    /// Tools on offer, in the order in which they are to be sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<Tool>,
    /// Whether the model may, must or must not call a tool.
    #[serde(default)]
    pub tool_choice: ToolChoice,
    /// Sampling and length. Set values win over the backend's configuration.
    #[serde(default)]
    pub params: Params,
    /// Features this call cannot do without. A plugin that does not know one answers
    /// [`FaultCode::UNSUPPORTED`](crate::FaultCode::UNSUPPORTED), so nothing is dropped silently.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<String>,
}

/// A tool on offer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tool {
    /// Name, `[A-Za-z0-9_-]{1,64}`.
    pub name: String,
    /// What it does, for the model.
    pub description: String,
    /// JSON Schema of the arguments; an object schema.
    pub parameters: Value,
}

/// Whether a tool must be called. In JSON: `"auto"`, `"none"`, `"required"`, `{"tool": NAME}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolChoice {
    /// The model decides.
    #[default]
    Auto,
    /// No tool may be called.
    None,
    /// Some tool must be called.
    Required,
    /// This tool must be called.
    Tool(String),
}

/// Sampling and length parameters; absent means "as configured, else the provider's default".
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// 0 and up; higher is more random.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Nucleus sampling, 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// Most tokens to generate, reasoning included where the provider counts it so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_output_tokens: Option<u64>,
    /// Texts that end the reply.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<String>,
    /// Seed, where the provider has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<i64>,
    /// How hard to think, where the model can be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_effort: Option<Effort>,
    /// Form of the reply's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_format: Option<ResponseFormat>,
    /// Members for the provider's request body, as they are; they win over everything above.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// How hard a reasoning model thinks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effort {
    /// As little as the model can.
    Minimal,
    /// A little.
    Low,
    /// The usual amount.
    Medium,
    /// As much as it can.
    High,
}

/// Form of the reply's text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ResponseFormat {
    /// Any JSON object.
    JsonObject,
    /// JSON that matches a schema.
    JsonSchema {
        /// A short name for the schema, `[A-Za-z0-9_-]{1,64}`.
        name: String,
        /// The JSON Schema.
        schema: Value,
    },
}

/// A feature that a plugin may use or a call may require, with the ABI minor that brought it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Feature {
    /// Name as it stands in [`Call::requires`].
    pub name: &'static str,
    /// The ABI minor in which a host first understood it.
    pub since_minor: u32,
}

impl Feature {
    /// Text in, text out, function tools, server-sent events.
    pub const CHAT: Self = Self {
        name: "chat",
        since_minor: 0,
    };
    /// Pictures in user turns and tool results.
    pub const IMAGES: Self = Self {
        name: "images",
        since_minor: 0,
    };
    /// Replies whose text matches [`Params::response_format`].
    pub const STRUCTURED: Self = Self {
        name: "structured",
        since_minor: 0,
    };
    /// Requests before the main one ([`Translator::prelude`](crate::Translator::prelude)).
    pub const PRELUDE: Self = Self {
        name: "prelude",
        since_minor: 0,
    };
    /// Line-delimited JSON framing of a response body.
    pub const NDJSON: Self = Self {
        name: "ndjson",
        since_minor: 1,
    };
    /// The `timer` operation.
    pub const TIMER: Self = Self {
        name: "timer",
        since_minor: 1,
    };
    /// What the host lends to the agent: tools, files, the question of permission, the plugin's
    /// own store, and the workspace's path in the configuration.
    pub const LENT: Self = Self {
        name: "lent",
        since_minor: 2,
    };
    /// Programs: the operations `spawn` and `stdin`.
    pub const SPAWN: Self = Self {
        name: "spawn",
        since_minor: 3,
    };
}
