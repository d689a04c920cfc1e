//! The handle to one server of one agent.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::{
    CallError, CallOptions, CallResult, ClientSpec, Event, RemotePrompt, RemoteResource,
    RemoteTool, State,
};

/// One server of one agent. Cheap to clone; every clone is the same session.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    spec: ClientSpec,
}

impl Client {
    /// A client that does nothing until it is started.
    pub fn new(spec: ClientSpec) -> Self {
        Self(Arc::new(Inner { spec }))
    }

    /// The server's configured name.
    pub fn name(&self) -> &str {
        &self.0.spec.server.name
    }

    /// Whether the agent cannot take part without it.
    pub fn required(&self) -> bool {
        self.0.spec.server.required
    }

    /// Connects in the background; `notify` hears of everything from here on.
    pub fn start(&self, notify: Arc<dyn Fn(Event) + Send + Sync>) {
        let _ = notify;
    }

    /// Waits until the server is connected, failed or left alone. A server that failed or went
    /// away is tried again first, unless it is left alone.
    pub async fn settled(&self) -> State {
        self.state()
    }

    /// What the server is now.
    pub fn state(&self) -> State {
        State::Idle
    }

    /// The tools as last listed, in the server's order.
    pub fn tools(&self) -> Arc<[RemoteTool]> {
        Arc::new([])
    }

    /// The server's words on how to use it.
    pub fn instructions(&self) -> Option<Arc<str>> {
        None
    }

    /// The resources as last listed.
    pub fn resources(&self) -> Arc<[RemoteResource]> {
        Arc::new([])
    }

    /// The prompts as last listed.
    pub fn prompts(&self) -> Arc<[RemotePrompt]> {
        Arc::new([])
    }

    /// Calls a tool by the server's own name for it, connecting first if need be. Repeated only
    /// where that cannot do harm (services §2.10).
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
        let _ = (tool, arguments, options);
        Err(CallError::Cancelled)
    }

    /// Ends the session and its processes, within about five seconds. Later calls fail.
    pub async fn close(&self) {}
}
