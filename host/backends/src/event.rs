//! What the one who makes a call is told, as plain data.

use std::time::Duration;

use massgen_plugin::chat::Chunk;
use massgen_plugin::{Fault, FaultCode};
use serde_json::Value;
use tokio::sync::mpsc;

/// What happens during a call.
#[derive(Debug, Clone, PartialEq)]
pub enum CallEvent {
    /// A piece of the reply.
    Chunk(Chunk),
    /// The call waits before it is sent (again).
    Waiting {
        /// Why: the fault of the try before, or `None` when others use the provider's limit up.
        after: Option<Fault>,
        /// How long at most.
        wait: Duration,
    },
    /// The plugin uses a tool: one of the host, or one of its provider that it may not use.
    ToolCall {
        /// The call's id, as the plugin says it.
        id: String,
        /// The tool.
        name: String,
        /// Its arguments.
        arguments: Value,
    },
    /// How far a tool of the host is that the plugin called.
    ToolProgress {
        /// The call's id.
        id: String,
        /// The tool.
        name: String,
        /// The tool's words.
        text: String,
    },
    /// What a [`ToolCall`](Self::ToolCall) gave, a refusal included.
    ToolResult {
        /// The call's id.
        id: String,
        /// The tool.
        name: String,
        /// Whether it failed or was refused.
        is_error: bool,
        /// Its text.
        text: String,
    },
    /// Something about the plugin for the log.
    PluginWarning(String),
    /// The call is over.
    Ended(Result<(), Fault>),
}

/// Tells the consumer; a consumer that went away cancels.
pub(crate) async fn tell(out: &mpsc::Sender<CallEvent>, event: CallEvent) -> Result<(), Fault> {
    let gone = |_| Fault::new(FaultCode::CANCELLED, "nobody waits for the call");
    out.send(event).await.map_err(gone)
}
