//! The handle to one server of one agent.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::shared::Shared;
use crate::{
    CallError, CallOptions, CallResult, ClientSpec, Event, RemotePrompt, RemoteResource,
    RemoteTool, State,
};

/// One server of one agent. Cheap to clone; every clone is the same session. The session ends with
/// the last clone, but only [`close`](Self::close) waits for that.
#[derive(Clone)]
pub struct Client(Arc<Shared>);

impl Client {
    /// A client that does nothing until it is started.
    pub fn new(spec: ClientSpec) -> Self {
        Self(Arc::new(Shared::new(spec)))
    }

    /// The server's configured name.
    pub fn name(&self) -> &str {
        &self.0.spec.server.name
    }

    /// Whether the agent cannot take part without it.
    pub fn required(&self) -> bool {
        self.0.spec.server.required
    }

    /// Connects in the background; `notify` hears of everything from here on. Must not block.
    pub fn start(&self, notify: Arc<dyn Fn(Event) + Send + Sync>) {
        self.0.start(notify);
    }

    /// Waits until the server is connected, failed or left alone, and its tools are listed; for
    /// tools that are listed anew, half a second. A server that failed or went away is tried again
    /// first, unless it is left alone or trying again is pointless.
    pub async fn settled(&self) -> State {
        self.0.ensure();
        self.0.settle().await;
        self.0.listed().await;
        self.state()
    }

    /// Like [`settled`](Self::settled), but waits for the first start only: what is tried again
    /// goes on in the background.
    pub async fn started(&self) -> State {
        self.0.ensure();
        self.0.started().await;
        self.0.listed().await;
        self.state()
    }

    /// What the server is now.
    pub fn state(&self) -> State {
        self.0.state()
    }

    /// The tools as last listed, in the server's order; also while it is away or left alone.
    pub fn tools(&self) -> Arc<[RemoteTool]> {
        self.0.offer().tools
    }

    /// The server's words on how to use it, not capped.
    pub fn instructions(&self) -> Option<Arc<str>> {
        self.0.instructions()
    }

    /// The resources as last listed.
    pub fn resources(&self) -> Arc<[RemoteResource]> {
        self.0.offer().resources
    }

    /// The prompts as last listed.
    pub fn prompts(&self) -> Arc<[RemotePrompt]> {
        self.0.offer().prompts
    }

    /// Calls a tool by the server's own name for it, connecting first if need be. Repeated only
    /// where that cannot do harm (services §2.10). Dropping the future cancels the call.
    ///
    /// # Errors
    ///
    /// Anything but a result of the tool.
    pub async fn call(
        &self,
        tool: &str,
        arguments: Map<String, Value>,
        options: CallOptions,
    ) -> Result<CallResult, CallError> {
        self.0.call(tool, &arguments, &options).await
    }

    /// Ends the session and its processes, within six seconds. Later calls fail.
    pub async fn close(&self) {
        self.0.close().await;
    }
}
