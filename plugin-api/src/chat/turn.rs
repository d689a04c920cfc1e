//! Turns of a conversation in the one canonical shape that every backend can be given.
//!
//! Rules a renderer may rely on (spec backends §12): a tool result follows its call; several
//! system turns are joined by a blank line in order; an [`Opaque`] blob is replayed only to the
//! provider that made it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Instructions above the conversation.
    System,
    /// The person, or the host on the person's behalf.
    User,
    /// The model.
    Assistant,
    /// Results of the tools that the assistant called in the turn before.
    Tool,
}

/// One turn: a speaker and what was said, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// Who speaks.
    pub role: Role,
    /// What was said, in order. May be empty only for an assistant that said nothing.
    pub parts: Vec<Part>,
    /// Which provider and model made this turn; absent for turns made by the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

impl Turn {
    /// A turn of one text part, made by the host.
    pub fn text(role: Role, text: impl Into<String>) -> Self {
        Self {
            role,
            parts: vec![Part::text(text)],
            origin: None,
        }
    }

    /// All text parts joined, without reasoning, calls or results.
    pub fn joined_text(&self) -> String {
        self.parts.iter().filter_map(Part::as_text).collect()
    }
}

/// Who made a turn. Compared as written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The plugin's backend type, for example `vllm`.
    pub provider: String,
    /// The model's name as the provider knows it.
    pub model: String,
}

/// One piece of a turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Part {
    /// Plain text.
    Text {
        /// The text, undecorated.
        text: String,
    },
    /// A picture.
    Image(Image),
    /// What the model thought before it answered, kept to be replayed.
    Reasoning {
        /// Readable text or summary; may be empty when the provider hides it.
        #[serde(default)]
        text: String,
        /// What the provider wants back unchanged (signatures, encrypted content).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        opaque: Option<Opaque>,
    },
    /// The model asks for a tool.
    ToolCall {
        /// Canonical id, unique within the conversation.
        id: String,
        /// Tool name as offered in [`Call::tools`](super::Call::tools).
        name: String,
        /// Arguments, parsed. A JSON object for well-formed calls.
        arguments: Value,
    },
    /// What the tool gave.
    ToolResult {
        /// Id of the call this answers.
        call_id: String,
        /// The called tool's name (some providers want it again).
        name: String,
        /// Text and images of the result.
        parts: Vec<Part>,
        /// Whether the tool failed.
        #[serde(default)]
        is_error: bool,
    },
    /// A tool that ran at the provider; replayed only there.
    ServerTool {
        /// The provider's own block or item, unchanged.
        opaque: Opaque,
    },
}

impl Part {
    /// A text part.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into() }
    }

    /// The text, when this is a text part.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text { text } => Some(text),
            _ => None,
        }
    }
}

/// A picture, by value or by address. Exactly one of `data` and `url` is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Media type, for example `image/png`.
    pub mime: String,
    /// Base64, standard alphabet with padding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// An address that the provider can fetch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// Bytes of a provider that only this provider understands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Opaque {
    /// The backend type that made it; it is replayed only there.
    pub provider: String,
    /// The provider's value, unchanged.
    pub value: Value,
}
