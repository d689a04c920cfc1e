//! What happens to one agent: it is activated, replies, answers, votes, fails, starts again.

use events::{
    AgentId, AgentStatus, AnswerSource, DiscardCause, FailureCause, FaultCode, Rejection, Reply,
    Response, RunEvent, TimeoutScope,
};

use super::Coordination;
use crate::decide::unfinished;
use crate::seat::{Answer, Running, State, Vote};
use crate::{Command, Decision, Failure, Millis, Situation, decide};

impl Coordination {
    /// Begins a new conversation with the answers of this moment.
    pub(super) fn activate(&mut self, now: Millis, index: usize) {
        let seat = &self.seats[index];
        let visible: Vec<_> = self
            .seats
            .iter()
            .filter_map(|author| author.shown_to(seat))
            .collect();
        let may_answer = self
            .limits
            .new_answers
            .is_none_or(|most| seat.given < most.get());
        let deadline = now + self.limits.turn;
        let seat = &mut self.seats[index];
        seat.activation += 1;
        seat.round += u32::from(std::mem::take(&mut seat.restart_pending));
        seat.state = State::Running(Running {
            attempt: 1,
            deadline,
            frozen: visible.clone(),
            may_answer,
        });
        let activated = RunEvent::AgentActivated {
            activation: seat.activation,
            round: seat.round,
            visible_labels: visible.iter().map(|answer| answer.label).collect(),
        };
        let start = Command::StartTurn {
            agent: seat.id.clone(),
            activation: seat.activation,
            deadline,
            may_answer,
            may_vote: !visible.is_empty(),
            visible,
        };
        self.tell(index, activated);
        self.tell_status(index, AgentStatus::Working);
        self.out.push(start);
    }

    pub(super) fn responded(
        &mut self,
        now: Millis,
        agent: &AgentId,
        activation: u32,
        response: &Response,
    ) {
        let Some(index) = self.index_of(agent) else {
            return;
        };
        let seat = &self.seats[index];
        let Some(running) = seat.running(activation) else {
            return;
        };
        if let Some(failure) = unfinished(response.finish, &response.text) {
            let code = Some(failure.code);
            self.fail(now, index, FailureCause::Fault, code, failure);
            return;
        }
        let attempt = running.attempt;
        let situation = Situation {
            frozen: &running.frozen,
            may_answer: running.may_answer,
            restart_pending: seat.restart_pending,
            last_attempt: attempt >= self.limits.attempts.get(),
        };
        match decide(response, situation) {
            Decision::Answer { text, source } => self.answer(index, text, source),
            Decision::Vote { target, reason } => self.vote(index, Vote { target, reason }),
            Decision::DiscardVote => self.discard_vote(index),
            Decision::Abstain => self.abstain(index),
            Decision::Restart(rejection) => self.restart(index, attempt, &rejection),
            Decision::Retry { rejection, replies } => {
                self.retry(index, attempt, &rejection, replies);
            }
            Decision::Fail(rejection) => self.break_off(now, index, attempt, &rejection),
        }
    }

    fn answer(&mut self, index: usize, text: String, source: AnswerSource) {
        let seat = &mut self.seats[index];
        seat.given += 1;
        let label = seat.label.answer(seat.given);
        seat.answer = Some(Answer {
            label,
            text: text.clone(),
            source,
        });
        self.end_well(index, State::Idle);
        self.tell(
            index,
            RunEvent::AnswerRecorded {
                label,
                text,
                source,
            },
        );
        self.tell_status(index, AgentStatus::Answered);
        self.seats[index].restart_pending = true;
        let by = self.seats[index].id.clone();
        for peer in (0..self.seats.len()).filter(|peer| *peer != index) {
            self.request_restart(peer, &by);
        }
    }

    /// Voids what this agent has settled on; if it is still at work, lets it finish its reply.
    fn request_restart(&mut self, index: usize, by: &AgentId) {
        let seat = &mut self.seats[index];
        if !seat.is_live() || std::mem::replace(&mut seat.restart_pending, true) {
            return;
        }
        let had_voted = seat.vote().is_some();
        let was_settled = seat.is_settled();
        if was_settled {
            seat.state = State::Idle;
        }
        if had_voted {
            self.tell(
                index,
                RunEvent::VoteDiscarded {
                    cause: DiscardCause::NewAnswer,
                },
            );
        }
        self.tell(index, RunEvent::RestartRequested { by: by.clone() });
        if was_settled {
            self.tell_status(index, AgentStatus::Restarting);
        }
    }

    fn vote(&mut self, index: usize, vote: Vote) {
        let target = self.seats.iter().find(|seat| seat.label == vote.target);
        let target_label = target
            .and_then(|seat| seat.answer.as_ref())
            .map(|answer| answer.label);
        let recorded = RunEvent::VoteRecorded {
            target_label: target_label.unwrap_or(vote.target),
            reason: vote.reason.clone(),
        };
        self.end_well(index, State::Voted(vote));
        self.tell(index, recorded);
        self.tell_status(index, AgentStatus::Voted);
    }

    fn discard_vote(&mut self, index: usize) {
        self.end_well(index, State::Idle);
        self.tell(
            index,
            RunEvent::VoteDiscarded {
                cause: DiscardCause::RestartPending,
            },
        );
        self.tell_status(index, AgentStatus::Restarting);
    }

    fn abstain(&mut self, index: usize) {
        self.end_well(index, State::Abstained);
        self.tell(index, RunEvent::Abstained);
        self.tell_status(index, AgentStatus::Waiting);
    }

    fn end_well(&mut self, index: usize, state: State) {
        let seat = &mut self.seats[index];
        seat.state = state;
        seat.decided = true;
        seat.failures = 0;
    }

    fn restart(&mut self, index: usize, attempt: u32, rejection: &Rejection) {
        self.tell_violation(index, attempt, rejection);
        let seat = &mut self.seats[index];
        seat.state = State::Idle;
        seat.decided = true;
        self.tell_status(index, AgentStatus::Restarting);
    }

    fn retry(&mut self, index: usize, attempt: u32, rejection: &Rejection, replies: Vec<Reply>) {
        self.tell_violation(index, attempt, rejection);
        let seat = &mut self.seats[index];
        if let State::Running(running) = &mut seat.state {
            running.attempt = attempt + 1;
        }
        let next = Command::ContinueTurn {
            agent: seat.id.clone(),
            activation: seat.activation,
            attempt: attempt + 1,
            replies,
        };
        self.out.push(next);
    }

    fn break_off(&mut self, now: Millis, index: usize, attempt: u32, rejection: &Rejection) {
        self.tell_violation(index, attempt, rejection);
        let message = format!("still {rejection} at attempt {attempt}");
        self.fail(now, index, FailureCause::Rules, None, again(message));
    }

    pub(super) fn call_failed(
        &mut self,
        now: Millis,
        agent: &AgentId,
        activation: u32,
        failure: Failure,
    ) {
        let Some(index) = self.index_of(agent) else {
            return;
        };
        if self.seats[index].running(activation).is_some() {
            let code = Some(failure.code);
            self.fail(now, index, FailureCause::Fault, code, failure);
        }
    }

    /// Ends turns that have run too long, and makes rested agents ready to be activated.
    pub(super) fn expire_seats(&mut self, now: Millis) {
        for index in 0..self.seats.len() {
            let due = self.seats[index].wakes_at().is_some_and(|at| at <= now);
            match self.seats[index].state {
                State::Resting { .. } if due => self.seats[index].state = State::Idle,
                State::Running(_) if due => self.turn_late(now, index),
                _ => {}
            }
        }
    }

    fn turn_late(&mut self, now: Millis, index: usize) {
        self.cancel(index);
        self.tell(
            index,
            RunEvent::Timeout {
                scope: TimeoutScope::Turn,
            },
        );
        let late = again("the turn took too long".to_owned());
        self.fail(now, index, FailureCause::TurnDeadline, None, late);
    }

    fn fail(
        &mut self,
        now: Millis,
        index: usize,
        cause: FailureCause,
        code: Option<FaultCode>,
        failure: Failure,
    ) {
        let most = self.limits.activation_failures.get();
        let seat = &mut self.seats[index];
        seat.failures += 1;
        seat.decided = true;
        let out = !failure.retryable || seat.failures >= most;
        let pause = backoff(seat.failures).max(failure.retry_after);
        seat.state = if out {
            State::Failed
        } else {
            State::Resting { until: now + pause }
        };
        let failed = RunEvent::AgentFailed {
            cause,
            code,
            message: failure.message,
            retry_in_ms: (!out).then_some(pause.0),
            r#final: out,
        };
        self.tell(index, failed);
        let status = if out {
            AgentStatus::Failed
        } else {
            AgentStatus::Retrying
        };
        self.tell_status(index, status);
    }

    /// Stops the activation under way, if there is one; the agent is idle then.
    pub(super) fn cancel(&mut self, index: usize) {
        let seat = &mut self.seats[index];
        if matches!(seat.state, State::Running(_)) {
            seat.state = State::Idle;
            let (agent, activation) = (seat.id.clone(), seat.activation);
            self.out.push(Command::CancelTurn { agent, activation });
        }
    }

    fn tell_violation(&mut self, index: usize, attempt: u32, rejection: &Rejection) {
        let (kind, message) = (rejection.violation(), rejection.to_string());
        self.tell(
            index,
            RunEvent::RuleViolation {
                kind,
                attempt,
                message,
            },
        );
    }

    pub(super) fn tell_status(&mut self, index: usize, status: AgentStatus) {
        self.tell(index, RunEvent::AgentStatus { status });
    }
}

/// A failure that is none of a model call: worth another activation.
fn again(message: String) -> Failure {
    Failure {
        retryable: true,
        code: FaultCode::INTERNAL,
        message,
        retry_after: Millis::default(),
    }
}

/// 1, 2, 4, 8 seconds, and 8 from then on.
fn backoff(failures: u32) -> Millis {
    Millis::seconds(1 << failures.saturating_sub(1).min(3))
}
