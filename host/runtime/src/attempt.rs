//! One attempt of an agent, as a task of its own: the model speaks, tools that it wants are run, and
//! so on until it has said something for the rules.
//!
//! The task owns the turn while it runs and gives it back with the outcome. It ends soon after its
//! token is cancelled, and says what each model call cost in any case.
//!
//! **Invariant:** the loop hears of the end of every model call, and the attempt goes on only
//! when the loop has taken it in. So a run that repeats a recorded one does everything in the
//! recorded order, tools too.

use agent::Turn;
use backends::Backend;
use events::{AgentId, NEW_ANSWER, Response, RunEvent, VOTE};
use massgen_plugin::FaultCode;
use orchestrator::{Failure, Millis};
use services::{Lent, Unavailable};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::Outlet;
use crate::doing::{Doing, Wait};
use crate::lending::Talk;
use crate::model_call::{CallEnd, cancelled, failure};

/// Longest text of tool arguments and results in an event, in characters.
const PREVIEW: usize = 200;

/// What a task tells the loop.
pub(crate) enum Report {
    /// A model call ended, and tools follow once the loop has said so.
    Round {
        agent: AgentId,
        end: CallEnd,
        go_on: oneshot::Sender<()>,
    },
    /// The attempt is over.
    Over(Box<Over>),
}

impl Report {
    /// The name of the model call whose end it tells, if it tells one.
    pub(crate) fn call(&self) -> Option<&str> {
        let end = match self {
            Self::Round { end, .. } => Some(end),
            Self::Over(over) => over.end.as_ref(),
        };
        end.map(|end| end.call.as_str())
    }
}

/// A finished attempt.
pub(crate) struct Over {
    pub(crate) agent: AgentId,
    pub(crate) activation: u32,
    /// The end of its last model call, unless that was told before.
    pub(crate) end: Option<CallEnd>,
    /// Absent when it had not begun or cannot go on.
    pub(crate) turn: Option<Turn>,
    pub(crate) outcome: Result<Response, Failure>,
}

/// What an attempt needs.
pub(crate) struct Attempt {
    pub(crate) agent: AgentId,
    pub(crate) activation: u32,
    pub(crate) attempt: u32,
    /// Whether this is the presentation.
    pub(crate) presents: bool,
    pub(crate) backend: Backend,
    pub(crate) lent: Lent,
    pub(crate) outlet: Outlet,
    pub(crate) reports: mpsc::UnboundedSender<Report>,
    pub(crate) cancel: CancellationToken,
    pub(crate) doing: Doing,
}

impl Attempt {
    /// Carries the conversation on until the rules are to judge a reply, and reports it.
    pub(crate) async fn run(self, talk: Talk) {
        let mut end = None;
        let (turn, outcome) = self.carry_on(talk, &mut end).await;
        let over = Over {
            agent: self.agent,
            activation: self.activation,
            end,
            turn,
            outcome,
        };
        // A run that is over needs no report.
        drop(self.reports.send(Report::Over(Box::new(over))));
    }

    /// A presenter has its write access just as long as this takes (orchestration §3.5).
    async fn carry_on(
        &self,
        talk: Talk,
        end: &mut Option<CallEnd>,
    ) -> (Option<Turn>, Result<Response, Failure>) {
        let _access = self.presents.then(|| self.lent.grant_write());
        match self.begin(talk).await {
            Ok(mut turn) => {
                let outcome = self.converse(&mut turn, end).await;
                (Some(turn), outcome)
            }
            Err(failure) => (None, Err(failure)),
        }
    }

    /// Waits for the agent's servers, and opens the conversation if it is a new one.
    async fn begin(&self, talk: Talk) -> Result<Turn, Failure> {
        self.doing.begin(Wait::Servers);
        let ready = self.unless_cancelled(self.lent.ready()).await?;
        ready.map_err(|missing| self.unavailable(&missing))?;
        match talk {
            Talk::Going(turn) => Ok(*turn),
            Talk::New(opening) => {
                let labels = opening.labels();
                let shown = self.lent.show_references(&labels);
                self.unless_cancelled(shown).await?;
                Ok(opening.turn(&self.lent))
            }
        }
    }

    async fn converse(
        &self,
        turn: &mut Turn,
        last: &mut Option<CallEnd>,
    ) -> Result<Response, Failure> {
        for round in 1.. {
            for name in turn.offer(&self.lent.tools()) {
                let text =
                    format!("a second tool is called `{name}`; the first one is offered alone");
                self.emit(RunEvent::Warning { text });
            }
            let (end, asked) = self.ask(self.call_name(round), turn).await;
            *last = Some(end);
            asked?;
            let finished = turn.finish_response();
            if finished.response.is_none()
                && let Some(end) = last.take()
            {
                self.tell_round(end).await?;
            }
            turn.take_results(self.run_tools(finished.wanted).await?);
            if let Some(response) = finished.response {
                self.keep_work(&response).await?;
                return Ok(response);
            }
        }
        Err(failure(&cancelled()))
    }

    /// The name of a model call: unique in the run, and the same when the run is repeated.
    fn call_name(&self, round: u32) -> String {
        let attempt = format!("{}-{}-{}", self.agent, self.activation, self.attempt);
        match round {
            1 => attempt,
            round => format!("{attempt}.{round}"),
        }
    }

    /// Tells the loop that a model call ended, and waits until it has taken that in.
    async fn tell_round(&self, end: CallEnd) -> Result<(), Failure> {
        let (go_on, told) = oneshot::channel();
        let agent = self.agent.clone();
        drop(self.reports.send(Report::Round { agent, end, go_on }));
        let told = self.unless_cancelled(told).await?;
        told.map_err(|_| failure(&cancelled()))
    }

    /// Copies the workspace when this reply may be the one that decides, before the rules hear of
    /// it: whoever sees the answer can see the files it was given with (orchestration §3.2).
    async fn keep_work(&self, response: &Response) -> Result<(), Failure> {
        if !self.presents && may_decide(response) {
            self.unless_cancelled(self.lent.snapshot()).await?;
        }
        Ok(())
    }

    pub(crate) async fn unless_cancelled<T>(
        &self,
        what: impl Future<Output = T>,
    ) -> Result<T, Failure> {
        let done = self.cancel.run_until_cancelled(what).await;
        done.ok_or_else(|| failure(&cancelled()))
    }

    /// Another activation would find the same, so the agent is out.
    fn unavailable(&self, missing: &Unavailable) -> Failure {
        let (agent, server) = (self.agent.as_str(), &missing.server);
        tracing::warn!(agent, server, "{missing}");
        Failure {
            retryable: false,
            code: FaultCode::INTERNAL,
            message: missing.to_string(),
            retry_after: Millis::default(),
        }
    }

    pub(crate) fn emit(&self, event: RunEvent) {
        self.outlet.emit(Some(&self.agent), event);
    }
}

/// Whether a reply calls a tool of coordination, or is plain text, which decides at the last
/// attempt.
fn may_decide(response: &Response) -> bool {
    let called = |name: &str| response.calls.iter().any(|call| call.name == name);
    let plain = response.calls.is_empty() && !response.text.trim().is_empty();
    plain || called(NEW_ANSWER) || called(VOTE)
}

/// The start of a text.
pub(crate) fn preview(text: &str) -> String {
    text.chars().take(PREVIEW).collect()
}

#[cfg(test)]
mod tests {
    use events::{Call, FinishReason};

    use super::*;

    #[test]
    fn the_workspace_is_kept_for_replies_that_may_decide() {
        let table: [(&str, &[&str], bool); 6] = [
            ("", &["vote"], true),
            ("x", &["unknown", "new_answer"], true),
            ("plain", &[], true),
            (" \n", &[], false),
            ("I look it up", &["unknown"], false),
            ("", &["unknown"], false),
        ];
        for (text, names, expected) in table {
            let call = |name: &&str| Call {
                id: String::new(),
                name: (*name).to_owned(),
                arguments: serde_json::Value::Null,
            };
            let response = Response {
                text: text.to_owned(),
                calls: names.iter().map(call).collect(),
                finish: FinishReason::Stop,
            };
            assert_eq!(may_decide(&response), expected, "{text:?} {names:?}");
        }
    }
}
