//! What the one who makes a call is told, as plain data.

use std::time::Duration;

use massgen_plugin::chat::Chunk;
use massgen_plugin::{Fault, FaultCode};
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
