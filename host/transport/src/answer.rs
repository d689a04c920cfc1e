//! The head of a response and its body as it comes, from a socket or from a cassette.

use std::fmt;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;

use crate::TransportError;

/// Body bytes in the pieces in which they arrive.
pub(crate) type Body = BoxStream<'static, Result<Bytes, TransportError>>;

/// The longest body of an answer in bytes, after decompression: far beyond any reply of a model.
pub(crate) const MAX_BODY: usize = 64 * 1024 * 1024;

/// The body, with an error in place of what goes beyond [`MAX_BODY`].
pub(crate) fn bounded(body: Body, host: String) -> Body {
    let mut left = MAX_BODY;
    body.map(move |piece| {
        let piece = piece?;
        let limit = MAX_BODY;
        left = left
            .checked_sub(piece.len())
            .ok_or_else(|| TransportError::BodyTooLong {
                host: host.clone(),
                limit,
            })?;
        Ok(piece)
    })
    .boxed()
}

/// A response whose body is still to be read.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
}

impl Answer {
    /// Where a redirect points, when the status is one.
    pub(crate) fn redirect(&self) -> Option<&str> {
        if !matches!(self.status, 301 | 302 | 303 | 307 | 308) {
            return None;
        }
        let location = self.headers.iter().find(|(name, _)| name == "location");
        Some(location.map_or("nowhere", |(_, value)| value))
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}
