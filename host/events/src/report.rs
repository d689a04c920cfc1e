//! The document that `--output json` prints: the whole run in one value.
//!
//! It is printed for every exit code but 1, so everything but the status may be empty.

use std::collections::BTreeMap;

use massgen_plugin::FaultCode;
use massgen_plugin::chat::Usage;
use serde::{Deserialize, Serialize};

use crate::{AgentId, AnswerSource, FailureCause, Label, Standing, fault_word};

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Consensus, and the presenter's text was delivered.
    Ok,
    /// There is an answer, but something on the way went wrong.
    Partial,
    /// No answer: every agent failed.
    Failed,
    /// No answer: the time ran out.
    Deadline,
    /// The user stopped the run; the best answer so far is given, if there is one.
    Interrupted,
}

impl Status {
    /// The process exit code of `run`: 0 with an answer, 2 failed, 3 deadline, 4 interrupted.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Ok | Self::Partial => 0,
            Self::Failed => 2,
            Self::Deadline => 3,
            Self::Interrupted => 4,
        }
    }
}

/// One run in one document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// [`SCHEMA`](crate::SCHEMA).
    pub schema: u32,
    /// How the run ended.
    pub status: Status,
    /// The final text, byte for byte; `null` without an answer.
    pub answer: Option<String>,
    /// Whose answer won; `null` without an answer.
    pub winner: Option<AgentId>,
    /// What became of each agent, in registration order; empty in documents of version 0.1.
    #[serde(default)]
    pub agents: Vec<AgentReport>,
    /// Each agent's last accepted answer, in registration order.
    pub answers: Vec<AnswerReport>,
    /// The votes that counted, in registration order of the voters.
    pub votes: Vec<VoteReport>,
    /// What the run cost.
    pub usage: UsageReport,
    /// How long it took.
    pub timings: Timings,
    /// Where its files are.
    pub paths: Paths,
}

/// What became of one agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentReport {
    /// The user's name for it.
    pub id: AgentId,
    /// Backend type, for example `vllm`.
    pub backend: String,
    /// Model name as configured; `null` when the backend chooses.
    pub model: Option<String>,
    /// How far it had come.
    pub state: Standing,
    /// What went wrong last, if nothing came of the agent after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailureReport>,
}

/// Why an agent failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureReport {
    /// What kind of failure.
    pub cause: FailureCause,
    /// The fault of the model call, as a word; absent for other causes.
    #[serde(default, with = "fault_word", skip_serializing_if = "Option::is_none")]
    pub code: Option<FaultCode>,
    /// One line for people, secrets removed.
    pub message: String,
}

/// One agent's last accepted answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerReport {
    /// Whose answer.
    pub agent: AgentId,
    /// The answer's label, for example `agent1.2`.
    pub label: Label,
    /// The answer, byte for byte.
    pub text: String,
    /// How it was given.
    pub source: AnswerSource,
}

/// One vote that counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoteReport {
    /// Who voted.
    pub voter: AgentId,
    /// Whose answer was voted for.
    pub target: AgentId,
    /// Why, in the voter's words; may be empty.
    pub reason: String,
}

/// Model calls and tokens of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageReport {
    /// All agents together.
    pub total: Tally,
    /// Each agent that made a call.
    pub agents: BTreeMap<AgentId, Tally>,
}

impl UsageReport {
    /// Adds one call of this agent. `is_unpriced`: it cost something, and nobody knows how much.
    pub fn add(&mut self, agent: &AgentId, usage: Usage, is_unpriced: bool) {
        self.total.add(usage, is_unpriced);
        let own = self.agents.entry(agent.clone()).or_default();
        own.add(usage, is_unpriced);
    }
}

/// A number of model calls and the tokens they cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Model calls.
    pub calls: u64,
    /// Sums over the calls for which the number is known; absent when it is known for none.
    #[serde(flatten)]
    pub tokens: Usage,
    /// Calls whose cost nobody knows; where there are some, the sum is what the others cost.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unpriced_calls: u64,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes the field by reference"
)]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl Tally {
    /// Adds one call. `is_unpriced`: it cost something, and nobody knows how much.
    pub fn add(&mut self, usage: Usage, is_unpriced: bool) {
        self.calls += 1;
        self.unpriced_calls += u64::from(is_unpriced);
        sum(&mut self.tokens.input, usage.input);
        sum(&mut self.tokens.cached_input, usage.cached_input);
        sum(&mut self.tokens.cache_write, usage.cache_write);
        sum(&mut self.tokens.output, usage.output);
        sum(&mut self.tokens.reasoning, usage.reasoning);
        sum(&mut self.tokens.server_tools, usage.server_tools);
        sum(&mut self.tokens.cost_micro_usd, usage.cost_micro_usd);
    }
}

fn sum(total: &mut Option<u64>, more: Option<u64>) {
    *total = match (*total, more) {
        (Some(total), Some(more)) => Some(total.saturating_add(more)),
        (total, more) => total.or(more),
    };
}

/// Durations in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timings {
    /// The whole run.
    pub total_ms: u64,
    /// From the start until a winner was known or coordination ended without one.
    pub coordination_ms: u64,
    /// The presentation; 0 when there was none.
    pub presentation_ms: u64,
}

/// Where a run's files are, as text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paths {
    /// The run's own directory.
    pub log_dir: String,
    /// `events.jsonl` in it.
    pub events: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agents_fault_is_a_word_and_what_is_absent_is_not_written() {
        let failed = r#"{"id":"ann","backend":"vllm","model":null,"state":"cut_off","failure":{"cause":"run_deadline","message":"late"}}"#;
        let out = r#"{"id":"bob","backend":"openai","model":"m","state":"out","failure":{"cause":"fault","code":"auth","message":"no"}}"#;
        let fine = r#"{"id":"cid","backend":"claude","model":"c","state":"voted"}"#;
        for json in [failed, out, fine] {
            let report: AgentReport = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&report).unwrap(), json);
        }
    }

    #[test]
    fn a_number_that_a_provider_left_out_never_counts_as_zero() {
        let mut tally = Tally::default();
        let first = Usage {
            input: Some(3),
            cost_micro_usd: Some(20),
            ..Usage::default()
        };
        tally.add(first, false);
        let second = Usage {
            input: Some(4),
            output: Some(5),
            ..Usage::default()
        };
        tally.add(second, true);
        let json = serde_json::to_string(&tally).unwrap();
        assert_eq!(
            json,
            r#"{"calls":2,"input":7,"output":5,"cost_micro_usd":20,"unpriced_calls":1}"#
        );
        assert_eq!(serde_json::from_str::<Tally>(&json).unwrap(), tally);
    }
}
