//! Asks a server which protocol it speaks, without being confused by a late answer.
//!
//! The newest revision has no greeting: a client asks `server/discover` and, when the server does
//! not know that or is silent, greets it the old way. A server that is still starting answers both
//! questions when it comes up; the first answer must then not be taken for the second.

use rmcp::RoleClient;
use rmcp::model::{ClientRequest, JsonRpcMessage, RequestId};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;

/// A transport that drops the answer to `server/discover` once the old greeting was sent.
pub(crate) struct Probe<T> {
    inner: T,
    asked: Vec<RequestId>,
    greeted: bool,
}

impl<T> Probe<T> {
    pub(crate) fn new(inner: T) -> Self {
        Self {
            inner,
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

    fn is_late(&self, message: &RxJsonRpcMessage<RoleClient>) -> bool {
        let id = match message {
            JsonRpcMessage::Response(response) => Some(&response.id),
            JsonRpcMessage::Error(error) => error.id.as_ref(),
            _ => None,
        };
        self.greeted && id.is_some_and(|id| self.asked.contains(id))
    }
}

impl<T: Transport<RoleClient>> Transport<RoleClient> for Probe<T> {
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
            if self.is_late(&message) {
                tracing::debug!("an MCP server answered `server/discover` late");
            } else {
                return Some(message);
            }
        }
    }

    fn close(&mut self) -> impl Future<Output = Result<(), Self::Error>> + Send {
        self.inner.close()
    }
}
