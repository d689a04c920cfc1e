//! What became of each agent: the last failure of whoever failed, for the report.

use std::collections::HashMap;

use events::{AgentId, AgentInfo, AgentReport, FailureCause, FailureReport, RunEvent, Standing};

/// The last failure of each agent, as long as nothing came of the agent after it.
#[derive(Default)]
pub(crate) struct Outcomes(HashMap<AgentId, FailureReport>);

impl Outcomes {
    /// Takes in what observers are told.
    pub(crate) fn note(&mut self, agent: &AgentId, event: &RunEvent) {
        let failure = match event {
            RunEvent::AgentFailed {
                cause,
                code,
                message,
                ..
            } => FailureReport {
                cause: *cause,
                code: *code,
                message: message.clone(),
            },
            RunEvent::FinalRejected { message, .. } => FailureReport {
                cause: FailureCause::Presentation,
                code: None,
                message: message.clone(),
            },
            RunEvent::AnswerRecorded { .. }
            | RunEvent::VoteRecorded { .. }
            | RunEvent::Abstained => {
                self.0.remove(agent);
                return;
            }
            _ => return,
        };
        self.0.insert(agent.clone(), failure);
    }

    /// Why this agent failed last.
    pub(crate) fn reason(&self, agent: &AgentId) -> Option<&str> {
        self.0.get(agent).map(|failure| failure.message.as_str())
    }

    /// The team, each with how far it had come.
    pub(crate) fn reports(&self, team: &[AgentInfo], standings: &[Standing]) -> Vec<AgentReport> {
        let report = |(info, state): (&AgentInfo, &Standing)| AgentReport {
            id: info.id.clone(),
            backend: info.backend.clone(),
            model: info.model.clone(),
            state: *state,
            failure: self.0.get(&info.id).cloned(),
        };
        team.iter().zip(standings).map(report).collect()
    }
}
