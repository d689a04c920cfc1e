//! Everything that can happen in a run (orchestration §5.1), one variant each.
//!
//! Events about one agent do not repeat whose they are: the [`Envelope`] says it.
//! No variant has a member that the envelope has too (`schema`, `seq`, `ms`, `agent`, `event`).
//! State events are never dropped on their way to a reader; deltas may be joined
//! ([`RunEvent::is_delta`]).

use massgen_plugin::FaultCode;
use massgen_plugin::chat::{FinishReason, ReasoningForm, Usage};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    AgentId, AgentInfo, AgentStatus, AnswerSource, DiscardCause, FailureCause, FinalStatus, Label,
    McpServerStatus, Paths, PricedBy, RejectKind, SCHEMA, Status, Tally, TimeoutScope, Violation,
    VoteCount, WaitReason, fault_word,
};

/// One line of `events.jsonl`: an event with its place in the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Counts the run's events from 0 without gaps.
    pub seq: u64,
    /// Milliseconds since the run started.
    pub ms: u64,
    /// The agent that the event is about; absent for events of the whole run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentId>,
    /// What happened.
    #[serde(flatten)]
    pub event: RunEvent,
}

impl Envelope {
    /// An event at its place, in the current schema.
    pub fn new(seq: u64, ms: u64, agent: Option<AgentId>, event: RunEvent) -> Self {
        Self {
            schema: SCHEMA,
            seq,
            ms,
            agent,
            event,
        }
    }
}

/// What happened. In JSON the member `event` names the variant in snake case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum RunEvent {
    /// The run began. Always the first event.
    RunStarted {
        /// The user's question, as given.
        question: String,
        /// The team in registration order.
        agents: Vec<AgentInfo>,
        /// Version of massgen.
        massgen: String,
        /// The run's one absolute time, RFC 3339 with offset.
        started_at: String,
        /// The plan that is carried out, secrets removed; its shape belongs to `config`.
        plan: Value,
    },
    /// An agent began an activation: one conversation, of one or more attempts.
    AgentActivated {
        /// Counts this agent's activations from 1.
        activation: u32,
        /// How often this agent was restarted by somebody's answer, from 0.
        round: u32,
        /// Answers that it sees, in registration order.
        visible_labels: Vec<Label>,
    },
    /// More of a reply's text.
    TextDelta {
        /// The new text.
        text: String,
    },
    /// More of a model's visible thinking.
    ReasoningDelta {
        /// The new text.
        text: String,
        /// Thinking or its summary.
        form: ReasoningForm,
    },
    /// The model called a tool.
    ToolCall {
        /// The call's id, unique within the reply; empty in logs of version 0.1.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        call_id: String,
        /// The tool's name as the model wrote it.
        name: String,
        /// The start of the arguments, as JSON text.
        arguments_preview: String,
    },
    /// A tool that the host runs tells how far it is. Of several that wait only the newest is kept.
    ToolProgress {
        /// The id of its [`ToolCall`](Self::ToolCall).
        call_id: String,
        /// The tool's name.
        name: String,
        /// The tool's words, or `3 of 10`.
        text: String,
    },
    /// A tool call got its result.
    ToolResult {
        /// The id of its [`ToolCall`](Self::ToolCall); empty in logs of version 0.1.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        call_id: String,
        /// The tool's name.
        name: String,
        /// Whether it failed or was rejected.
        is_error: bool,
        /// The start of the result.
        preview: String,
    },
    /// A tool at the provider changed its state.
    ServerTool {
        /// The provider's name of the tool.
        name: String,
        /// `started`, `running`, `completed` or `failed`.
        status: String,
        /// In words; may be empty.
        detail: String,
    },
    /// An MCP server of an agent changed its state.
    McpStatus {
        /// The server's name in the configuration.
        server: String,
        /// What it is now.
        status: McpServerStatus,
        /// One line for people; may be empty.
        detail: String,
    },
    /// Something did not go as it should, and the run goes on.
    Warning {
        /// One line for people.
        text: String,
    },
    /// A remark about progress, for people.
    Status {
        /// One line.
        text: String,
    },
    /// A model call waits before it is sent.
    Waiting {
        /// Why.
        reason: WaitReason,
        /// How long, in milliseconds.
        wait_ms: u64,
    },
    /// A model call began. With tools of the host one attempt has several, one after the other.
    CallStarted {
        /// The host's name of the call, unique in the run.
        call: String,
        /// Which attempt of the activation, from 1.
        attempt: u32,
    },
    /// A model call ended.
    CallEnded {
        /// The host's name of the call.
        call: String,
        /// Tokens, as far as the provider said, and what they cost, as far as that is known.
        usage: Usage,
        /// Who says what it cost; absent when nobody knows.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        priced_by: Option<PricedBy>,
        /// How the reply ended; absent when the call failed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        finish: Option<FinishReason>,
        /// Duration in milliseconds.
        duration_ms: u64,
    },
    /// A reply broke a rule of coordination.
    RuleViolation {
        /// Which rule.
        kind: Violation,
        /// At which attempt, from 1.
        attempt: u32,
        /// One line for people.
        message: String,
    },
    /// An answer was accepted. It voids every vote.
    AnswerRecorded {
        /// Its label.
        label: Label,
        /// The answer, byte for byte.
        text: String,
        /// How it was given.
        source: AnswerSource,
    },
    /// A vote was accepted.
    VoteRecorded {
        /// The answer voted for.
        target_label: Label,
        /// Why, in the voter's words; may be empty.
        reason: String,
    },
    /// A vote does not count.
    VoteDiscarded {
        /// Why.
        cause: DiscardCause,
    },
    /// The agent has settled without an answer or a vote of its own (last attempt, plain text).
    Abstained,
    /// The agent is to start again with the newest answers.
    RestartRequested {
        /// Who answered.
        by: AgentId,
    },
    /// An activation failed.
    AgentFailed {
        /// Why.
        cause: FailureCause,
        /// The fault of the model call, as a word; absent for other causes.
        #[serde(default, with = "fault_word", skip_serializing_if = "Option::is_none")]
        code: Option<FaultCode>,
        /// One line for people.
        message: String,
        /// When the agent starts again, in milliseconds; absent when it does not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_in_ms: Option<u64>,
        /// Whether the agent is out of the run.
        r#final: bool,
    },
    /// An agent does something else now.
    AgentStatus {
        /// What.
        status: AgentStatus,
    },
    /// Every live agent has settled on the same set of answers.
    ConsensusReached,
    /// A budget ran out.
    Timeout {
        /// Which one.
        scope: TimeoutScope,
    },
    /// The winner is known.
    WinnerSelected {
        /// Whose answer won.
        winner: AgentId,
        /// The winning answer's label.
        label: Label,
        /// Votes per answer, in registration order.
        counts: Vec<VoteCount>,
        /// Whether registration order decided between equal counts.
        tie: bool,
    },
    /// The presenter began to write the final answer.
    FinalAttemptStarted {
        /// Counts attempts from 1.
        n: u32,
    },
    /// More of the final answer's draft. A draft that ends in tool calls is no part of the answer:
    /// after their results a new one begins.
    FinalDelta {
        /// The new text.
        text: String,
    },
    /// An attempt at the final answer was not taken.
    FinalRejected {
        /// Which attempt.
        n: u32,
        /// Why.
        kind: RejectKind,
        /// One line for people.
        message: String,
    },
    /// The final answer is settled.
    FinalAccepted {
        /// Which attempt it came from, or after which one the stored answer was taken; 0 when
        /// there was no attempt.
        n: u32,
        /// Where the text comes from.
        status: FinalStatus,
        /// The final answer, byte for byte.
        text: String,
    },
    /// A plugin did something that the host corrected or ignored.
    PluginWarning {
        /// The plugin's name.
        plugin: String,
        /// One line.
        text: String,
    },
    /// The run is over. Always the last event.
    RunFinished {
        /// How it ended.
        status: Status,
        /// The process exit code.
        exit_code: u8,
        /// All model calls of the run; empty in logs of version 0.1.
        #[serde(default)]
        usage: Tally,
        /// Where its files are.
        paths: Paths,
    },
}

impl RunEvent {
    /// Whether this is a piece of a stream: a slow reader may be given several joined into one,
    /// and of progress the newest alone.
    pub fn is_delta(&self) -> bool {
        matches!(
            self,
            Self::TextDelta { .. }
                | Self::ReasoningDelta { .. }
                | Self::FinalDelta { .. }
                | Self::ToolProgress { .. }
        )
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(agent: Option<&str>, event: RunEvent, line: Expect) {
        let envelope = Envelope::new(7, 1500, agent.map(AgentId::from), event);
        let json = serde_json::to_string(&envelope).unwrap();
        line.assert_eq(&json);
        assert_eq!(serde_json::from_str::<Envelope>(&json).unwrap(), envelope);
    }

    #[test]
    fn one_envelope_is_one_flat_line() {
        check(
            Some("ann"),
            RunEvent::AgentActivated {
                activation: 2,
                round: 1,
                visible_labels: vec![Label::agent(1).answer(1), Label::agent(3).answer(2)],
            },
            expect![[
                r#"{"schema":1,"seq":7,"ms":1500,"agent":"ann","event":"agent_activated","activation":2,"round":1,"visible_labels":["agent1.1","agent3.2"]}"#
            ]],
        );
        check(
            None,
            RunEvent::ConsensusReached,
            expect![[r#"{"schema":1,"seq":7,"ms":1500,"event":"consensus_reached"}"#]],
        );
    }

    /// One line per event in its JSON form, so that none collides with the envelope's members.
    const BODIES: &str = r#"
{"event":"run_started","question":"?","agents":[{"id":"ann","label":"agent1","backend":"vllm","model":null}],"massgen":"0.1.0","started_at":"2026-01-02T03:04:05Z","plan":{"a":1}}
{"event":"agent_activated","activation":1,"round":0,"visible_labels":[]}
{"event":"text_delta","text":"a"}
{"event":"reasoning_delta","text":"a","form":"summary"}
{"event":"tool_call","name":"vote","arguments_preview":"{}"}
{"event":"tool_call","call_id":"c1","name":"mcp__fs__read_file","arguments_preview":"{}"}
{"event":"tool_progress","call_id":"c1","name":"mcp__fs__read_file","text":"3 of 10"}
{"event":"tool_result","name":"vote","is_error":true,"preview":"no"}
{"event":"tool_result","call_id":"c1","name":"mcp__fs__read_file","is_error":false,"preview":"a"}
{"event":"mcp_status","server":"fs","status":"connected","detail":""}
{"event":"warning","text":"a"}
{"event":"server_tool","name":"web_search","status":"started","detail":""}
{"event":"status","text":"a"}
{"event":"waiting","reason":"rate_limit","wait_ms":5}
{"event":"call_started","call":"c1","attempt":1}
{"event":"call_ended","call":"c1","usage":{"input":1,"cost_micro_usd":2},"priced_by":"table","finish":"tool_calls","duration_ms":5}
{"event":"rule_violation","kind":"no_decision","attempt":2,"message":"a"}
{"event":"answer_recorded","label":"agent1.1","text":"a","source":"text"}
{"event":"vote_recorded","target_label":"agent2.1","reason":"a"}
{"event":"vote_discarded","cause":"restart_pending"}
{"event":"abstained"}
{"event":"restart_requested","by":"ann"}
{"event":"agent_failed","cause":"turn_deadline","message":"a","final":true}
{"event":"agent_status","status":"working"}
{"event":"consensus_reached"}
{"event":"timeout","scope":"coordination"}
{"event":"winner_selected","winner":"ann","label":"agent1.2","counts":[{"agent":"ann","label":"agent1.2","votes":2}],"tie":false}
{"event":"final_attempt_started","n":1}
{"event":"final_delta","text":"a"}
{"event":"final_rejected","n":1,"kind":"empty","message":"a"}
{"event":"final_accepted","n":1,"status":"presented","text":"a"}
{"event":"plugin_warning","plugin":"vllm","text":"a"}
{"event":"run_finished","status":"ok","exit_code":0,"usage":{"calls":2,"input":7,"cost_micro_usd":12,"unpriced_calls":1},"paths":{"log_dir":"a","events":"b"}}
"#;

    #[test]
    fn every_event_survives_being_written_and_read() {
        for body in BODIES.trim().lines() {
            let event: RunEvent = serde_json::from_str(body).unwrap();
            assert_eq!(serde_json::to_string(&event).unwrap(), body);
            let line = Envelope::new(0, 1, Some("ann".into()), event);
            let json = serde_json::to_string(&line).unwrap();
            assert_eq!(serde_json::from_str::<Envelope>(&json).unwrap(), line);
        }
    }

    #[test]
    fn a_fault_is_written_as_a_word() {
        check(
            Some("bob"),
            RunEvent::AgentFailed {
                cause: FailureCause::Fault,
                code: Some(FaultCode::RATE_LIMITED),
                message: "too many requests".into(),
                retry_in_ms: Some(1000),
                r#final: false,
            },
            expect![[
                r#"{"schema":1,"seq":7,"ms":1500,"agent":"bob","event":"agent_failed","cause":"fault","code":"rate_limited","message":"too many requests","retry_in_ms":1000,"final":false}"#
            ]],
        );
    }

    #[test]
    fn what_is_absent_is_not_written() {
        check(
            Some("bob"),
            RunEvent::AgentFailed {
                cause: FailureCause::Rules,
                code: None,
                message: "empty reply".into(),
                retry_in_ms: None,
                r#final: true,
            },
            expect![[
                r#"{"schema":1,"seq":7,"ms":1500,"agent":"bob","event":"agent_failed","cause":"rules","message":"empty reply","final":true}"#
            ]],
        );
        check(
            None,
            RunEvent::CallEnded {
                call: "c1".into(),
                usage: Usage {
                    input: Some(12),
                    ..Usage::default()
                },
                priced_by: None,
                finish: None,
                duration_ms: 9,
            },
            expect![[
                r#"{"schema":1,"seq":7,"ms":1500,"event":"call_ended","call":"c1","usage":{"input":12},"duration_ms":9}"#
            ]],
        );
    }
}
