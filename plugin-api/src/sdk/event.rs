//! What a session is told, and what it can do about it.

use crate::abi::{EventKind, OpKind, Verdict};
use crate::chat::Chunk;
use crate::fault::{Fault, FaultCode};
use crate::wire::{
    FilePath, HttpHead, HttpRequest, ProcessEnd, Question, Spawn, Stdin, StoreKey, StorePut, Timer,
    ToolUse, with_bytes,
};

/// Something happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event<'a> {
    /// The session begins.
    Start,
    /// The host gives up; nothing follows.
    Cancel,
    /// Status and headers of a response.
    HttpHead {
        /// The request.
        ticket: u64,
        /// HTTP status.
        status: u16,
        /// Headers.
        head: HttpHead,
    },
    /// One frame of a response.
    HttpFrame {
        /// The request.
        ticket: u64,
        /// The frame's payload.
        data: &'a [u8],
    },
    /// Bytes of a response: raw framing, or the whole body of an error.
    HttpBytes {
        /// The request.
        ticket: u64,
        /// The bytes.
        data: &'a [u8],
    },
    /// The response is complete.
    HttpEnd {
        /// The request.
        ticket: u64,
    },
    /// An operation failed.
    Failed {
        /// The operation.
        ticket: u64,
        /// Why.
        fault: Fault,
    },
    /// One frame of a program's standard output.
    ProcessOut {
        /// The program.
        ticket: u64,
        /// A line without its end, or bytes as they came.
        data: &'a [u8],
    },
    /// Bytes of a program's standard error.
    ProcessErr {
        /// The program.
        ticket: u64,
        /// The bytes.
        data: &'a [u8],
    },
    /// A program ended.
    ProcessEnd {
        /// The program.
        ticket: u64,
        /// Its exit code, or 128 and the number of the signal that ended it.
        status: u32,
        /// Its last words.
        end: ProcessEnd,
    },
    /// An operation other than `http`, `spawn` and `timer` is complete.
    Completed {
        /// The operation.
        ticket: u64,
        /// 0, or what the operation says of it.
        status: u32,
        /// The result, by operation.
        data: &'a [u8],
    },
    /// A pause is over.
    Timer {
        /// The operation.
        ticket: u64,
    },
    /// Anything this crate has no type for; to be ignored if it means nothing to the session.
    Other {
        /// Its kind.
        kind: EventKind,
        /// Its status.
        status: u32,
        /// Its operation.
        ticket: u64,
        /// Its data.
        data: &'a [u8],
    },
}

impl<'a> Event<'a> {
    /// The typed event of these numbers.
    ///
    /// # Errors
    ///
    /// [`FaultCode::PROTOCOL`] when a known kind's data is not of its form.
    pub fn read(kind: EventKind, status: u32, ticket: u64, data: &'a [u8]) -> Result<Self, Fault> {
        Ok(match kind {
            EventKind::START => Self::Start,
            EventKind::CANCEL => Self::Cancel,
            EventKind::HTTP_HEAD => {
                let status = u16::try_from(status).unwrap_or(0);
                Self::HttpHead {
                    ticket,
                    status,
                    head: json(data)?,
                }
            }
            EventKind::HTTP_FRAME => Self::HttpFrame { ticket, data },
            EventKind::HTTP_BYTES => Self::HttpBytes { ticket, data },
            EventKind::HTTP_END => Self::HttpEnd { ticket },
            EventKind::FAILED => Self::Failed {
                ticket,
                fault: json(data)?,
            },
            EventKind::COMPLETED => Self::Completed {
                ticket,
                status,
                data,
            },
            EventKind::TIMER => Self::Timer { ticket },
            EventKind::PROCESS_OUT => Self::ProcessOut { ticket, data },
            EventKind::PROCESS_ERR => Self::ProcessErr { ticket, data },
            EventKind::PROCESS_END => Self::ProcessEnd {
                ticket,
                status,
                end: json(data)?,
            },
            kind => Self::Other {
                kind,
                status,
                ticket,
                data,
            },
        })
    }
}

/// The JSON of a payload.
pub(super) fn to_json<T: serde::Serialize>(payload: &T) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec(payload).map_err(|error| Fault::new(FaultCode::INTERNAL, error.to_string()))
}

fn json<T: serde::de::DeserializeOwned>(data: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(data).map_err(|error| {
        Fault::new(
            FaultCode::PROTOCOL,
            format!("the host's event cannot be read: {error}"),
        )
    })
}

/// The far side of [`Host`]: the boundary in a plugin, a recorder in a test.
pub trait Lender {
    /// Hands over a piece of the reply.
    fn emit(&mut self, chunk: Chunk);
    /// Begins an operation.
    fn begin(&mut self, op: OpKind, ticket: u64, payload: &[u8]) -> Verdict;
    /// Gives an operation up.
    fn abandon(&mut self, ticket: u64);
    /// Asks something answered at once.
    fn ask(&mut self, query: &str) -> String;
}

/// The host's services for the time of one step.
pub struct Host<'a> {
    lender: &'a mut dyn Lender,
}

impl<'a> Host<'a> {
    /// The services behind `lender`.
    pub fn new(lender: &'a mut dyn Lender) -> Self {
        Self { lender }
    }

    /// Hands over a piece of the reply.
    pub fn emit(&mut self, chunk: Chunk) {
        self.lender.emit(chunk);
    }

    /// Sends an HTTP request; its events carry `ticket`.
    ///
    /// # Errors
    ///
    /// [`FaultCode::DENIED`] or [`FaultCode::UNSUPPORTED`] with the host's reason.
    pub fn http(&mut self, ticket: u64, request: &HttpRequest) -> Result<(), Fault> {
        self.begin_json(OpKind::HTTP, ticket, request)
    }

    /// Waits; a [`Event::Timer`] with `ticket` follows. Needs
    /// [`Feature::TIMER`](crate::chat::Feature::TIMER).
    ///
    /// # Errors
    ///
    /// As [`Host::http`].
    pub fn timer(&mut self, ticket: u64, ms: u64) -> Result<(), Fault> {
        self.begin_json(OpKind::TIMER, ticket, &Timer { ms })
    }

    /// Calls a tool of the host; [`Event::Completed`] with a JSON
    /// [`ToolOutcome`](crate::wire::ToolOutcome) follows. This and all below need
    /// [`Feature::LENT`](crate::chat::Feature::LENT).
    ///
    /// # Errors
    ///
    /// As [`Host::http`]; here and below also when the agent is lent nothing of the kind.
    pub fn tool(&mut self, ticket: u64, call: &ToolUse) -> Result<(), Fault> {
        self.begin_json(OpKind::TOOL, ticket, call)
    }

    /// Asks whether the agent may use a tool; [`Event::Completed`] with a JSON
    /// [`Permission`](crate::wire::Permission) follows.
    ///
    /// # Errors
    ///
    /// As [`Host::tool`].
    pub fn check(&mut self, ticket: u64, question: &Question) -> Result<(), Fault> {
        self.begin_json(OpKind::CHECK, ticket, question)
    }

    /// Reads a file; [`Event::Completed`] with its bytes follows.
    ///
    /// # Errors
    ///
    /// As [`Host::tool`].
    pub fn read(&mut self, ticket: u64, path: &FilePath) -> Result<(), Fault> {
        self.begin_json(OpKind::READ, ticket, path)
    }

    /// Makes or replaces a file in one step; [`Event::Completed`] without data follows.
    ///
    /// # Errors
    ///
    /// As [`Host::tool`].
    pub fn write(&mut self, ticket: u64, path: &FilePath, bytes: &[u8]) -> Result<(), Fault> {
        self.begin_checked(OpKind::WRITE, ticket, &with_bytes(path, bytes)?)
    }

    /// Lists a folder; [`Event::Completed`] with a JSON array of
    /// [`FolderEntry`](crate::wire::FolderEntry) follows.
    ///
    /// # Errors
    ///
    /// As [`Host::tool`].
    pub fn list(&mut self, ticket: u64, path: &FilePath) -> Result<(), Fault> {
        self.begin_json(OpKind::LIST, ticket, path)
    }

    /// Reads the plugin's own store; [`Event::Completed`] with the bytes follows, or with status
    /// [`StoreKey::ABSENT`].
    ///
    /// # Errors
    ///
    /// As [`Host::tool`].
    pub fn store_get(&mut self, ticket: u64, key: &StoreKey) -> Result<(), Fault> {
        self.begin_json(OpKind::STORE_GET, ticket, key)
    }

    /// Changes the plugin's own store; [`Event::Completed`] without data follows.
    ///
    /// # Errors
    ///
    /// As [`Host::tool`].
    pub fn store_put(&mut self, ticket: u64, put: &StorePut, bytes: &[u8]) -> Result<(), Fault> {
        self.begin_checked(OpKind::STORE_PUT, ticket, &with_bytes(put, bytes)?)
    }

    /// Starts a program; its events carry `ticket`. Needs
    /// [`Feature::SPAWN`](crate::chat::Feature::SPAWN), as [`Host::stdin`] does.
    ///
    /// # Errors
    ///
    /// As [`Host::http`].
    pub fn spawn(&mut self, ticket: u64, spawn: &Spawn) -> Result<(), Fault> {
        self.begin_json(OpKind::SPAWN, ticket, spawn)
    }

    /// Writes to a program's standard input; [`Event::Completed`] without data follows once the
    /// bytes were taken, or [`Event::Failed`] when the program or its input is gone. `ticket` is this
    /// write's own.
    ///
    /// # Errors
    ///
    /// As [`Host::http`].
    pub fn stdin(&mut self, ticket: u64, stdin: &Stdin, bytes: &[u8]) -> Result<(), Fault> {
        self.begin_checked(OpKind::STDIN, ticket, &with_bytes(stdin, bytes)?)
    }

    /// Begins any operation by its number.
    pub fn begin(&mut self, op: OpKind, ticket: u64, payload: &[u8]) -> Verdict {
        self.lender.begin(op, ticket, payload)
    }

    /// Gives an operation up; no event for it follows.
    pub fn abandon(&mut self, ticket: u64) {
        self.lender.abandon(ticket);
    }

    /// Asks the host something it answers at once. Known: `denied` (reason of the last refusal).
    /// Empty for anything else.
    pub fn ask(&mut self, query: &str) -> String {
        self.lender.ask(query)
    }

    fn begin_json<T: serde::Serialize>(
        &mut self,
        op: OpKind,
        ticket: u64,
        payload: &T,
    ) -> Result<(), Fault> {
        let payload = to_json(payload)?;
        self.begin_checked(op, ticket, &payload)
    }

    /// Begins an operation; a refusal becomes a fault.
    pub(super) fn begin_checked(
        &mut self,
        op: OpKind,
        ticket: u64,
        payload: &[u8],
    ) -> Result<(), Fault> {
        match self.begin(op, ticket, payload) {
            Verdict::ACCEPTED => Ok(()),
            Verdict::DENIED => Err(Fault::new(FaultCode::DENIED, self.ask("denied"))),
            Verdict::TOO_MANY => Err(Fault::new(FaultCode::PROTOCOL, "too many operations")),
            _ => {
                let text = format!("the host has no operation `{}`", op.name());
                Err(Fault::new(FaultCode::UNSUPPORTED, text))
            }
        }
    }
}
