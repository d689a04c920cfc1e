//! Stands between a transport and `rmcp`, for the two things where the order of messages matters.
//!
//! The newest revision has no greeting: a client asks `server/discover` and, when the server does
//! not know that or is silent, greets it the old way. A server that is still starting answers both
//! questions when it comes up; the first answer must then not be taken for the second. And reports
//! of progress are handed on here, because `rmcp` runs each in a task of its own, so that the last
//! ones would come after the result.

use rmcp::RoleClient;
use rmcp::model::{ClientRequest, JsonRpcMessage, RequestId, ServerNotification};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;

use crate::handler::Listeners;

/// A transport that drops the answer to `server/discover` once the old greeting was sent, and
/// hands progress to its listeners.
pub(crate) struct Relay<T> {
    inner: T,
    listeners: Listeners,
    asked: Vec<RequestId>,
    greeted: bool,
}

impl<T> Relay<T> {
    pub(crate) fn new(inner: T, listeners: Listeners) -> Self {
        Self {
            inner,
            listeners,
            asked: Vec::new(),
            greeted: false,
        }
    }

    fn note(&mut self, message: &TxJsonRpcMessage<RoleClient>) {
        if let JsonRpcMessage::Request(request) = message {
            match request.request {
                ClientRequest::DiscoverRequest(_) => self.asked.push(request.id.clone()),
                ClientRequest::InitializeRequest(_) => self.greeted = true,
                _ => {}
            }
        }
    }

    /// What is left for `rmcp`.
    fn pass(&self, message: RxJsonRpcMessage<RoleClient>) -> Option<RxJsonRpcMessage<RoleClient>> {
        let id = match &message {
            JsonRpcMessage::Response(response) => Some(&response.id),
            JsonRpcMessage::Error(error) => error.id.as_ref(),
            JsonRpcMessage::Notification(notification) => {
                if let ServerNotification::ProgressNotification(report) = &notification.notification
                {
                    self.listeners.tell(&report.params);
                    return None;
                }
                None
            }
            JsonRpcMessage::Request(_) => None,
        };
        if self.greeted && id.is_some_and(|id| self.asked.contains(id)) {
            tracing::debug!("an MCP server answered `server/discover` late");
            return None;
        }
        Some(message)
    }
}

impl<T: Transport<RoleClient>> Transport<RoleClient> for Relay<T> {
    type Error = T::Error;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleClient>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        self.note(&message);
        self.inner.send(message)
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleClient>> {
        loop {
            let message = self.inner.receive().await?;
            if let Some(message) = self.pass(message) {
                return Some(message);
            }
        }
    }

    fn close(&mut self) -> impl Future<Output = Result<(), Self::Error>> + Send {
        self.inner.close()
    }
}

#[cfg(test)]
mod tests {
    use rmcp::model::ProtocolVersion;
    use rmcp::service::{ClientLifecycleMode, serve_client_with_lifecycle};
    use serde_json::{Value, json};
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, split};

    use super::*;
    use crate::pipe::{Fault, Pipe};

    /// A server that comes up when both questions lie there, and answers them in order.
    async fn late(stream: tokio::io::DuplexStream) {
        let (reader, mut writer) = split(stream);
        let mut lines = BufReader::new(reader).lines();
        let mut questions = Vec::new();
        while questions.len() < 2 {
            let line = lines.next_line().await.unwrap().unwrap();
            questions.push(serde_json::from_str::<Value>(&line).unwrap());
        }
        assert_eq!(questions[0]["method"], "server/discover");
        let greeting = json!({
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "serverInfo": {"name": "late", "version": "1"},
        });
        for answer in [
            json!({"jsonrpc": "2.0", "id": questions[0]["id"], "error": {"code": -32601, "message": "what?"}}),
            json!({"jsonrpc": "2.0", "id": questions[1]["id"], "result": greeting}),
        ] {
            let line = format!("{answer}\n");
            writer.write_all(line.as_bytes()).await.unwrap();
        }
        lines.next_line().await.unwrap();
        std::future::pending().await
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_comes_up_late_is_not_confused_with_itself() {
        let (ours, theirs) = tokio::io::duplex(4096);
        let (reader, writer) = split(ours);
        let pipe = Pipe::new(reader, writer, Fault::default());
        tokio::spawn(late(theirs));
        let mode = ClientLifecycleMode::Auto {
            preferred_versions: vec![ProtocolVersion::LATEST],
            legacy_version: Some(ProtocolVersion::LATEST_WITH_INITIALIZE),
        };
        let relay = Relay::new(pipe, Listeners::default());
        let running = serve_client_with_lifecycle((), relay, mode).await.unwrap();
        let info = running.peer().peer_info().unwrap();
        assert_eq!(info.protocol_version, ProtocolVersion::V_2025_11_25);
    }
}
