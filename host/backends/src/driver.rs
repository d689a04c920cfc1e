//! Drives one session: the only place that waits for its operations.
//!
//! Backpressure: while the consumer of chunks is behind, no operation is polled and so no socket
//! is read. Cancellation: dropping the driver drops the operations (connections close) and the
//! thread's inbox (the session is dropped there).

use std::collections::HashMap;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::SelectAll;
use massgen_plugin::abi::EventKind;
use massgen_plugin::chat::Chunk;
use massgen_plugin::wire::{HttpHead, Spawn, Timeouts};
use massgen_plugin::{Fault, FaultCode};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use transport::retry::{after_from_headers, after_from_text, should_retry};
use transport::{Grant, Scope, Transport};

use crate::event::{CallEvent, tell};
use crate::gate::{Effects, Op};
use crate::loan::Loan;
use crate::ops::{self, Happening, Operation};
use crate::process::{self, Desk, Input};
use crate::redact::Secrets;
use crate::session::Thread;

/// Most events handed to the thread at once.
const BATCH: usize = 64;
/// How long a finished session's responses may take to end, so that connections are used again.
const TAIL: Duration = Duration::from_secs(2);

/// How a session ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Well, or why not.
    pub(crate) outcome: Result<(), Fault>,
    /// Whether it must not be tried again: somebody saw something of the reply, or something was
    /// done that may have effects.
    pub(crate) settled: bool,
    /// How long the server asked to wait, in headers or words.
    pub(crate) asked: Option<Duration>,
    /// What the server said about trying again, where it said so.
    pub(crate) server_says_retry: Option<bool>,
}

impl Ended {
    /// A session that never began.
    pub(crate) fn early(fault: Fault) -> Self {
        Self {
            outcome: Err(fault),
            settled: false,
            asked: None,
            server_says_retry: None,
        }
    }
}

/// One session and what it is driven with.
pub(crate) struct Driver<'a> {
    pub(crate) thread: Thread,
    pub(crate) transport: &'a Transport,
    pub(crate) grant: &'a Grant,
    pub(crate) loan: &'a Loan,
    pub(crate) scope: &'a Scope,
    pub(crate) timeouts: Timeouts,
    pub(crate) secrets: Secrets,
    pub(crate) out: &'a mpsc::Sender<CallEvent>,
    pub(crate) state: State,
}

/// What the driver keeps of a session.
#[derive(Default)]
pub(crate) struct State {
    operations: SelectAll<Operation>,
    tickets: HashMap<u64, CancellationToken>,
    /// Ways to the standard inputs of programs that run.
    inputs: HashMap<u64, Input>,
    settled: bool,
    asked: Option<Duration>,
    server_says_retry: Option<bool>,
    /// Whether the last response was not 2xx.
    error_status: bool,
}

/// Reads what still comes of responses whose session has ended, for a moment and off the path.
fn read_tails(operations: SelectAll<Operation>) {
    if !operations.is_empty() {
        tokio::spawn(tokio::time::timeout(
            TAIL,
            operations.for_each(|_| async {}),
        ));
    }
}

impl Driver<'_> {
    /// Runs the session to its end.
    pub(crate) async fn run(mut self, cancel: &CancellationToken) -> Ended {
        let outcome = tokio::select! {
            biased;
            () = cancel.cancelled() => {
                self.thread.send(vec![Happening::cancel()]);
                Err(Fault::new(FaultCode::CANCELLED, "the call was cancelled"))
            }
            outcome = self.until_end() => outcome,
        };
        if outcome.is_ok() {
            read_tails(std::mem::take(&mut self.state.operations));
        }
        let State {
            settled,
            asked,
            server_says_retry,
            ..
        } = self.state;
        Ended {
            outcome: outcome.map_err(|fault| self.secrets.fault(fault)),
            settled,
            asked,
            server_says_retry,
        }
    }

    async fn until_end(&mut self) -> Result<(), Fault> {
        let mut events = vec![Happening::start()];
        loop {
            self.thread.send(events);
            let effects = self.thread.effects().await?;
            if let Some(end) = self.carry_out(effects).await? {
                return end;
            }
            events = self.next_events().await;
        }
    }

    /// Carries out what the steps did. The outer error is the host's own: nobody listens any more.
    async fn carry_out(&mut self, effects: Effects) -> Result<Option<Result<(), Fault>>, Fault> {
        for warning in effects.warnings {
            let warning = self.secrets.text(&warning);
            tell(self.out, CallEvent::PluginWarning(warning)).await?;
        }
        for chunk in effects.chunks {
            self.show(chunk).await?;
        }
        for ticket in effects.abandoned {
            self.state
                .tickets
                .remove(&ticket)
                .inspect(CancellationToken::cancel);
            self.state.inputs.remove(&ticket);
        }
        for (ticket, op) in effects.begun {
            self.begin(ticket, op);
        }
        Ok(effects.end)
    }

    async fn show(&mut self, chunk: Chunk) -> Result<(), Fault> {
        self.state.settled |= chunk.is_visible();
        let chunk = self.secrets.chunk(chunk);
        tell(self.out, CallEvent::Chunk(chunk)).await
    }

    fn begin(&mut self, ticket: u64, op: Op) {
        let operation = match op {
            Op::Http(mut request) => {
                request.timeouts = request.timeouts.or(self.timeouts);
                ops::http(
                    ticket,
                    self.transport.send(*request, self.grant, self.scope),
                )
            }
            Op::Timer(timer) => ops::timer(ticket, Duration::from_millis(timer.ms)),
            Op::Spawn(spawn) => self.spawn(ticket, *spawn),
            Op::Stdin(to, bytes) => match self.state.inputs.get(&to.process) {
                Some(input) => input.write(ticket, bytes, to.close),
                None => process::no_program(ticket),
            },
            Op::Lent(op) => {
                self.state.settled |= self.loan.has_effects(&op);
                self.loan.begin(ticket, op, self.out)
            }
        };
        let token = CancellationToken::new();
        let until = token.clone().cancelled_owned();
        self.state.tickets.insert(ticket, token);
        self.state
            .operations
            .push(operation.take_until(Box::pin(until)).boxed());
    }

    /// What a program did cannot be taken back.
    fn spawn(&mut self, ticket: u64, spawn: Spawn) -> Operation {
        self.state.settled = true;
        let desk = Desk::new(&self.loan.programs, &self.loan.lent, self.grant, self.out);
        let (operation, input) = desk.begin(ticket, spawn);
        self.state.inputs.insert(ticket, input);
        operation
    }

    /// Waits for one event and takes those that are there already.
    async fn next_events(&mut self) -> Vec<Happening> {
        let events = (&mut self.state.operations)
            .ready_chunks(BATCH)
            .next()
            .await
            .unwrap_or_default();
        for event in &events {
            self.note(event);
        }
        events
    }

    /// Notes what the host itself has to know of a response.
    fn note(&mut self, event: &Happening) {
        let state = &mut self.state;
        match event.kind {
            EventKind::HTTP_HEAD => {
                state.error_status = !(200..300).contains(&event.status);
                if state.error_status {
                    let head: HttpHead = serde_json::from_slice(&event.data).unwrap_or_default();
                    state.asked = after_from_headers(&head.headers, std::time::SystemTime::now());
                    state.server_says_retry = should_retry(&head.headers);
                }
            }
            EventKind::HTTP_BYTES if state.error_status => {
                let text = String::from_utf8_lossy(&event.data);
                state.asked = state.asked.or_else(|| after_from_text(&text));
            }
            _ => {}
        }
        if event.is_last() {
            state.tickets.remove(&event.ticket);
            state.inputs.remove(&event.ticket);
        }
    }
}
