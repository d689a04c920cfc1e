//! Operations under way: each is a stream of things that happen to the session.

use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use massgen_plugin::Fault;
use massgen_plugin::abi::EventKind;
use massgen_plugin::wire::HttpHead;
use transport::{Exchange, Piece};

/// Something that happens to a session: an event that owns its data.
#[derive(Debug, Clone)]
pub(crate) struct Happening {
    pub(crate) kind: EventKind,
    pub(crate) status: u32,
    pub(crate) ticket: u64,
    pub(crate) data: Bytes,
}

impl Happening {
    /// The first event.
    pub(crate) fn start() -> Self {
        Self {
            kind: EventKind::START,
            status: 0,
            ticket: 0,
            data: Bytes::new(),
        }
    }

    /// The last event.
    pub(crate) fn cancel() -> Self {
        Self {
            kind: EventKind::CANCEL,
            ..Self::start()
        }
    }

    /// Whether nothing follows under this ticket.
    pub(crate) fn is_last(&self) -> bool {
        [
            EventKind::HTTP_END,
            EventKind::FAILED,
            EventKind::TIMER,
            EventKind::COMPLETED,
            EventKind::PROCESS_END,
        ]
        .contains(&self.kind)
    }

    /// An operation that failed.
    pub(crate) fn failed(ticket: u64, fault: &Fault) -> Self {
        Self {
            kind: EventKind::FAILED,
            status: fault.code.0,
            ticket,
            data: json(fault),
        }
    }

    fn piece(ticket: u64, piece: Piece) -> Self {
        let (kind, status, data) = match piece {
            Piece::Head { status, headers } => (
                EventKind::HTTP_HEAD,
                u32::from(status),
                json(&HttpHead { headers }),
            ),
            Piece::Frame(data) => (EventKind::HTTP_FRAME, 0, data),
            Piece::Bytes(data) => (EventKind::HTTP_BYTES, 0, data),
            Piece::End => (EventKind::HTTP_END, 0, Bytes::new()),
        };
        Self {
            kind,
            status,
            ticket,
            data,
        }
    }
}

/// JSON of our own plain types, which cannot fail to serialise.
pub(crate) fn json<T: serde::Serialize>(value: &T) -> Bytes {
    serde_json::to_vec(value).unwrap_or_default().into()
}

/// What happens to one operation.
pub(crate) type Operation = BoxStream<'static, Happening>;

/// A request and its response.
pub(crate) fn http(ticket: u64, exchange: Exchange) -> Operation {
    stream::unfold(exchange, move |mut exchange| async move {
        let happening = match exchange.next().await? {
            Ok(piece) => Happening::piece(ticket, piece),
            Err(error) => Happening::failed(ticket, &error.fault()),
        };
        Some((happening, exchange))
    })
    .boxed()
}

/// A pause.
pub(crate) fn timer(ticket: u64, length: Duration) -> Operation {
    stream::once(async move {
        tokio::time::sleep(length).await;
        Happening {
            kind: EventKind::TIMER,
            ticket,
            ..Happening::start()
        }
    })
    .boxed()
}
