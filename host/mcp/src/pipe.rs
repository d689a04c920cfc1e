//! MCP over a pair of byte streams: one JSON object per line.
//!
//! Unlike the transport that comes with `rmcp`, this one never answers a line that it cannot
//! read, because a server that answers such an answer in kind would go on for ever; and an
//! unreadable answer to one of our requests fails that request at once instead of letting it wait.

use std::io;
use std::sync::{Arc, OnceLock};

use futures_util::StreamExt;
use rmcp::RoleClient;
use rmcp::model::{ErrorData, RequestId, ServerJsonRpcMessage};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::Mutex;
use tokio_util::codec::FramedRead;

use crate::lines::{Line, Lines};

/// The longest message taken.
const LONGEST: usize = 64 << 20;

/// Why a stream was ended by us, for whoever reports the end.
pub(crate) type Fault = Arc<OnceLock<&'static str>>;

/// The transport.
pub(crate) struct Pipe<R, W> {
    lines: FramedRead<R, Lines>,
    writer: Arc<Mutex<Option<W>>>,
    fault: Fault,
}

impl<R: AsyncRead, W> Pipe<R, W> {
    pub(crate) fn new(reader: R, writer: W, fault: Fault) -> Self {
        Self {
            lines: FramedRead::new(reader, Lines::new(LONGEST)),
            writer: Arc::new(Mutex::new(Some(writer))),
            fault,
        }
    }
}

impl<R, W> Transport<RoleClient> for Pipe<R, W>
where
    R: AsyncRead + Send + Unpin,
    W: AsyncWrite + Send + Unpin + 'static,
{
    type Error = io::Error;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleClient>,
    ) -> impl Future<Output = io::Result<()>> + Send + 'static {
        let writer = self.writer.clone();
        async move {
            let mut line = serde_json::to_vec(&message)?;
            line.push(b'\n');
            let mut writer = writer.lock().await;
            let writer = writer.as_mut().ok_or(io::ErrorKind::NotConnected)?;
            writer.write_all(&line).await?;
            writer.flush().await
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleClient>> {
        loop {
            match self.lines.next().await? {
                Ok(Line::Whole(line)) => {
                    if let Some(message) = read(&line) {
                        return Some(message);
                    }
                }
                // Whose answer it was cannot be told, so all who wait are told.
                Ok(Line::TooLong) => {
                    let _ = self.fault.set("it sent a message of more than 64 MiB");
                    return None;
                }
                Err(error) => {
                    tracing::debug!(%error, "an MCP server's output cannot be read");
                    return None;
                }
            }
        }
    }

    async fn close(&mut self) -> io::Result<()> {
        drop(self.writer.lock().await.take());
        Ok(())
    }
}

/// A line as a message; `None` for what is none.
fn read(line: &[u8]) -> Option<ServerJsonRpcMessage> {
    if line.iter().all(u8::is_ascii_whitespace) {
        return None;
    }
    let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
    match serde_json::from_slice(line) {
        Ok(message) => Some(message),
        Err(error) => {
            tracing::debug!(%error, bytes = line.len(), "a line of an MCP server is no message and is ignored");
            unreadable_answer(line)
        }
    }
}

/// An answer that names its request, but whose content is not MCP.
fn unreadable_answer(line: &[u8]) -> Option<ServerJsonRpcMessage> {
    #[derive(Deserialize)]
    struct Answer {
        id: RequestId,
        method: Option<serde::de::IgnoredAny>,
    }
    let answer: Answer = serde_json::from_slice(line).ok()?;
    let error = ErrorData::internal_error("its answer is not a valid MCP message", None);
    answer
        .method
        .is_none()
        .then(|| ServerJsonRpcMessage::error(error, Some(answer.id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: &str) {
        let shown = match read(line.as_bytes()) {
            None => "nothing".to_owned(),
            Some(message) => serde_json::to_string(&message).unwrap(),
        };
        assert_eq!(shown, expected, "{line}");
    }

    #[test]
    fn what_is_no_message_is_ignored_and_a_broken_answer_fails_its_request() {
        for garbage in [
            "",
            "  ",
            "Server running on stdio",
            "{",
            "[1]",
            r#"{"jsonrpc":"2.0"}"#,
            r#"{"jsonrpc":"2.0","id":null,"result":null}"#,
            r#"{"jsonrpc":"1.0","method":"x"}"#,
            r#"{"jsonrpc":"2.0","id":7,"method":"x","params":7}"#,
        ] {
            check(garbage, "nothing");
        }
        let failed = |id: &str| {
            format!(
                r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":-32603,"message":"its answer is not a valid MCP message"}}}}"#
            )
        };
        check(r#"{"jsonrpc":"2.0","id":7}"#, &failed("7"));
        check(
            r#"{"jsonrpc":"2.0","id":"a","error":"no"}"#,
            &failed(r#""a""#),
        );
        let answer = r#"{"jsonrpc":"2.0","id":7,"result":{}}"#;
        check(answer, answer);
        check(&format!("\u{feff}{answer}"), answer);
    }
}
