//! What a program writes: framed, masked, and read only while somebody takes it.

use std::io;
use std::pin::pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use framing::FrameError;
use futures_util::stream::{self, Stream, StreamExt as _};
use massgen_plugin::abi::EventKind;
use massgen_plugin::wire::Framing;
use massgen_plugin::{Fault, FaultCode};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use transport::{RedactStream, Secret};

use super::begin::Outlet;

/// Most bytes read at a time.
const PIECE: usize = 64 << 10;
/// How long a pipe may be silent whose program is gone: what holds it open left the group.
const SILENCE: Duration = Duration::from_millis(300);
/// Most bytes that a pipe may hold when its program is gone; more are not the program's.
const LEFT: usize = 1 << 20;
/// How much of standard error is kept for the end.
const TAIL: usize = 8 << 10;

/// Standard output, frame by frame, to its end.
pub(super) async fn frames(
    stdout: impl AsyncRead + Unpin + Send,
    (framing, limit): (Framing, u64),
    secrets: &[Secret],
    gone: &CancellationToken,
    outlet: &Outlet,
) -> Result<(), Fault> {
    let bytes = pieces(stdout, gone);
    if framing == Framing::Raw {
        masked(bytes, secrets, |it| outlet.tell(EventKind::PROCESS_OUT, it)).await;
        return Ok(());
    }
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut lines = pin!(framing::lines(bytes, limit));
    while let Some(line) = lines.next().await {
        let line = line.map_err(|error| unreadable(&error))?;
        let mut mask = RedactStream::new(secrets);
        let mut shown = mask.push(&line);
        shown.extend(mask.finish());
        outlet.tell(EventKind::PROCESS_OUT, shown.into()).await;
    }
    Ok(())
}

fn unreadable(error: &FrameError<io::Error>) -> Fault {
    let what = match error {
        FrameError::TooLong { limit } => format!("a line of more than {limit} bytes"),
        FrameError::NotUtf8 => "what is not UTF-8".to_owned(),
        other => return Fault::new(FaultCode::INTERNAL, other.to_string()),
    };
    Fault::new(FaultCode::PROTOCOL, format!("the program wrote {what}"))
}

/// Standard error as it comes, to its end; gives the end of it, as text.
pub(super) async fn complaints(
    stderr: impl AsyncRead + Unpin + Send,
    secrets: &[Secret],
    gone: &CancellationToken,
    outlet: &Outlet,
) -> String {
    let mut tail = Vec::new();
    masked(pieces(stderr, gone), secrets, |piece| {
        tail.extend_from_slice(&piece);
        let excess = tail.len().saturating_sub(TAIL);
        tail.drain(..excess);
        outlet.tell(EventKind::PROCESS_ERR, piece)
    })
    .await;
    as_text(&tail)
}

/// The text of these bytes, without the half of a character that they may begin with.
fn as_text(tail: &[u8]) -> String {
    let half = |byte: &&u8| **byte & 0xC0 == 0x80;
    let begin = tail.iter().take(3).take_while(half).count();
    String::from_utf8_lossy(&tail[begin..]).into_owned()
}

async fn masked<F: Future<Output = ()>>(
    pieces: impl Stream<Item = io::Result<Bytes>>,
    secrets: &[Secret],
    mut tell: impl FnMut(Bytes) -> F,
) {
    let mut mask = RedactStream::new(secrets);
    let mut pieces = pin!(pieces);
    // A pipe that cannot be read any more has ended.
    while let Some(Ok(piece)) = pieces.next().await {
        let shown = mask.push(&piece);
        if !shown.is_empty() {
            tell(shown.into()).await;
        }
    }
    let rest = mask.finish();
    if !rest.is_empty() {
        tell(rest.into()).await;
    }
}

/// The bytes of a pipe to its end; or, when its program is `gone` and something else holds it open,
/// until that is silent.
fn pieces<R: AsyncRead + Unpin + Send>(
    pipe: R,
    gone: &CancellationToken,
) -> impl Stream<Item = io::Result<Bytes>> + Send {
    let state = (pipe, BytesMut::new(), LEFT);
    stream::unfold(state, move |(mut pipe, mut buffer, mut left)| async move {
        buffer.reserve(PIECE);
        let read = tokio::select! {
            biased;
            read = pipe.read_buf(&mut buffer) => read,
            () = silence(gone) => return None,
        };
        match read {
            Ok(0) => None,
            Ok(count) if gone.is_cancelled() && count > left => None,
            Ok(count) => {
                left -= if gone.is_cancelled() { count } else { 0 };
                Some((Ok(buffer.split().freeze()), (pipe, buffer, left)))
            }
            Err(error) => Some((Err(error), (pipe, buffer, 0))),
        }
    })
}

async fn silence(gone: &CancellationToken) {
    gone.cancelled().await;
    sleep(SILENCE).await;
}
