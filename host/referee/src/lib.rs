//! Checks what one step of a plugin did against the step contract.
//!
//! A [`Referee`] sits where the plugin's calls arrive, on the session's own thread, and never waits
//! for anything. Whatever breaks a rule ends the session with `protocol`; nothing here can crash.
//! Which operations may begin is not a rule of the contract: a [`Gate`] decides that.
//!
//! A plugin that floods the host inside one step cannot be stopped by an answer, because there is
//! none to give: beyond 16 MiB its thread is parked for ever and the session is reported
//! over. That is why every session has a thread of its own.

mod effects;
mod gate;

pub use effects::Effects;
pub use gate::{Gate, Refusal, denied, read, unreadable};

use std::collections::{HashMap, HashSet};

use massgen_plugin::abi::host::{Context, Emitted};
use massgen_plugin::abi::{OpKind, Progress, Verdict, limits};
use massgen_plugin::chat::Chunk;
use massgen_plugin::{Fault, FaultCode};

/// Beyond this many bytes of refused chunks in one step the thread is given up.
const FLOOD_BYTES: usize = 4 * limits::CHUNK_BYTES_PER_STEP;
/// Beyond this many refused operations in one step the thread is given up.
const FLOOD_OPS: usize = 10_000;
/// Most bytes of chunks in one session; a reply beyond it has no end.
const REPLY_BYTES: usize = 16 << 20;
/// Most tickets of one session; who needs more begins operations without end.
const TICKETS: usize = 100_000;

/// Checks one session's steps and collects their effects.
pub struct Referee<G: Gate, Out: FnMut(Effects<G::Op>)> {
    gate: G,
    effects: Effects<G::Op>,
    used: HashSet<u64>,
    bytes: usize,
    /// Open tickets, and the bytes of their payloads.
    open: HashMap<u64, usize>,
    done: bool,
    violation: Option<String>,
    refusal: String,
    step: Spent,
    /// Takes the effects when the thread has to be given up inside a step.
    out: Out,
}

#[derive(Default)]
struct Spent {
    bytes: usize,
    ops: usize,
}

impl<G: Gate, Out: FnMut(Effects<G::Op>)> Referee<G, Out> {
    /// A referee for one session, whose operations `gate` judges; `out` takes the last effects
    /// when the thread is given up.
    pub fn new(gate: G, out: Out) -> Self {
        Self {
            gate,
            effects: Effects::default(),
            used: HashSet::new(),
            bytes: 0,
            open: HashMap::new(),
            done: false,
            violation: None,
            refusal: String::new(),
            step: Spent::default(),
            out,
        }
    }

    /// A new step begins.
    pub fn begin_step(&mut self) {
        self.step = Spent::default();
    }

    /// Whether events of this ticket may still be delivered.
    pub fn is_open(&self, ticket: u64) -> bool {
        self.open.contains_key(&ticket)
    }

    /// Whether the session has ended.
    pub fn is_over(&self) -> bool {
        self.effects.end.is_some()
    }

    /// A ticket's last event was delivered.
    pub fn close(&mut self, ticket: u64) {
        self.open.remove(&ticket);
    }

    /// Whether anything can still happen to this session.
    pub fn waits_for_something(&self) -> bool {
        !self.open.is_empty()
    }

    /// The step is over, and this is what the plugin said of it. Ends the session where it must.
    pub fn end_step(&mut self, outcome: Result<Progress, Fault>) {
        let violation = self.violation.take();
        let end = match (violation, outcome.and_then(is_done)) {
            (Some(broken), _) => Some(Err(protocol(&broken))),
            (None, Err(fault)) => Some(Err(fault)),
            (None, Ok(true)) if self.done => Some(Ok(())),
            (None, Ok(true)) => Some(Err(protocol("it ended without a `done` chunk"))),
            (None, Ok(false)) if self.done => {
                Some(Err(protocol("it sent a `done` chunk and did not end")))
            }
            (None, Ok(false)) if !self.waits_for_something() => {
                Some(Err(protocol("it waits, and for nothing")))
            }
            (None, Ok(false)) => None,
        };
        self.effects.end = self.effects.end.take().or(end);
    }

    /// A remark about the plugin.
    pub fn warn(&mut self, text: String) {
        self.effects.warnings.push(text);
    }

    /// What happened since the last time.
    pub fn take(&mut self) -> Effects<G::Op> {
        std::mem::take(&mut self.effects)
    }

    fn violate(&mut self, what: &str) {
        self.violation.get_or_insert_with(|| what.to_owned());
    }

    fn refuse(&mut self, verdict: Verdict, why: String) -> Verdict {
        self.refusal = why;
        verdict
    }

    /// Gives this thread up: reports the end, and never returns.
    fn give_up(&mut self, what: &str) -> ! {
        let mut effects = self.take();
        effects.end = Some(Err(protocol(what)));
        (self.out)(effects);
        loop {
            std::thread::park();
        }
    }
}

fn is_done(progress: Progress) -> Result<bool, Fault> {
    match progress {
        Progress::MORE => Ok(false),
        Progress::DONE => Ok(true),
        other => {
            let text = format!("the plugin said unknown progress {}", other.name());
            Err(Fault::new(FaultCode::PROTOCOL, text))
        }
    }
}

fn protocol(what: &str) -> Fault {
    Fault::new(
        FaultCode::PROTOCOL,
        format!("the plugin broke the step contract: {what}"),
    )
}

impl<G: Gate, Out: FnMut(Effects<G::Op>)> Context for Referee<G, Out> {
    fn emit(&mut self, chunk: Emitted<'_>) {
        self.step.bytes = self.step.bytes.saturating_add(chunk.size());
        if self.step.bytes > limits::CHUNK_BYTES_PER_STEP {
            self.violate("it sent more than 4 MiB in one step");
            if self.step.bytes > FLOOD_BYTES {
                self.give_up("it sends without end inside one step");
            }
            return;
        }
        self.bytes = self.bytes.saturating_add(chunk.size());
        if self.bytes > REPLY_BYTES {
            self.violate("its reply is longer than 16 MiB");
            return;
        }
        match chunk.decode() {
            // Log lines are flushed after the machine's own step, so they may follow `done`.
            Ok(debug @ Chunk::Debug { .. }) => self.effects.chunks.push(debug),
            Ok(_) if self.done => self.violate("it sent a chunk after `done`"),
            Ok(chunk) => {
                self.done |= matches!(chunk, Chunk::Done(_));
                self.effects.chunks.push(chunk);
            }
            Err(fault) => self.violate(&fault.message),
        }
    }

    fn begin(&mut self, op: OpKind, ticket: u64, payload: &[u8]) -> Verdict {
        self.step.ops += 1;
        if self.step.ops > FLOOD_OPS {
            self.give_up("it begins operations without end inside one step");
        }
        if ticket == 0 || !self.used.insert(ticket) {
            self.violate("it used a ticket twice, or 0");
            return self.refuse(Verdict::DENIED, "the ticket is not new".into());
        }
        let open_bytes: usize = self.open.values().sum();
        if self.step.ops > limits::OPS_PER_STEP
            || self.open.len() >= limits::OPEN_TICKETS
            || payload.len() > limits::PAYLOAD_BYTES
            || open_bytes + payload.len() > limits::OPEN_PAYLOAD_BYTES
            || self.used.len() > TICKETS
        {
            return self.refuse(
                Verdict::TOO_MANY,
                "a limit of the step contract is reached".into(),
            );
        }
        match self.gate.judge(op, payload) {
            Ok(op) => {
                self.open.insert(ticket, payload.len());
                self.effects.begun.push((ticket, op));
                Verdict::ACCEPTED
            }
            Err((verdict, why)) => self.refuse(verdict, why),
        }
    }

    fn abandon(&mut self, ticket: u64) {
        if self.open.remove(&ticket).is_none() {
            return;
        }
        let begun = self.effects.begun.len();
        self.effects.begun.retain(|(it, _)| *it != ticket);
        // What was begun since the last time has not been carried out yet, and never will be.
        if self.effects.begun.len() == begun {
            self.effects.abandoned.push(ticket);
        }
    }

    fn ask(&mut self, query: &str) -> String {
        match query {
            "denied" => self.refusal.clone(),
            _ => String::new(),
        }
    }
}

#[cfg(test)]
mod tests;
