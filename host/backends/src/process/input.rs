//! What is written to a program: one write after the other, each answered when it was taken.

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream;
use massgen_plugin::abi::EventKind;
use massgen_plugin::{Fault, FaultCode};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::ops::{Happening, Operation};

/// One write.
#[derive(Debug)]
pub(super) struct Write {
    pub(super) bytes: Vec<u8>,
    pub(super) close: bool,
    /// Why it was not taken, in words.
    pub(super) taken: oneshot::Sender<Result<(), String>>,
}

/// Where the writes of one program arrive. How much may wait is the step contract's limit.
pub(super) type Inbox = mpsc::UnboundedReceiver<Write>;

/// The way to a program's standard input; dropping it closes that.
#[derive(Debug)]
pub(crate) struct Input(mpsc::UnboundedSender<Write>);

impl Input {
    pub(super) fn new() -> (Self, Inbox) {
        let (sender, inbox) = mpsc::unbounded_channel();
        (Self(sender), inbox)
    }

    /// Writes after all that was written before.
    pub(crate) fn write(&self, ticket: u64, bytes: Vec<u8>, close: bool) -> Operation {
        let (taken, answer) = oneshot::channel();
        // Who is gone drops the answer.
        drop(self.0.send(Write {
            bytes,
            close,
            taken,
        }));
        stream::once(async move {
            match answer.await {
                Ok(Ok(())) => Happening {
                    kind: EventKind::COMPLETED,
                    ticket,
                    data: Bytes::new(),
                    ..Happening::start()
                },
                Ok(Err(why)) => failed(ticket, &why),
                Err(_) => failed(ticket, "the program has ended"),
            }
        })
        .boxed()
    }
}

fn failed(ticket: u64, why: &str) -> Happening {
    Happening::failed(ticket, &Fault::new(FaultCode::UPSTREAM, why))
}

/// The answer to a write for a ticket under which no program runs.
pub(crate) fn no_program(ticket: u64) -> Operation {
    let happening = failed(ticket, "no program runs under this ticket");
    stream::once(std::future::ready(happening)).boxed()
}

/// Carries writes out, as fast as the program takes them; `note` hears of each before, `closed` of
/// the end of the input. Never returns: what comes after that is answered too.
pub(super) async fn carry(
    stdin: impl AsyncWrite + Unpin,
    mut inbox: Inbox,
    closed: &CancellationToken,
    mut note: impl FnMut(),
) -> std::convert::Infallible {
    let mut stdin = Some(stdin);
    while let Some(write) = inbox.recv().await {
        note();
        let outcome = match &mut stdin {
            Some(pipe) => put(pipe, &write.bytes).await,
            None => Err("its standard input is closed".to_owned()),
        };
        if write.close || outcome.is_err() {
            stdin = None;
            closed.cancel();
        }
        // A plugin that gave the write up needs no answer.
        let _ = write.taken.send(outcome);
    }
    drop(stdin);
    closed.cancel();
    std::future::pending().await
}

async fn put(pipe: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> Result<(), String> {
    let put = async {
        pipe.write_all(bytes).await?;
        pipe.flush().await
    };
    put.await
        .map_err(|error: std::io::Error| format!("the program does not read its input: {error}"))
}
