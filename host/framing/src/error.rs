//! Why bytes cannot be cut.

use std::convert::Infallible;
use std::error::Error;

/// Why there are no more payloads; `E` is the error of the source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError<E> {
    /// The source of the bytes failed.
    #[error(transparent)]
    Source(E),
    /// A stream of events or lines is not UTF-8.
    #[error("the stream is not UTF-8")]
    NotUtf8,
    /// An event or line has no end.
    #[error("an event of the stream is longer than {limit} bytes")]
    TooLong {
        /// The limit in bytes.
        limit: usize,
    },
}

impl<E> FrameError<E> {
    /// The source's error, or one of the framing itself.
    ///
    /// # Errors
    ///
    /// The framing's own error, without a source's.
    pub fn split(self) -> Result<E, FrameError<Infallible>> {
        match self {
            Self::Source(error) => Ok(error),
            Self::NotUtf8 => Err(FrameError::NotUtf8),
            Self::TooLong { limit } => Err(FrameError::TooLong { limit }),
        }
    }
}

impl<E: Error + 'static> FrameError<E> {
    /// An error that went through somebody else's code comes back as it went in; what else such
    /// code complains about is UTF-8.
    pub(crate) fn unwrapped(error: Box<dyn Error + Send + Sync>) -> Self {
        error.downcast().map_or(Self::NotUtf8, |ours| *ours)
    }
}
