//! What happens once coordination is over: selection, the presentation, the outcome.
//!
//! The presentation happens here in every mode and at most once; whatever becomes of it, the
//! winner's stored answer is there to be delivered instead (orchestration §1.7, §1.9).

use events::{
    AgentStatus, AnswerReport, FailureCause, FinalStatus, FinishReason, RejectKind, RunEvent,
    Standing, Status, TimeoutScope, Timings,
};

use super::{Coordination, Phase};
use crate::decide::unfinished;
use crate::seat::Seat;
use crate::selection::{Selection, ballots, select, vote_reports};
use crate::{Command, Failure, Millis, Outcome};

/// Why coordination ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// Every live agent has settled.
    Consensus,
    /// No agent is left.
    AllFailed,
    /// The budget is spent.
    Deadline,
    /// The user stopped the run.
    Interrupted,
}

/// The one presentation, under way.
#[derive(Debug)]
pub(super) struct Presentation {
    pub(super) deadline: Millis,
    presenter: usize,
    ending: Ending,
    /// When coordination ended.
    began: Millis,
}

/// The final text and where it comes from.
struct Final {
    text: String,
    source: FinalStatus,
}

impl Coordination {
    /// Ends coordination: whoever still works stops, and the winner presents if there is one.
    pub(super) fn conclude(&mut self, now: Millis, ending: Ending) {
        let is_consensus = ending == Ending::Consensus;
        let standings = self.seats.iter().map(|seat| seat.standing(is_consensus));
        self.standings = standings.collect();
        match ending {
            Ending::Consensus => self.tell_all(RunEvent::ConsensusReached),
            Ending::Deadline => self.tell_timeout(),
            Ending::AllFailed | Ending::Interrupted => {}
        }
        for index in 0..self.seats.len() {
            self.cancel(index);
        }
        match select(&self.seats) {
            Some(selection) => self.selected(now, ending, selection),
            None => self.finish(now, now, ending, None, None),
        }
    }

    fn tell_timeout(&mut self) {
        self.tell_all(RunEvent::Timeout {
            scope: TimeoutScope::Coordination,
        });
        for index in 0..self.seats.len() {
            let seat = &self.seats[index];
            if seat.is_live() && !seat.is_settled() {
                self.cut_off(index);
                self.tell_status(index, AgentStatus::Timeout);
            }
        }
    }

    /// Says that an agent is not done. One that has answered may still win and present.
    fn cut_off(&mut self, index: usize) {
        self.cancel(index);
        if !matches!(self.standings[index], Standing::CutOff | Standing::Failed) {
            return;
        }
        let failed = RunEvent::AgentFailed {
            cause: FailureCause::RunDeadline,
            code: None,
            message: "the run's time is over".to_owned(),
            retry_in_ms: None,
            r#final: self.seats[index].answer.is_none(),
        };
        self.tell(index, failed);
    }

    fn selected(&mut self, now: Millis, ending: Ending, selection: Selection) {
        let Selection {
            winner,
            counts,
            tie,
        } = selection;
        let seat = &self.seats[winner];
        if let Some(label) = seat.answer.as_ref().map(|answer| answer.label) {
            let winner = seat.id.clone();
            self.tell_all(RunEvent::WinnerSelected {
                winner,
                label,
                counts,
                tie,
            });
        }
        let can_present = self.seats[winner].is_live() && ending != Ending::Interrupted;
        let presentation = Presentation {
            deadline: now + self.limits.presentation,
            presenter: winner,
            ending,
            began: now,
        };
        if can_present {
            self.present(presentation);
        } else {
            self.deliver_stored(now, &presentation, 0);
        }
    }

    fn present(&mut self, presentation: Presentation) {
        let index = presentation.presenter;
        let answers = {
            let presenter = &self.seats[index];
            self.seats
                .iter()
                .filter_map(|author| author.shown_to(presenter))
                .collect()
        };
        let seat = &mut self.seats[index];
        seat.activation += 1;
        let (agent, activation) = (seat.id.clone(), seat.activation);
        self.tell_status(index, AgentStatus::Presenting);
        self.tell(index, RunEvent::FinalAttemptStarted { n: 1 });
        self.out.push(Command::Present {
            agent,
            activation,
            deadline: presentation.deadline,
            answers,
            votes: ballots(&self.seats),
        });
        self.phase = Phase::Presenting(presentation);
    }

    pub(super) fn presented(&mut self, now: Millis, text: String, finish: FinishReason) {
        if let Some(failure) = unfinished(finish, &text) {
            self.reject(now, RejectKind::Failed, failure.message);
        } else if finish == FinishReason::Length {
            let message = "the presentation was cut off at the token limit".to_owned();
            self.reject(now, RejectKind::Failed, message);
        } else if text.trim().is_empty() {
            self.reject(
                now,
                RejectKind::Empty,
                "the presentation is empty".to_owned(),
            );
        } else if let Some(presentation) = self.end_presentation() {
            let presented = Final {
                text,
                source: FinalStatus::Presented,
            };
            self.deliver(now, &presentation, 1, presented);
        }
    }

    pub(super) fn presentation_failed(&mut self, now: Millis, failure: Failure) {
        self.reject(now, RejectKind::Failed, failure.message);
    }

    pub(super) fn presentation_late(&mut self, now: Millis) {
        self.cancel_presentation();
        self.tell_all(RunEvent::Timeout {
            scope: TimeoutScope::Presentation,
        });
        self.reject(
            now,
            RejectKind::Deadline,
            "the presentation took too long".to_owned(),
        );
    }

    pub(super) fn interrupted(&mut self, now: Millis) {
        match &mut self.phase {
            Phase::Still => {}
            Phase::Coordinating { .. } => self.conclude(now, Ending::Interrupted),
            Phase::Presenting(presentation) => {
                presentation.ending = Ending::Interrupted;
                self.cancel_presentation();
                self.reject(
                    now,
                    RejectKind::Interrupted,
                    "the run was interrupted".to_owned(),
                );
            }
        }
    }

    fn cancel_presentation(&mut self) {
        if let Phase::Presenting(presentation) = &self.phase {
            let seat = &self.seats[presentation.presenter];
            let (agent, activation) = (seat.id.clone(), seat.activation);
            self.out.push(Command::CancelTurn { agent, activation });
        }
    }

    /// Gives up the presentation in favour of the stored answer.
    fn reject(&mut self, now: Millis, kind: RejectKind, message: String) {
        if let Some(presentation) = self.end_presentation() {
            let rejected = RunEvent::FinalRejected {
                n: 1,
                kind,
                message,
            };
            self.tell(presentation.presenter, rejected);
            self.deliver_stored(now, &presentation, 1);
        }
    }

    /// The presentation under way; it is over with this call.
    fn end_presentation(&mut self) -> Option<Presentation> {
        match std::mem::replace(&mut self.phase, Phase::Still) {
            Phase::Presenting(presentation) => Some(presentation),
            other => {
                self.phase = other;
                None
            }
        }
    }

    fn deliver_stored(&mut self, now: Millis, presentation: &Presentation, n: u32) {
        let stored = self.seats[presentation.presenter].answer.as_ref();
        let text = stored.map(|answer| answer.text.clone()).unwrap_or_default();
        let stored = Final {
            text,
            source: FinalStatus::Stored,
        };
        self.deliver(now, presentation, n, stored);
    }

    fn deliver(&mut self, now: Millis, presentation: &Presentation, n: u32, last: Final) {
        let Presentation {
            presenter,
            ending,
            began,
            ..
        } = *presentation;
        let accepted = RunEvent::FinalAccepted {
            n,
            status: last.source,
            text: last.text.clone(),
        };
        self.tell(presenter, accepted);
        self.finish(now, began, ending, Some(presenter), Some(last));
    }

    fn finish(
        &mut self,
        now: Millis,
        coordinated: Millis,
        ending: Ending,
        winner: Option<usize>,
        last: Option<Final>,
    ) {
        for index in 0..self.seats.len() {
            if self.seats[index].is_live() {
                self.tell_status(index, AgentStatus::Done);
            }
        }
        self.phase = Phase::Still;
        let presentation_ms = now.0.saturating_sub(coordinated.0);
        let outcome = Outcome {
            status: self.status(ending, last.as_ref()),
            answer: last.map(|last| last.text),
            winner: winner.map(|index| self.seats[index].id.clone()),
            standings: std::mem::take(&mut self.standings),
            answers: self.seats.iter().filter_map(answer_report).collect(),
            votes: vote_reports(&self.seats),
            timings: Timings {
                total_ms: now.0,
                coordination_ms: coordinated.0,
                presentation_ms,
            },
        };
        self.out.push(Command::Finish(outcome));
    }

    /// `Ok` is what was planned: consensus of the whole team, and its presentation.
    fn status(&self, ending: Ending, last: Option<&Final>) -> Status {
        let whole = self.seats.iter().all(Seat::is_live);
        match (ending, last.map(|last| last.source)) {
            (Ending::Interrupted, _) => Status::Interrupted,
            (Ending::Consensus, Some(FinalStatus::Presented)) if whole => Status::Ok,
            (_, Some(_)) => Status::Partial,
            (Ending::Deadline, None) => Status::Deadline,
            (Ending::Consensus | Ending::AllFailed, None) => Status::Failed,
        }
    }
}

fn answer_report(seat: &Seat) -> Option<AnswerReport> {
    let answer = seat.answer.as_ref()?;
    Some(AnswerReport {
        agent: seat.id.clone(),
        label: answer.label,
        text: answer.text.clone(),
        source: answer.source,
    })
}
