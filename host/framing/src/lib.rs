//! Cuts bytes into payloads: events, lines, or bytes as they come.
//!
//! For bodies of responses there is [`payloads`], for the output of a program [`lines`]. A frame is
//! a payload and nothing else, so whoever waits for one is not disturbed by comments, keep-alives
//! and blank lines. Bodies of responses that are no success come whole, because they are error
//! documents, whatever framing was asked for.
//!
//! Everything here is a stream over a stream: it reads nothing by itself, and waits only when its
//! source does. [`at_once`] is for sources that never wait.

mod error;
mod ndjson;
mod sse;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt as _, Stream, StreamExt as _};
use massgen_plugin::wire::Framing;

pub use error::FrameError;
pub use ndjson::lines;

/// The longest event or line of a response, in bytes: what the host accepts as one payload (design
/// of the ABI, section 6, rule 8).
pub const MAX_FRAME: usize = 16 * 1024 * 1024;
/// How much of an error document is kept, in bytes.
pub const MAX_ERROR_BODY: usize = 64 * 1024;

/// A piece of a response's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// One event's data or one line of a 2xx response.
    Frame(Bytes),
    /// Bytes of a 2xx response in raw framing as they come, or the body of any other response in
    /// one piece, cut off at [`MAX_ERROR_BODY`].
    Bytes(Bytes),
}

/// The payloads of one response with this status and these headers, whose names are in lower case.
pub fn payloads<E: std::error::Error + Send + Sync + 'static>(
    status: u16,
    headers: &[(String, String)],
    body: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
    framing: Framing,
) -> BoxStream<'static, Result<Payload, FrameError<E>>> {
    if !(200..300).contains(&status) {
        return stream::once(whole(body.boxed()))
            .filter_map(std::future::ready)
            .boxed();
    }
    match framing {
        Framing::Sse if is_json(headers) => document(body.boxed()).map(as_frame).boxed(),
        Framing::Sse => sse::events(body).map(as_frame).boxed(),
        Framing::Ndjson => lines(body, MAX_FRAME).map(as_frame).boxed(),
        Framing::Raw => body.filter_map(as_bytes).boxed(),
    }
}

/// The same of a body that is already there, in the pieces in which it came.
pub fn at_once<E: std::error::Error + Send + Sync + 'static>(
    status: u16,
    headers: &[(String, String)],
    body: Vec<Result<Bytes, E>>,
    framing: Framing,
) -> Vec<Result<Payload, FrameError<E>>> {
    let all = payloads(status, headers, stream::iter(body), framing).collect();
    // Such a body never waits, so there is always something.
    all.now_or_never().unwrap_or_default()
}

/// Whether the body is one JSON document, and no stream of them.
fn is_json(headers: &[(String, String)]) -> bool {
    let kind = headers.iter().find(|(name, _)| name == "content-type");
    kind.is_some_and(|(_, value)| {
        let kind = value.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("application/json")
    })
}

type Body<E> = BoxStream<'static, Result<Bytes, E>>;

/// A server that ignores the wish for a stream answers with one JSON document: that is one event.
fn document<E: Send + 'static>(
    mut body: Body<E>,
) -> impl Stream<Item = Result<Bytes, FrameError<E>>> + Send {
    stream::once(async move {
        let mut all = Vec::new();
        while let Some(piece) = body.next().await {
            all.extend_from_slice(&piece.map_err(FrameError::Source)?);
            if all.len() > MAX_FRAME {
                return Err(FrameError::TooLong { limit: MAX_FRAME });
            }
        }
        match std::str::from_utf8(&all) {
            Ok(_) => Ok(all.into()),
            Err(_) => Err(FrameError::NotUtf8),
        }
    })
}

fn as_frame<E>(frame: Result<Bytes, FrameError<E>>) -> Result<Payload, FrameError<E>> {
    frame.map(Payload::Frame)
}

async fn as_bytes<E>(piece: Result<Bytes, E>) -> Option<Result<Payload, FrameError<E>>> {
    match piece {
        Ok(bytes) if bytes.is_empty() => None,
        piece => Some(piece.map(Payload::Bytes).map_err(FrameError::Source)),
    }
}

/// The body in one piece, cut off at [`MAX_ERROR_BODY`]; nothing for an empty one. What came
/// before the connection broke still says more than the break.
async fn whole<E>(mut body: Body<E>) -> Option<Result<Payload, FrameError<E>>> {
    let mut all = Vec::new();
    while all.len() < MAX_ERROR_BODY {
        match body.next().await {
            Some(Ok(piece)) => all.extend_from_slice(&piece),
            Some(Err(error)) if all.is_empty() => return Some(Err(FrameError::Source(error))),
            Some(Err(_)) | None => break,
        }
    }
    all.truncate(MAX_ERROR_BODY);
    (!all.is_empty()).then(|| Ok(Payload::Bytes(all.into())))
}

#[cfg(test)]
mod tests;
