//! One request and its response, pulled piece by piece.
//!
//! Nothing is sent before the first pull, and nothing is read between pulls: that is the
//! backpressure. Dropping an exchange closes its connection.

use std::fmt;

use bytes::Bytes;
use framing::{FrameError, Payload, payloads};
use futures_util::StreamExt as _;
use futures_util::future::{BoxFuture, ready};
use futures_util::stream::BoxStream;
use massgen_plugin::wire::Framing;

use crate::TransportError;
use crate::answer::Answer;
use crate::clocks::Clocks;

/// One step of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Always first.
    Head {
        /// HTTP status.
        status: u16,
        /// Names in lower case.
        headers: Vec<(String, String)>,
    },
    /// One event's data or one line of a 2xx response.
    Frame(Bytes),
    /// Bytes of a 2xx response in raw framing as they come, or the body of any other response in
    /// one piece, cut off at 64 KiB.
    Bytes(Bytes),
    /// Always last, unless an error was.
    End,
}

/// A request that is being made. See the module.
pub struct Exchange {
    state: State,
    clocks: Clocks,
    framing: Framing,
}

enum State {
    Asking(BoxFuture<'static, Result<Answer, TransportError>>),
    Reading(BoxStream<'static, Result<Payload, FrameError<TransportError>>>),
    Over,
}

impl Exchange {
    pub(crate) fn new(
        answer: BoxFuture<'static, Result<Answer, TransportError>>,
        framing: Framing,
        clocks: Clocks,
    ) -> Self {
        Self {
            state: State::Asking(answer),
            clocks,
            framing,
        }
    }

    /// An exchange that was refused before it began.
    pub(crate) fn refused(error: TransportError, clocks: Clocks) -> Self {
        Self::new(Box::pin(ready(Err(error))), Framing::Raw, clocks)
    }

    /// The next piece; `None` after [`Piece::End`] or an error. May be dropped and called again
    /// without losing anything.
    ///
    /// # Errors
    /// Any [`TransportError`]; the exchange is over then and its connection closed.
    pub async fn next(&mut self) -> Option<Result<Piece, TransportError>> {
        let step = match &mut self.state {
            State::Asking(answer) => self.clocks.race(answer).await.flatten().map(Step::Answer),
            State::Reading(pieces) => match self.clocks.race(pieces.next()).await {
                Ok(Some(payload)) => payload.map(Step::Payload).map_err(TransportError::from),
                Ok(None) => Ok(Step::End),
                Err(expired) => Err(expired),
            },
            State::Over => return None,
        };
        let piece = step.map(|step| self.advance(step));
        if piece.is_err() {
            self.state = State::Over;
        }
        Some(piece)
    }

    fn advance(&mut self, step: Step) -> Piece {
        match step {
            Step::Answer(answer) => {
                let Answer {
                    status,
                    headers,
                    body,
                } = answer;
                self.state = State::Reading(payloads(status, &headers, body, self.framing));
                Piece::Head { status, headers }
            }
            Step::Payload(payload) => {
                self.clocks.payload();
                match payload {
                    Payload::Frame(data) => Piece::Frame(data),
                    Payload::Bytes(data) => Piece::Bytes(data),
                }
            }
            Step::End => {
                self.state = State::Over;
                Piece::End
            }
        }
    }
}

enum Step {
    Answer(Answer),
    Payload(Payload),
    End,
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Asking(_) => "asking",
            State::Reading(_) => "reading",
            State::Over => "over",
        };
        f.debug_struct("Exchange")
            .field("state", &state)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
