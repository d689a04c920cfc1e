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

use crate::{FrameError, MAX_FRAME};

/// The `data` of each event. Events without data, or with empty data, are keep-alives.
pub(crate) fn events<E: std::error::Error + Send + Sync + 'static>(
    body: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
) -> impl Stream<Item = Result<Bytes, FrameError<E>>> + Send {
    let since_event = Arc::new(AtomicUsize::new(0));
    let fed = since_event.clone();
    let bounded = body.map(move |piece| {
        let piece = piece.map_err(FrameError::Source)?;
        let pending = fed.fetch_add(piece.len(), Ordering::Relaxed);
        if pending > MAX_FRAME {
            return Err(FrameError::TooLong { limit: MAX_FRAME });
        }
        Ok(piece)
    });
    let last_blank_line = stream::iter([Ok(Bytes::from_static(b"\n\n"))]);
    SseByteStream::new(bounded.chain(last_blank_line)).filter_map(move |event| {
        since_event.store(0, Ordering::Relaxed);
        std::future::ready(data(event))
    })
}

fn data<E: std::error::Error + 'static>(
    event: Result<Sse, Error>,
) -> Option<Result<Bytes, FrameError<E>>> {
    match event {
        Ok(event) => event
            .data
            .filter(|data| !data.is_empty())
            .map(|data| Ok(data.into())),
        Err(Error::Body(source)) => Some(Err(FrameError::unwrapped(source))),
        Err(_) => Some(Err(FrameError::NotUtf8)),
    }
}
