//! From an operation to a running program: what its session gives it, and where its events go.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream;
use massgen_plugin::Fault;
use massgen_plugin::abi::EventKind;
use massgen_plugin::wire::{ProcessEnd, Spawn};
use services::Lent;
use tokio::sync::mpsc;
use transport::{Grant, Secret, redact};

use super::input::Input;
use super::leave::Leave;
use super::run::run;
use super::tape::{Recording, Step, Tape};
use crate::event::CallEvent;
use crate::ops::{Happening, Operation, json};

/// Events that may wait for the session before a program is left alone.
const QUEUE: usize = 16;
/// Most characters of a command line that are shown.
const SHOWN: usize = 120;

/// What one backend's programs are judged by, and where they are recorded.
#[derive(Clone, Default)]
pub(crate) struct Programs {
    pub(crate) leave: Leave,
    pub(crate) tape: Arc<Tape>,
}

/// What the programs of one session are started with.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) programs: Programs,
    pub(crate) lent: Lent,
    pub(super) secrets: Vec<(String, Secret)>,
    pub(super) out: mpsc::Sender<CallEvent>,
}

impl Desk {
    pub(crate) fn new(
        programs: &Programs,
        lent: &Lent,
        grant: &Grant,
        out: &mpsc::Sender<CallEvent>,
    ) -> Self {
        let secrets = grant.secrets.iter();
        Self {
            programs: programs.clone(),
            lent: lent.clone(),
            secrets: secrets
                .map(|it| (it.name.clone(), it.value.clone()))
                .collect(),
            out: out.clone(),
        }
    }

    /// Starts a program. Dropping the operation ends the program.
    pub(crate) fn begin(&self, ticket: u64, spawn: Spawn) -> (Operation, Input) {
        let (input, inbox) = Input::new();
        let (events, receiver) = mpsc::channel(QUEUE);
        let outlet = Outlet {
            ticket,
            events,
            recording: self.programs.tape.recording(),
        };
        tokio::spawn(run(self.clone(), spawn, inbox, outlet));
        let events = stream::unfold(receiver, |mut receiver| async {
            Some((receiver.recv().await?, receiver))
        });
        (events.boxed(), input)
    }

    /// All values that must not be shown.
    pub(super) fn values(&self) -> Vec<Secret> {
        self.secrets.iter().map(|(_, it)| it.clone()).collect()
    }

    pub(super) fn masked(&self, text: &str) -> String {
        self.lent.mask(&redact(text, &self.values()))
    }

    /// The start of a command line, for people.
    pub(super) fn shown(&self, spawn: &Spawn) -> String {
        let line = self.masked(&spawn.argv.join(" "));
        let line: Vec<_> = line.split_whitespace().collect();
        let line = line.join(" ");
        match line.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line,
        }
    }
}

/// Where the events of one program go.
pub(super) struct Outlet {
    ticket: u64,
    events: mpsc::Sender<Happening>,
    recording: Option<Recording>,
}

impl Outlet {
    /// Waits until the program was given up.
    pub(super) async fn closed(&self) {
        self.events.closed().await;
    }

    pub(super) fn is_closed(&self) -> bool {
        self.events.is_closed()
    }

    pub(super) fn note(&self, step: Step) {
        self.keep(|| step);
    }

    /// Tells what the program wrote, once there is room.
    pub(super) async fn tell(&self, kind: EventKind, data: Bytes) {
        self.keep(|| Step::wrote(kind, &data));
        self.send(kind, 0, data).await;
    }

    /// Records a step, unless the program was given up: a repetition gives it up there.
    fn keep(&self, step: impl FnOnce() -> Step) {
        if let Some(recording) = self.recording.as_ref().filter(|_| !self.is_closed()) {
            recording.keep(step());
        }
    }

    /// Tells how it ended.
    pub(super) async fn end(&self, outcome: Result<(u32, ProcessEnd), Fault>) {
        self.keep(|| Step::ended(&outcome));
        match outcome {
            Ok((status, end)) => {
                self.send(EventKind::PROCESS_END, status, json(&end)).await;
            }
            Err(fault) => drop(
                self.events
                    .send(Happening::failed(self.ticket, &fault))
                    .await,
            ),
        }
    }

    async fn send(&self, kind: EventKind, status: u32, data: Bytes) {
        let ticket = self.ticket;
        // A session that is over needs no events.
        drop(
            self.events
                .send(Happening {
                    kind,
                    status,
                    ticket,
                    data,
                })
                .await,
        );
    }
}
