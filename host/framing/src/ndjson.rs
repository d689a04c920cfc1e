//! Newline-delimited JSON, by tokio-util's line codec. Whether a line is JSON is for its reader.

use std::io;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use tokio_util::codec::{FramedRead, LinesCodec, LinesCodecError};
use tokio_util::io::StreamReader;

use crate::FrameError;

/// Each line that is not blank, without its line end; `limit` is the longest, in bytes. The last
/// one needs no line end.
pub fn lines<E: std::error::Error + Send + Sync + 'static>(
    source: impl Stream<Item = Result<Bytes, E>> + Send,
    limit: usize,
) -> impl Stream<Item = Result<Bytes, FrameError<E>>> + Send {
    let reader =
        StreamReader::new(source.map_err(|error| io::Error::other(FrameError::Source(error))));
    FramedRead::new(reader, LinesCodec::new_with_max_length(limit)).filter_map(move |line| {
        std::future::ready(match line {
            Ok(line) if line.trim().is_empty() => None,
            Ok(line) => Some(Ok(Bytes::from(line))),
            Err(LinesCodecError::MaxLineLengthExceeded) => Some(Err(FrameError::TooLong { limit })),
            Err(LinesCodecError::Io(error)) => Some(Err(unwrapped(error))),
        })
    })
}

fn unwrapped<E: std::error::Error + 'static>(error: io::Error) -> FrameError<E> {
    error
        .into_inner()
        .map_or(FrameError::NotUtf8, FrameError::unwrapped)
}
