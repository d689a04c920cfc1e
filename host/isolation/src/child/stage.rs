//! The backends and sessions that live in the child.

use std::collections::HashMap;
use std::io;

use massgen_plugin::abi::host::{Backend, Context, Emitted, Event, Root, Session};
use massgen_plugin::abi::{EventKind, OpKind, Verdict};
use massgen_plugin::{Fault, FaultCode};

use super::pipes::Pipes;
use crate::protocol::{LONGEST, Reply, Request};

/// Everything the parent may name.
pub(super) struct Stage {
    root: Root,
    // Sessions first: they go before the backends they came from.
    sessions: HashMap<u64, Session>,
    backends: HashMap<u64, Backend>,
}

impl Stage {
    pub(super) fn new(root: Root) -> Self {
        Self {
            root,
            sessions: HashMap::new(),
            backends: HashMap::new(),
        }
    }

    pub(super) fn create(&mut self, backend: u64, config: &str) -> Result<String, Fault> {
        self.backends.insert(backend, self.root.create(config)?);
        Ok(String::new())
    }

    pub(super) fn query(&self, backend: u64, query: &str) -> Result<String, Fault> {
        self.backend(backend)?.ask(query)
    }

    pub(super) fn open(&mut self, backend: u64, session: u64, call: &str) -> Result<String, Fault> {
        let opened = self.backend(backend)?.open(call)?;
        self.sessions.insert(session, opened);
        Ok(String::new())
    }

    fn backend(&self, backend: u64) -> Result<&Backend, Fault> {
        self.backends
            .get(&backend)
            .ok_or_else(|| missing("backend"))
    }

    pub(super) fn step(
        &mut self,
        session: u64,
        (kind, status, ticket, data): (u32, u32, u64, &[u8]),
        pipes: &mut Pipes,
    ) -> Result<u32, Fault> {
        let session = self
            .sessions
            .get_mut(&session)
            .ok_or_else(|| missing("session"))?;
        let event = Event {
            kind: EventKind(kind),
            status,
            ticket,
            data,
        };
        session
            .step(event, &mut Far(pipes))
            .map(|progress| progress.0)
    }

    pub(super) fn drop_backend(&mut self, backend: u64) {
        self.backends.remove(&backend);
    }

    pub(super) fn drop_session(&mut self, session: u64) {
        self.sessions.remove(&session);
    }
}

fn missing(what: &str) -> Fault {
    Fault::new(FaultCode::INTERNAL, format!("the child has no such {what}"))
}

/// The parent's context, seen from here. A parent that is gone ends the process: there is nobody
/// left to do anything for.
struct Far<'a>(&'a mut Pipes);

impl Far<'_> {
    fn ask<T>(
        &mut self,
        reply: &Reply,
        bytes: &[u8],
        read: impl FnOnce(Request, Vec<u8>) -> Option<T>,
    ) -> T {
        let answer = self.0.answer(reply, bytes).and_then(|()| self.0.next());
        answer
            .ok()
            .flatten()
            .and_then(|(request, bytes)| read(request, bytes))
            .unwrap_or_else(|| std::process::exit(1))
    }

    fn say(&mut self, reply: &Reply, bytes: &[u8]) {
        if let Err(error) = self.0.say(reply, bytes) {
            let _ = io::Write::write_fmt(&mut io::stderr(), format_args!("{error}\n"));
            std::process::exit(1);
        }
    }
}

impl Context for Far<'_> {
    fn emit(&mut self, chunk: Emitted<'_>) {
        let reply = Reply::Emit {
            kind: chunk.kind.0,
            index: chunk.index,
            text: chunk.text.len(),
        };
        self.say(
            &reply,
            &[chunk.text.as_bytes(), chunk.json.as_bytes()].concat(),
        );
    }

    fn begin(&mut self, op: OpKind, ticket: u64, payload: &[u8]) -> Verdict {
        if payload.len() > LONGEST / 2 {
            // The parent would say the same, but it does not fit through the pipe.
            return Verdict::TOO_MANY;
        }
        let reply = Reply::Begin { op: op.0, ticket };
        self.ask(&reply, payload, |request, _| match request {
            Request::Verdict(verdict) => Some(Verdict(verdict)),
            _ => None,
        })
    }

    fn abandon(&mut self, ticket: u64) {
        self.say(&Reply::Abandon(ticket), &[]);
    }

    fn ask(&mut self, query: &str) -> String {
        self.ask(
            &Reply::Ask,
            query.as_bytes(),
            |request, bytes| match request {
                Request::Answer => String::from_utf8(bytes).ok(),
                _ => None,
            },
        )
    }
}
