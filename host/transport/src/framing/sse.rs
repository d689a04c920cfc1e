//! Server-sent events, by the `sse-stream` crate, with two rules that it leaves to its user.
//!
//! The crate follows the HTML standard, which drops an event that no blank line ends; model
//! servers do end streams that way, so here the end of the body ends the last event. And the crate
//! bounds no event, so here one that grows beyond the limit is an error.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use sse_stream::{Error, Sse, SseByteStream};

use super::MAX_FRAME;
use crate::TransportError;
use crate::answer::Body;

/// The `data` of each event. Events without data, or with empty data, are keep-alives.
pub(super) fn events(body: Body) -> impl Stream<Item = Result<Bytes, TransportError>> + Send {
    let since_event = Arc::new(AtomicUsize::new(0));
    let fed = since_event.clone();
    let bounded = body.map(move |piece| {
        let piece = piece?;
        let pending = fed.fetch_add(piece.len(), Ordering::Relaxed);
        if pending > MAX_FRAME {
            return Err(TransportError::FrameTooLong { limit: MAX_FRAME });
        }
        Ok(piece)
    });
    let last_blank_line = stream::iter([Ok(Bytes::from_static(b"\n\n"))]);
    SseByteStream::new(bounded.chain(last_blank_line)).filter_map(move |event| {
        since_event.store(0, Ordering::Relaxed);
        std::future::ready(data(event))
    })
}

fn data(event: Result<Sse, Error>) -> Option<Result<Bytes, TransportError>> {
    match event {
        Ok(event) => event
            .data
            .filter(|data| !data.is_empty())
            .map(|data| Ok(data.into())),
        Err(error) => Some(Err(unwrapped(error))),
    }
}

/// Our own error comes back as it went in; the crate's other ones are about UTF-8.
fn unwrapped(error: Error) -> TransportError {
    match error {
        Error::Body(source) => match source.downcast() {
            Ok(ours) => *ours,
            Err(_) => TransportError::NotUtf8,
        },
        _ => TransportError::NotUtf8,
    }
}
