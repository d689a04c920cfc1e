//! One session on its way, event by event, under the host's own referee.

use std::sync::Arc;
use std::time::{Duration, Instant};

use massgen_plugin::Fault;
use massgen_plugin::abi::host::{Context, Emitted, Event};
use massgen_plugin::abi::{OpKind, Verdict};
use massgen_plugin::chat::Chunk;
use massgen_plugin::wire::HttpRequest;
use referee::{Effects, Referee};

use crate::frames::Happening;
use crate::gate::{Gate, Op};
use crate::process::Line;
use crate::subject::{Backend, Session};
use crate::world::World;

/// Told why when a step has to be given up inside itself; its thread never returns.
pub(crate) type GiveUp = Arc<dyn Fn(String) + Send + Sync>;

/// A session that takes more events than this has no end.
const MOST_EVENTS: usize = 20_000;

type LastWords = Box<dyn FnMut(Effects<Op>) + Send>;

/// A session that has not ended, and what it did so far.
pub(crate) struct Stage {
    session: Box<dyn Session>,
    referee: Referee<Gate, LastWords>,
    pub(crate) world: World,
    played: Played,
}

/// What a session did.
#[derive(Debug, Clone, Default)]
pub(crate) struct Played {
    pub(crate) chunks: Vec<Chunk>,
    pub(crate) requests: Vec<HttpRequest>,
    /// The program's script as it came out.
    pub(crate) script: Vec<Line>,
    /// How it ended; `None` when it was not played to its end.
    pub(crate) end: Option<Result<(), Fault>>,
    pub(crate) unanswered: Option<String>,
    /// Time of each step.
    pub(crate) steps: Vec<Duration>,
    /// Operations that the host turned down.
    pub(crate) refused: usize,
    /// An operation was turned down for a limit of the step contract.
    pub(crate) too_many: bool,
}

/// What the next event is.
pub(crate) enum Next<'a> {
    /// What the world says.
    World,
    /// This one instead.
    This(Event<'a>),
}

impl Stage {
    /// Opens a session and takes its first step.
    ///
    /// # Errors
    ///
    /// The plugin's fault from `open`.
    pub(crate) fn open(
        backend: &dyn Backend,
        call: &str,
        world: World,
        gate: Gate,
        give_up: &GiveUp,
    ) -> Result<Self, Fault> {
        let give_up = Arc::clone(give_up);
        let out: LastWords = Box::new(move |effects| {
            let why = effects.end.and_then(Result::err);
            give_up(why.map(|it| it.message).unwrap_or_default());
        });
        let mut stage = Self {
            session: backend.open(call)?,
            referee: Referee::new(gate, out),
            world,
            played: Played::default(),
        };
        stage.step(Event::START);
        Ok(stage)
    }

    /// Goes on by one event; false when the session is over, or waits for what never comes.
    pub(crate) fn advance(&mut self, next: Next<'_>) -> bool {
        if self.played.end.is_some() {
            return false;
        }
        match next {
            Next::This(event) => self.step(event),
            Next::World => match self.world.next() {
                Some(happening) => self.deliver(&happening),
                None => return false,
            },
        }
        self.played.end.is_none()
    }

    /// Plays to the end.
    pub(crate) fn finish(self) -> Played {
        self.play().leave().0
    }

    /// Plays until the session is over, or takes too many events.
    pub(crate) fn play(mut self) -> Self {
        let mut left = MOST_EVENTS;
        while left > 0 && self.advance(Next::World) {
            left -= 1;
        }
        self
    }

    /// Whether the session has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.played.end.is_some()
    }

    /// What was played, and the session, not yet dropped.
    pub(crate) fn leave(self) -> (Played, Box<dyn Session>) {
        let script = self.world.told();
        let played = Played {
            requests: self.world.requests,
            unanswered: self.world.unanswered,
            script,
            ..self.played
        };
        (played, self.session)
    }

    fn deliver(&mut self, happening: &Happening) {
        if happening.ticket != 0 && !self.referee.is_open(happening.ticket) {
            return;
        }
        if happening.is_last() {
            self.referee.close(happening.ticket);
        }
        self.step(Event {
            kind: happening.kind,
            status: happening.status,
            ticket: happening.ticket,
            data: &happening.data,
        });
    }

    fn step(&mut self, event: Event<'_>) {
        self.referee.begin_step();
        let began = Instant::now();
        let mut noting = Noting {
            referee: &mut self.referee,
            refused: 0,
            too_many: false,
        };
        let outcome = self.session.step(event, &mut noting);
        self.played.refused += noting.refused;
        self.played.too_many |= noting.too_many;
        self.played.steps.push(began.elapsed());
        self.referee.end_step(outcome);
        let effects = self.referee.take();
        self.played.chunks.extend(effects.chunks);
        for ticket in effects.abandoned {
            self.world.abandon(ticket);
        }
        if effects.end.is_none() {
            for (ticket, op) in effects.begun {
                self.world.carry_out(ticket, op);
            }
        }
        self.played.end = effects.end;
    }
}

/// The referee, and how often it said no.
struct Noting<'a> {
    referee: &'a mut Referee<Gate, LastWords>,
    refused: usize,
    too_many: bool,
}

impl Context for Noting<'_> {
    fn emit(&mut self, chunk: Emitted<'_>) {
        self.referee.emit(chunk);
    }

    fn begin(&mut self, op: OpKind, ticket: u64, payload: &[u8]) -> Verdict {
        let verdict = self.referee.begin(op, ticket, payload);
        self.refused += usize::from(verdict != Verdict::ACCEPTED);
        self.too_many |= verdict == Verdict::TOO_MANY;
        verdict
    }

    fn abandon(&mut self, ticket: u64) {
        self.referee.abandon(ticket);
    }

    fn ask(&mut self, query: &str) -> String {
        self.referee.ask(query)
    }
}
