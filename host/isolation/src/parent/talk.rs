//! Requests and answers, each within its time. After the first failure there is no second try.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use massgen_plugin::Fault;
use massgen_plugin::abi::host::{Context, Emitted, Event};
use massgen_plugin::abi::{OpKind, Progress, limits};
use massgen_plugin::chat::ChunkKind;

use super::process::{Process, Trouble};
use crate::failure::{End, Failure};
use crate::limits::Patience;
use crate::protocol::{self, Reply, Request};

/// Most bytes of chunks in one step. The caller's referee ends a session far below, and gives up
/// its thread above, which must not happen while other sessions wait for this child.
const FLOOD_BYTES: usize = 2 * limits::CHUNK_BYTES_PER_STEP;
/// The same for operations and questions.
const FLOOD_OPS: usize = 5_000;

/// A message: head, and the bytes behind it.
type Message = (Reply, Vec<u8>);

/// A child that is talked to.
#[derive(Debug)]
pub(super) struct Talk {
    process: Process,
    /// What was read and is not yet taken, from `taken` on.
    read: Vec<u8>,
    taken: usize,
    patience: Patience,
    over: Option<Failure>,
}

impl Talk {
    pub(super) fn new(process: Process, patience: Patience) -> Self {
        Self {
            process,
            read: Vec::new(),
            taken: 0,
            patience,
            over: None,
        }
    }

    /// Asks, and takes the one answer that there is.
    pub(super) fn ask(&mut self, request: &Request, bytes: &[u8]) -> Result<Reply, Failure> {
        let patience = match request {
            Request::Load(_) => self.patience.start,
            _ => self.patience.request,
        };
        self.within(patience, |it, until| {
            it.send(request, bytes, until)?;
            it.receive(until).map(|(reply, _)| reply)
        })
    }

    /// Asks for something that has only a text as its result.
    pub(super) fn ask_done(&mut self, request: &Request, bytes: &[u8]) -> Result<String, Fault> {
        match self.ask(request, bytes)? {
            Reply::Done(outcome) => outcome,
            other => Err(self.over_because(nonsense(&other)).into()),
        }
    }

    /// Says something that has no answer. A child that is gone is seen at the next request.
    pub(super) fn tell(&mut self, request: &Request) {
        let until = self.patience.request;
        drop(self.within(until, |it, until| it.send(request, &[], until)));
    }

    /// One step of a session; what it does goes to `context` while it goes on.
    pub(super) fn step<C: Context + ?Sized>(
        &mut self,
        session: u64,
        event: &Event<'_>,
        context: &mut C,
    ) -> Result<Progress, Fault> {
        let request = Request::Step {
            session,
            kind: event.kind.0,
            status: event.status,
            ticket: event.ticket,
        };
        let patience = self.patience.request;
        let outcome = self.within(patience, |it, until| {
            it.send(&request, event.data, until)?;
            let mut spent = Spent::default();
            loop {
                let (reply, bytes) = it.receive(until)?;
                spent.note(&reply, &bytes)?;
                if let Reply::Stepped(outcome) = reply {
                    return Ok(outcome);
                }
                if let Some((answer, bytes)) = act(&reply, &bytes, context)? {
                    it.send(&answer, &bytes, until)?;
                }
            }
        })?;
        outcome.map(Progress)
    }

    /// Hangs up, and waits for the child to end well.
    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        let patience = self.patience.request;
        self.within(patience, |it, until| {
            it.process.hang_up();
            match it.receive(until) {
                Err(End::Exit(0)) => Ok(()),
                Err(end) => Err(end),
                Ok((reply, _)) => Err(nonsense(&reply)),
            }
        })
    }

    /// The last of what the child printed.
    pub(super) fn said(&mut self) -> String {
        self.process.said()
    }

    /// Does one thing within this time; a failure ends the child.
    fn within<T>(
        &mut self,
        patience: Duration,
        work: impl FnOnce(&mut Self, Until) -> Result<T, End>,
    ) -> Result<T, Failure> {
        if let Some(failure) = &self.over {
            return Err(failure.clone());
        }
        let until = Until {
            when: Instant::now() + patience,
            patience,
        };
        work(self, until).map_err(|end| self.over_because(end))
    }

    fn over_because(&mut self, end: End) -> Failure {
        self.process.end(false);
        let said = self.process.said();
        let last_line = said.lines().rfind(|line| !line.trim().is_empty());
        let failure = Failure {
            end,
            last_line: last_line.unwrap_or_default().to_owned(),
        };
        self.over = Some(failure.clone());
        failure
    }

    fn send(&mut self, request: &Request, bytes: &[u8], until: Until) -> Result<(), End> {
        let message = protocol::message(request, bytes).map_err(End::Nonsense)?;
        let sent = self.process.send(&message, until.when);
        sent.map_err(|trouble| self.end_by(trouble, until))
    }

    fn receive(&mut self, until: Until) -> Result<Message, End> {
        loop {
            if let Some(message) = self.take().map_err(End::Nonsense)? {
                return match message.0 {
                    Reply::Forbidden(number) => Err(End::Forbidden(number)),
                    Reply::Memory(limit) => Err(End::Memory(limit)),
                    _ => Ok(message),
                };
            }
            let received = self.process.receive(&mut self.read, until.when);
            received.map_err(|trouble| self.end_by(trouble, until))?;
        }
    }

    /// The next message, when all of it is there.
    fn take(&mut self) -> Result<Option<Message>, String> {
        let rest = self.read.get(self.taken..).unwrap_or_default();
        if let Some((start, rest)) = rest.split_first_chunk()
            && let length = protocol::length(*start)?
            && let Some(body) = rest.get(..length)
        {
            let (reply, bytes) = protocol::parse(body)?;
            let message = (reply, bytes.to_vec());
            self.taken += start.len() + length;
            return Ok(Some(message));
        }
        self.read.drain(..self.taken);
        self.taken = 0;
        Ok(None)
    }

    fn end_by(&mut self, trouble: Trouble, until: Until) -> End {
        match trouble {
            Trouble::Late => End::Late(until.patience),
            Trouble::System(error) => End::Nonsense(error.to_string()),
            Trouble::Gone => match self.process.end(true) {
                Some(status) => end_of(status),
                None => End::Nonsense("it closed its pipe".into()),
            },
        }
    }
}

/// When the time is over, and how long it was.
#[derive(Clone, Copy)]
struct Until {
    when: Instant,
    patience: Duration,
}

fn end_of(status: ExitStatus) -> End {
    match status.signal() {
        Some(signal) => End::Signal(signal),
        None => End::Exit(status.code().unwrap_or_default()),
    }
}

/// What a step has sent so far.
#[derive(Default)]
struct Spent {
    bytes: usize,
    ops: usize,
}

impl Spent {
    fn note(&mut self, reply: &Reply, bytes: &[u8]) -> Result<(), End> {
        match reply {
            Reply::Emit { .. } => self.bytes += bytes.len() + 16,
            _ => self.ops += 1,
        }
        if self.bytes > FLOOD_BYTES || self.ops > FLOOD_OPS {
            return Err(End::Flood);
        }
        Ok(())
    }
}

/// Hands over what a session did; the answer, where it waits for one.
fn act<C: Context + ?Sized>(
    reply: &Reply,
    bytes: &[u8],
    context: &mut C,
) -> Result<Option<(Request, Vec<u8>)>, End> {
    let text = |bytes| std::str::from_utf8(bytes).map_err(|it| End::Nonsense(it.to_string()));
    match reply {
        Reply::Emit {
            kind,
            index,
            text: length,
        } => {
            let split = bytes.split_at_checked(*length);
            let (words, json) = split.ok_or_else(|| nonsense(reply))?;
            context.emit(Emitted {
                kind: ChunkKind(*kind),
                index: *index,
                text: text(words)?,
                json: text(json)?,
            });
            Ok(None)
        }
        Reply::Abandon(ticket) => {
            context.abandon(*ticket);
            Ok(None)
        }
        Reply::Begin { op, ticket } => {
            let verdict = context.begin(OpKind(*op), *ticket, bytes);
            Ok(Some((Request::Verdict(verdict.0), Vec::new())))
        }
        Reply::Ask => {
            let answer = context.ask(text(bytes)?);
            Ok(Some((Request::Answer, answer.into_bytes())))
        }
        other => Err(nonsense(other)),
    }
}

/// An answer out of turn.
pub(super) fn nonsense(reply: &Reply) -> End {
    let shown = format!("{reply:?}");
    End::Nonsense(shown.chars().take(100).collect())
}
