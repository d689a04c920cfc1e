//! One agent's place at the table: its answer, and what it is doing.
//!
//! **Invariant:** a vote is its voter's state and nothing else. There is no second table that
//! could keep a vote which the voter no longer stands by.

use events::{AgentId, AnswerSource, Label, Standing, VisibleAnswer};

use crate::Millis;

/// One agent as the rules see it.
#[derive(Debug)]
pub(crate) struct Seat {
    /// The user's name for it.
    pub(crate) id: AgentId,
    /// Its anonymous label; the same for the whole run.
    pub(crate) label: Label,
    /// What it is doing.
    pub(crate) state: State,
    /// Its activations so far; the number of the current one.
    pub(crate) activation: u32,
    /// How often an answer made it start again.
    pub(crate) round: u32,
    /// Somebody answered since its activation began.
    pub(crate) restart_pending: bool,
    /// It has ended an activation, in whatever way.
    pub(crate) decided: bool,
    /// Failed activations in a row.
    pub(crate) failures: u32,
    /// Accepted answers so far.
    pub(crate) given: u32,
    /// The last accepted answer.
    pub(crate) answer: Option<Answer>,
}

/// An accepted answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) label: Label,
    pub(crate) text: String,
    pub(crate) source: AnswerSource,
}

/// What an agent is doing.
#[derive(Debug)]
pub(crate) enum State {
    /// Nothing; it is to be activated.
    Idle,
    /// Its model is being asked.
    Running(Running),
    /// It failed and is activated again at this time.
    Resting { until: Millis },
    /// It stands by this vote.
    Voted(Vote),
    /// It has nothing to add to the present answers, and voted for none.
    Abstained,
    /// It is out of the run.
    Failed,
}

/// An activation under way.
#[derive(Debug)]
pub(crate) struct Running {
    /// From 1.
    pub(crate) attempt: u32,
    pub(crate) deadline: Millis,
    /// The answers it was shown.
    pub(crate) frozen: Vec<VisibleAnswer>,
    pub(crate) may_answer: bool,
}

/// A vote that counts.
#[derive(Debug)]
pub(crate) struct Vote {
    /// The voted-for agent's label, without an answer's number.
    pub(crate) target: Label,
    pub(crate) reason: String,
}

impl Seat {
    /// The place of an agent that has done nothing yet.
    pub(crate) fn new(id: AgentId, label: Label) -> Self {
        Self {
            id,
            label,
            state: State::Idle,
            activation: 0,
            round: 0,
            restart_pending: false,
            decided: false,
            failures: 0,
            given: 0,
            answer: None,
        }
    }

    /// Whether it is still in the run.
    pub(crate) fn is_live(&self) -> bool {
        !matches!(self.state, State::Failed)
    }

    /// Whether it has nothing to add to the present answers.
    pub(crate) fn is_settled(&self) -> bool {
        matches!(self.state, State::Voted(_) | State::Abstained)
    }

    /// How far it has come, for a run whose coordination ends now.
    pub(crate) fn standing(&self, is_consensus: bool) -> Standing {
        match &self.state {
            State::Voted(_) => Standing::Voted,
            State::Abstained => Standing::Abstained,
            State::Failed => Standing::Out,
            // The only one left has the only answer, and needs no vote of its own.
            _ if is_consensus => Standing::Answered,
            State::Idle if self.answer.is_some() => Standing::Answered,
            State::Resting { .. } => Standing::Failed,
            State::Idle | State::Running(_) => Standing::CutOff,
        }
    }

    /// The vote it stands by.
    pub(crate) fn vote(&self) -> Option<&Vote> {
        match &self.state {
            State::Voted(vote) => Some(vote),
            _ => None,
        }
    }

    /// The activation under way, when it has this number.
    pub(crate) fn running(&self, activation: u32) -> Option<&Running> {
        match &self.state {
            State::Running(running) if self.activation == activation => Some(running),
            _ => None,
        }
    }

    /// When something must happen here although nothing comes in.
    pub(crate) fn wakes_at(&self) -> Option<Millis> {
        match &self.state {
            State::Running(running) => Some(running.deadline),
            State::Resting { until } => Some(*until),
            _ => None,
        }
    }

    /// Its answer as this reader sees it.
    pub(crate) fn shown_to(&self, reader: &Self) -> Option<VisibleAnswer> {
        let answer = self.answer.as_ref()?;
        Some(VisibleAnswer {
            label: answer.label,
            text: answer.text.clone(),
            own: self.label == reader.label,
        })
    }
}
