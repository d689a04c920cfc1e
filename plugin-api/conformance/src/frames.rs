//! A response as the events of its request, its body cut where the caller says.

use bytes::Bytes;
use framing::{FrameError, Payload};
use massgen_plugin::abi::EventKind;
use massgen_plugin::wire::{Framing, HttpHead};
use massgen_plugin::{Fault, FaultCode};
use serde::Serialize;

/// Something that happened to an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Happening {
    pub(crate) kind: EventKind,
    pub(crate) status: u32,
    pub(crate) ticket: u64,
    pub(crate) data: Vec<u8>,
}

impl Happening {
    pub(crate) fn new(kind: EventKind, ticket: u64, data: Vec<u8>) -> Self {
        Self {
            kind,
            status: 0,
            ticket,
            data,
        }
    }

    /// An operation of one event came to its end.
    pub(crate) fn completed(ticket: u64, data: Vec<u8>) -> Self {
        Self::new(EventKind::COMPLETED, ticket, data)
    }

    /// An operation failed.
    pub(crate) fn failed(ticket: u64, fault: &Fault) -> Self {
        Self {
            status: fault.code.0,
            ..Self::new(EventKind::FAILED, ticket, to_json(fault))
        }
    }

    /// Whether nothing more comes with its ticket.
    pub(crate) fn is_last(&self) -> bool {
        matches!(
            self.kind,
            EventKind::HTTP_END
                | EventKind::FAILED
                | EventKind::COMPLETED
                | EventKind::TIMER
                | EventKind::PROCESS_END
        )
    }
}

/// JSON of the contract's own plain types, which always serialise.
pub(crate) fn to_json<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

/// What a provider answers to one request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// The connection breaks after the body.
    pub(crate) breaks: bool,
}

/// The connection broke.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the connection to the server broke")]
struct Broke;

impl Answer {
    /// The events of the request `ticket` whose response is this, cut before each of `cuts`.
    pub(crate) fn events(&self, ticket: u64, framing: Framing, cuts: &[usize]) -> Vec<Happening> {
        let head = HttpHead {
            headers: self.headers.clone(),
        };
        let mut events = vec![Happening {
            status: u32::from(self.status),
            ..Happening::new(EventKind::HTTP_HEAD, ticket, to_json(&head))
        }];
        let pieces = self.pieces(cuts);
        for payload in framing::at_once(self.status, &self.headers, pieces, framing) {
            match payload {
                Ok(Payload::Frame(data)) => {
                    events.push(Happening::new(EventKind::HTTP_FRAME, ticket, data.to_vec()));
                }
                Ok(Payload::Bytes(data)) => {
                    events.push(Happening::new(EventKind::HTTP_BYTES, ticket, data.to_vec()));
                }
                Err(error) => {
                    events.push(Happening::failed(ticket, &fault_of(&error)));
                    return events;
                }
            }
        }
        events.push(Happening::new(EventKind::HTTP_END, ticket, Vec::new()));
        events
    }

    fn pieces(&self, cuts: &[usize]) -> Vec<Result<Bytes, Broke>> {
        let (mut pieces, mut from) = (Vec::new(), 0);
        for to in cuts.iter().copied().chain([self.body.len()]) {
            let piece = self.body.get(from..to).unwrap_or_default();
            pieces.push(Ok(Bytes::copy_from_slice(piece)));
            from = to.max(from);
        }
        pieces.extend(self.breaks.then_some(Err(Broke)));
        pieces
    }
}

/// What the host says of such an error.
fn fault_of(error: &FrameError<Broke>) -> Fault {
    let code = match error {
        FrameError::Source(Broke) => FaultCode::NETWORK,
        _ => FaultCode::PROTOCOL,
    };
    Fault::new(code, error.to_string())
}
