//! What a reply is made of, piece by piece.
//!
//! On the boundary a chunk is `kind + index + text + json` with an open number for the kind, so an
//! old host can log, count and forward a kind it does not know. [`Chunk`] is the typed view of the
//! kinds this crate knows; the numbers are fixed for ever (design of the ABI, section 8).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Opaque;

/// The number of a chunk's kind. Numbers are never reused; 1000–1999 are private to a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChunkKind(pub u32);

impl ChunkKind {
    /// [`Chunk::Text`].
    pub const TEXT: Self = Self(1);
    /// [`Chunk::Reasoning`].
    pub const REASONING: Self = Self(2);
    /// [`Chunk::ReasoningDone`].
    pub const REASONING_DONE: Self = Self(3);
    /// [`Chunk::ToolCallStart`].
    pub const TOOL_CALL_START: Self = Self(4);
    /// [`Chunk::ToolCallDelta`].
    pub const TOOL_CALL_DELTA: Self = Self(5);
    /// [`Chunk::ToolCall`].
    pub const TOOL_CALL: Self = Self(6);
    /// [`Chunk::ServerTool`].
    pub const SERVER_TOOL: Self = Self(7);
    /// [`Chunk::Citation`].
    pub const CITATION: Self = Self(8);
    /// [`Chunk::Usage`].
    pub const USAGE: Self = Self(9);
    /// [`Chunk::Refusal`].
    pub const REFUSAL: Self = Self(10);
    /// [`Chunk::Status`].
    pub const STATUS: Self = Self(11);
    /// [`Chunk::Debug`].
    pub const DEBUG: Self = Self(12);
    /// [`Chunk::Done`].
    pub const DONE: Self = Self(15);

    /// Whether this number belongs to the plugin alone: logged, never interpreted.
    pub fn is_private(self) -> bool {
        (1000..2000).contains(&self.0)
    }
}

/// One piece of a reply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Chunk {
    /// Text of the reply, undecorated, to be appended.
    Text {
        /// The new text.
        text: String,
    },
    /// Thinking made visible, to be appended.
    Reasoning {
        /// The new text.
        text: String,
        /// Full text or summary.
        form: ReasoningForm,
        /// Which block of reasoning this belongs to, from 0.
        index: u32,
    },
    /// A block of reasoning is complete.
    ReasoningDone {
        /// Which block, from 0.
        index: u32,
        /// What the provider wants replayed, if anything.
        opaque: Option<Opaque>,
    },
    /// A tool call began; its arguments follow.
    ToolCallStart {
        /// Position among the calls of this reply, from 0.
        index: u32,
        /// The call's id.
        id: String,
        /// The tool's name.
        name: String,
    },
    /// More of a call's argument text.
    ToolCallDelta {
        /// Position among the calls of this reply, from 0.
        index: u32,
        /// The new text.
        text: String,
    },
    /// A complete call with parsed arguments; sent once per call, whatever came before.
    ToolCall(ToolCall),
    /// A tool that runs at the provider changed its state.
    ServerTool(ServerToolStatus),
    /// A source for something said.
    Citation {
        /// Title, may be empty.
        title: String,
        /// Address.
        url: String,
    },
    /// What the call cost so far; the last one counts.
    Usage(Usage),
    /// The model declined; the text says why.
    Refusal {
        /// The new text of the refusal.
        text: String,
    },
    /// A remark about progress, for people.
    Status {
        /// One line.
        text: String,
    },
    /// A line for the log.
    Debug {
        /// One line.
        text: String,
        /// `error`, `warn`, `info`, `debug` or `trace`.
        level: String,
    },
    /// The reply is complete. Exactly one, and nothing after it.
    Done(Done),
    /// A kind this crate does not know.
    Other {
        /// Its number.
        number: ChunkKind,
        /// Its text.
        text: String,
        /// Its data.
        json: Value,
    },
}

impl Chunk {
    /// A text chunk.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into() }
    }

    /// Whether a person has seen something of the reply once this chunk was shown. After such a
    /// chunk the host never retries.
    pub fn is_visible(&self) -> bool {
        matches!(
            self,
            Self::Text { .. }
                | Self::Reasoning { .. }
                | Self::ToolCallStart { .. }
                | Self::ToolCallDelta { .. }
                | Self::ToolCall(_)
                | Self::ServerTool(_)
                | Self::Refusal { .. }
        )
    }
}

/// Full thinking, or the provider's summary of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasoningForm {
    /// The thinking itself.
    #[default]
    Text,
    /// A summary of it.
    Summary,
}

/// A complete tool call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// Position among the calls of this reply, from 0.
    pub index: u32,
    /// Unique within the reply; the provider's, or made by the plugin when the provider gave none.
    pub id: String,
    /// The tool's name, as the model wrote it.
    pub name: String,
    /// Parsed arguments. Blank argument text is `{}`; text that is no JSON is a JSON string, and
    /// the host tells the model so.
    pub arguments: Value,
}

/// State of a tool that runs at the provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ServerToolStatus {
    /// The provider's name of the tool, for example `web_search`.
    pub name: String,
    /// `started`, `running`, `completed` or `failed`.
    pub status: String,
    /// Query, code or result in words; may be empty.
    #[serde(default)]
    pub detail: String,
    /// What has to be replayed in the next call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opaque: Option<Opaque>,
}

/// Tokens of one call. Absent means the provider did not say; it never means 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Prompt tokens, cached ones included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<u64>,
    /// Prompt tokens that came from a cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_input: Option<u64>,
    /// Prompt tokens written to a cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_write: Option<u64>,
    /// Generated tokens, reasoning included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<u64>,
    /// Generated tokens that were reasoning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<u64>,
    /// Tools that ran at the provider and are paid by the call, for example web searches. Since
    /// minor 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_tools: Option<u64>,
    /// What the provider itself says the call cost, in millionths of a US dollar; it wins over any
    /// table of prices. Since minor 3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_micro_usd: Option<u64>,
}

/// How a reply ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Done {
    /// Why it ended.
    pub finish: FinishReason,
    /// The provider's id of the response, for support requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_id: Option<String>,
    /// The model that answered, as the provider names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

/// Why a reply ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// The model was done.
    Stop,
    /// The token limit was reached.
    Length,
    /// The model waits for tool results.
    ToolCalls,
    /// The provider's filter cut it off.
    ContentFilter,
    /// The model declined.
    Refusal,
    /// The provider paused; sending the conversation again goes on.
    Pause,
    /// Anything else the provider said.
    #[serde(other)]
    Other,
}
