//! What answers a session: the case's exchanges, its program, a store, and clocks that run at once.

use std::collections::{BTreeMap, VecDeque};

use massgen_plugin::abi::EventKind;
use massgen_plugin::wire::{HttpRequest, StoreKey, StorePut};
use massgen_plugin::{Fault, FaultCode};

use crate::case::Case;
use crate::frames::{Answer, Happening};
use crate::gate::Op;
use crate::process::{Line, Program};

/// An answer, and which request it is meant for.
#[derive(Debug, Clone)]
struct Prepared {
    answer: Answer,
    cuts: Vec<usize>,
    /// The address that was asked when the case was written; `None` for any.
    url: Option<String>,
}

/// The world of one session.
#[derive(Debug, Clone, Default)]
pub(crate) struct World {
    answers: VecDeque<Prepared>,
    program: Program,
    store: BTreeMap<String, Vec<u8>>,
    queue: VecDeque<Happening>,
    /// Timers go off when nothing else happens.
    timers: VecDeque<Happening>,
    /// Requests in the order in which they were made.
    pub(crate) requests: Vec<HttpRequest>,
    /// What the plugin asked for and the case has no answer to.
    pub(crate) unanswered: Option<String>,
}

impl World {
    /// The world of a case whose bodies are cut at these places, or not at all.
    pub(crate) fn of(case: &Case, cuts: &[Vec<usize>]) -> Self {
        let places = |at: usize| cuts.get(at).cloned().unwrap_or_default();
        let urls = case.urls();
        let prepared = |(at, answer): (usize, &Answer)| Prepared {
            answer: answer.clone(),
            cuts: places(at),
            url: urls.get(at).cloned(),
        };
        Self {
            answers: case.answers.iter().enumerate().map(prepared).collect(),
            program: Program::new(&case.process),
            ..Self::default()
        }
    }

    /// The script of the program as it came out.
    pub(crate) fn told(&self) -> Vec<Line> {
        self.program.told()
    }

    /// The next thing that happens.
    pub(crate) fn next(&mut self) -> Option<Happening> {
        self.queue.pop_front().or_else(|| self.timers.pop_front())
    }

    /// Carries an operation out.
    pub(crate) fn carry_out(&mut self, ticket: u64, op: Op) {
        let events = match op {
            Op::Http(request) => self.http(ticket, *request),
            Op::Timer(_) => {
                let timer = Happening::new(EventKind::TIMER, ticket, Vec::new());
                self.timers.push_back(timer);
                return;
            }
            Op::Spawn(spawn) => self.program.spawn(ticket, *spawn),
            Op::Stdin(head, bytes) => self.program.stdin(ticket, &bytes, head.close),
            Op::Tool(call) => {
                let name = call.name.clone();
                let events = self.program.tool(ticket, call);
                events.unwrap_or_else(|| self.none(ticket, &format!("a call of tool `{name}`")))
            }
            Op::Check(question) => {
                let name = question.tool.clone();
                let events = self.program.check(ticket, question);
                events.unwrap_or_else(|| self.none(ticket, &format!("a question about `{name}`")))
            }
            Op::StoreGet(key) => vec![self.get(ticket, &key)],
            Op::StorePut(entry, bytes) => {
                self.put(entry, bytes);
                vec![Happening::completed(ticket, Vec::new())]
            }
        };
        self.queue.extend(events);
    }

    /// The plugin gave an operation up.
    pub(crate) fn abandon(&mut self, ticket: u64) {
        self.queue.retain(|it| it.ticket != ticket);
        self.timers.retain(|it| it.ticket != ticket);
    }

    fn http(&mut self, ticket: u64, request: HttpRequest) -> Vec<Happening> {
        let framing = request.framing;
        let what = format!("{} {}", request.method, request.url);
        self.skip_to(&request.url);
        self.requests.push(request);
        match self.answers.pop_front() {
            Some(Prepared { answer, cuts, .. }) => answer.events(ticket, framing, &cuts),
            None => self.none(ticket, &format!("request {} ({what})", self.requests.len())),
        }
    }

    /// A backend that has been asked before may leave out what it knows already: its answer too.
    fn skip_to(&mut self, url: &str) {
        let at = self
            .answers
            .iter()
            .position(|it| it.url.as_deref() == Some(url));
        self.answers.drain(..at.unwrap_or(0));
    }

    fn none(&mut self, ticket: u64, what: &str) -> Vec<Happening> {
        let text = format!("the plugin makes {what}, and the case has no answer to it");
        let fault = Fault::new(FaultCode::NETWORK, text.clone());
        self.unanswered.get_or_insert(text);
        vec![Happening::failed(ticket, &fault)]
    }

    fn get(&self, ticket: u64, key: &StoreKey) -> Happening {
        let value = self.store.get(&key.key).cloned();
        let status = if value.is_some() { 0 } else { StoreKey::ABSENT };
        Happening {
            status,
            ..Happening::completed(ticket, value.unwrap_or_default())
        }
    }

    fn put(&mut self, entry: StorePut, bytes: Vec<u8>) {
        if entry.remove {
            self.store.remove(&entry.key);
        } else {
            self.store.insert(entry.key, bytes);
        }
    }
}
