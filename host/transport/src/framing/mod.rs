//! Cuts a response body into payloads: events, lines, or bytes as they come.
//!
//! A frame is a payload and nothing else, so whoever waits for one is not disturbed by comments,
//! keep-alives and blank lines. Bodies of responses that are no success come whole, because they
//! are error documents, whatever framing was asked for.

mod ndjson;
mod sse;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt as _};
use massgen_plugin::wire::Framing;

use crate::answer::{Answer, Body};
use crate::{Piece, TransportError};

/// The longest event or line, in bytes: what the host accepts as one payload (design of the ABI,
/// section 6, rule 8).
const MAX_FRAME: usize = 16 * 1024 * 1024;
/// How much of an error document is kept, in bytes.
const MAX_ERROR_BODY: usize = 64 * 1024;

/// The payloads of one response, without head and end.
pub(crate) type Payloads = BoxStream<'static, Result<Piece, TransportError>>;

pub(crate) fn payloads(answer: Answer, framing: Framing) -> Payloads {
    if !answer.is_success() {
        return stream::once(whole(answer.body))
            .filter_map(std::future::ready)
            .boxed();
    }
    match framing {
        Framing::Sse if answer.is_json() => document(answer.body).map(as_frame).boxed(),
        Framing::Sse => sse::events(answer.body).map(as_frame).boxed(),
        Framing::Ndjson => ndjson::lines(answer.body).map(as_frame).boxed(),
        Framing::Raw => answer.body.filter_map(as_bytes).boxed(),
    }
}

/// A server that ignores the wish for a stream answers with one JSON document: that is one event.
fn document(mut body: Body) -> impl Stream<Item = Result<Bytes, TransportError>> + Send {
    stream::once(async move {
        let mut all = Vec::new();
        while let Some(piece) = body.next().await {
            all.extend_from_slice(&piece?);
            if all.len() > MAX_FRAME {
                return Err(TransportError::FrameTooLong { limit: MAX_FRAME });
            }
        }
        match std::str::from_utf8(&all) {
            Ok(_) => Ok(all.into()),
            Err(_) => Err(TransportError::NotUtf8),
        }
    })
}

fn as_frame(frame: Result<Bytes, TransportError>) -> Result<Piece, TransportError> {
    frame.map(Piece::Frame)
}

async fn as_bytes(piece: Result<Bytes, TransportError>) -> Option<Result<Piece, TransportError>> {
    match piece {
        Ok(bytes) if bytes.is_empty() => None,
        piece => Some(piece.map(Piece::Bytes)),
    }
}

/// The body in one piece, cut off at [`MAX_ERROR_BODY`]; nothing for an empty one. What came
/// before the connection broke still says more than the break.
async fn whole(mut body: Body) -> Option<Result<Piece, TransportError>> {
    let mut all = Vec::new();
    while all.len() < MAX_ERROR_BODY {
        match body.next().await {
            Some(Ok(piece)) => all.extend_from_slice(&piece),
            Some(Err(error)) if all.is_empty() => return Some(Err(error)),
            Some(Err(_)) | None => break,
        }
    }
    all.truncate(MAX_ERROR_BODY);
    (!all.is_empty()).then(|| Ok(Piece::Bytes(all.into())))
}

#[cfg(test)]
mod tests;
