//! The run from the first activation to the outcome.
//!
//! Each input is one method; each ends in `settle`, which alone decides whether the team is done
//! and whom to activate. [`turns`] holds what happens to one agent, [`ending`] what happens once
//! coordination is over.
//!
//! **Invariant:** a new answer voids every vote cast before it, because those agents judged a set
//! of answers that no longer exists.

mod ending;
mod turns;

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod script_tests;

use events::{AgentId, Label, RunEvent, Standing};

use self::ending::{Ending, Presentation};
use crate::seat::{Seat, State};
use crate::{Command, Input, Limits, Millis};

/// The state machine of one run.
///
/// Call [`start`](Self::start) once, then [`on`](Self::on) for everything that happens and
/// [`on_deadline`](Self::on_deadline) when [`next_deadline`](Self::next_deadline) has come, and
/// obey the commands in order. Times must not go backwards.
#[derive(Debug)]
pub struct Coordination {
    limits: Limits,
    /// In registration order.
    seats: Vec<Seat>,
    phase: Phase,
    /// How far each agent had come when coordination ended; empty until then.
    standings: Vec<Standing>,
    /// Commands of the call under way.
    out: Vec<Command>,
}

#[derive(Debug)]
enum Phase {
    /// Before `start`, and after the outcome.
    Still,
    Coordinating {
        deadline: Millis,
    },
    Presenting(Presentation),
}

impl Coordination {
    /// A run of this team, in registration order. Ids are distinct (the configuration's check).
    pub fn new(team: impl IntoIterator<Item = AgentId>, limits: Limits) -> Self {
        let labels = (1..).map(Label::agent);
        let seats = team
            .into_iter()
            .zip(labels)
            .map(|(id, label)| Seat::new(id, label))
            .collect();
        Self {
            limits,
            seats,
            phase: Phase::Still,
            standings: Vec::new(),
            out: Vec::new(),
        }
    }

    /// Begins the run.
    pub fn start(&mut self, now: Millis) -> Vec<Command> {
        self.phase = Phase::Coordinating {
            deadline: now + self.limits.coordination,
        };
        self.settle(now);
        std::mem::take(&mut self.out)
    }

    /// Takes in what happened. Deadlines that have passed by `now` come first, so a reply that is
    /// too late finds its turn gone.
    pub fn on(&mut self, now: Millis, input: Input) -> Vec<Command> {
        self.expire(now);
        match input {
            Input::Responded {
                agent,
                activation,
                response,
            } => {
                self.responded(now, &agent, activation, &response);
            }
            Input::Failed {
                agent,
                activation,
                failure,
            } => {
                self.call_failed(now, &agent, activation, failure);
            }
            Input::Presented { text, finish } => self.presented(now, text, finish),
            Input::PresentationFailed { failure } => self.presentation_failed(now, failure),
            Input::Interrupted => self.interrupted(now),
        }
        self.settle(now);
        std::mem::take(&mut self.out)
    }

    /// When [`on_deadline`](Self::on_deadline) is due; `None` once the run is over.
    pub fn next_deadline(&self) -> Option<Millis> {
        match &self.phase {
            Phase::Still => None,
            Phase::Coordinating { deadline } => self
                .seats
                .iter()
                .filter_map(Seat::wakes_at)
                .chain([*deadline])
                .min(),
            Phase::Presenting(presentation) => Some(presentation.deadline),
        }
    }

    /// Does what is due by `now`; nothing when it is called too early.
    pub fn on_deadline(&mut self, now: Millis) -> Vec<Command> {
        self.expire(now);
        self.settle(now);
        std::mem::take(&mut self.out)
    }

    fn expire(&mut self, now: Millis) {
        match &self.phase {
            Phase::Still => {}
            Phase::Coordinating { deadline } if *deadline <= now => {
                self.conclude(now, Ending::Deadline);
            }
            Phase::Coordinating { .. } => self.expire_seats(now),
            Phase::Presenting(presentation) if presentation.deadline <= now => {
                self.presentation_late(now);
            }
            Phase::Presenting(_) => {}
        }
    }

    /// Ends coordination when the team is done, and activates whoever has nothing to wait for.
    fn settle(&mut self, now: Millis) {
        if !matches!(self.phase, Phase::Coordinating { .. }) {
            return;
        }
        if !self.seats.iter().any(Seat::is_live) {
            self.conclude(now, Ending::AllFailed);
        } else if self.is_unanimous() {
            self.conclude(now, Ending::Consensus);
        } else {
            self.activate_idle(now);
        }
    }

    fn is_unanimous(&self) -> bool {
        self.live().all(Seat::is_settled) || self.is_lone_answer()
    }

    /// Whether the only live agent has the only answer: there is nobody to judge it, and nothing
    /// to judge it against.
    fn is_lone_answer(&self) -> bool {
        let mut live = self.live();
        let (Some(seat), None) = (live.next(), live.next()) else {
            return false;
        };
        seat.answer.is_some() && self.answered().count() == 1
    }

    fn activate_idle(&mut self, now: Millis) {
        for index in 0..self.seats.len() {
            if matches!(self.seats[index].state, State::Idle) && !self.waits_for_peers(index) {
                self.activate(now, index);
            }
        }
    }

    /// Whether this agent would see only its own answer while a live peer has yet to decide.
    fn waits_for_peers(&self, index: usize) -> bool {
        self.limits.wait_for_peers
            && self.seats[index].answer.is_some()
            && self.answered().count() == 1
            && self.live().any(|peer| !peer.decided)
    }

    fn live(&self) -> impl Iterator<Item = &Seat> {
        self.seats.iter().filter(|seat| seat.is_live())
    }

    fn answered(&self) -> impl Iterator<Item = &Seat> {
        self.seats.iter().filter(|seat| seat.answer.is_some())
    }

    fn index_of(&self, agent: &AgentId) -> Option<usize> {
        self.seats.iter().position(|seat| seat.id == *agent)
    }

    /// Tells the observers something about one agent.
    fn tell(&mut self, index: usize, event: RunEvent) {
        let agent = Some(self.seats[index].id.clone());
        self.out.push(Command::Emit { agent, event });
    }

    /// Tells the observers something about the run.
    fn tell_all(&mut self, event: RunEvent) {
        self.out.push(Command::Emit { agent: None, event });
    }
}
