//! Newline-delimited JSON, by tokio-util's line codec. Whether a line is JSON is for its reader.

use std::io;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use tokio_util::codec::{FramedRead, LinesCodec, LinesCodecError};
use tokio_util::io::StreamReader;

use super::MAX_FRAME;
use crate::TransportError;
use crate::answer::Body;

/// Each line that is not blank, without its line end. The last one needs none.
pub(super) fn lines(body: Body) -> impl Stream<Item = Result<Bytes, TransportError>> + Send {
    let reader = StreamReader::new(body.map_err(io::Error::other));
    FramedRead::new(reader, LinesCodec::new_with_max_length(MAX_FRAME)).filter_map(|line| {
        std::future::ready(match line {
            Ok(line) if line.trim().is_empty() => None,
            Ok(line) => Some(Ok(Bytes::from(line))),
            Err(error) => Some(Err(unwrapped(error))),
        })
    })
}

/// Our own error comes back as it went in; the codec's other one is about UTF-8.
fn unwrapped(error: LinesCodecError) -> TransportError {
    match error {
        LinesCodecError::MaxLineLengthExceeded => TransportError::FrameTooLong { limit: MAX_FRAME },
        LinesCodecError::Io(error) => error.downcast().unwrap_or(TransportError::NotUtf8),
    }
}
