//! The small closed values that events carry.
//!
//! Each enum is closed on purpose: a display that misses a case does not compile.

use serde::{Deserialize, Serialize};

use crate::{AgentId, Label};

/// One agent of the team, as announced at the start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentInfo {
    /// The user's name for it.
    pub id: AgentId,
    /// The anonymous name under which other agents know it.
    pub label: Label,
    /// Backend type, for example `vllm`.
    pub backend: String,
    /// Model name as configured; `None` when the backend chooses.
    pub model: Option<String>,
}

/// What an agent is doing (orchestration §5.2). An agent that abstained is `Waiting`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentStatus {
    /// Nothing to do until something happens elsewhere.
    Waiting,
    /// Its model is being asked.
    Working,
    /// It runs a tool.
    Tool,
    /// Its answer was accepted.
    Answered,
    /// Its vote counts.
    Voted,
    /// It starts again because somebody answered.
    Restarting,
    /// It starts again because the activation failed.
    Retrying,
    /// It is out of the run; its last answer stays eligible.
    Failed,
    /// The deadline came before it had settled.
    Timeout,
    /// It writes the final answer.
    Presenting,
    /// The run is over.
    Done,
}

/// What an MCP server of an agent is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum McpServerStatus {
    /// It starts.
    Connecting,
    /// A package manager loads it for the first time.
    Downloading,
    /// Its tools can be called.
    Connected,
    /// It could not be reached, or went away.
    Failed,
    /// It failed so often that it is left alone for a while.
    Blocked,
}

/// How an answer was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerSource {
    /// By a call of `new_answer`.
    Tool,
    /// As plain text at the last attempt.
    Text,
}

/// Why a model call waits before it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitReason {
    /// The limiter of its provider and key holds it back.
    RateLimit,
    /// The request failed and is sent again.
    Retry,
}

/// Which rule a reply broke (orchestration §1.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Violation {
    /// More than one `vote`.
    SeveralVotes,
    /// More than one `new_answer`.
    SeveralAnswers,
    /// Both tools in one reply.
    VoteAndAnswer,
    /// A vote while there was no answer to vote for.
    NothingToVoteFor,
    /// A vote for an id that is not on offer.
    UnknownTarget,
    /// Tool arguments that are no JSON object.
    BadArguments,
    /// A `new_answer` without text.
    EmptyAnswer,
    /// A `new_answer` that repeats a visible answer.
    DuplicateAnswer,
    /// A `new_answer` after the agent's last allowed one.
    AnswerLimit,
    /// Neither tool was called.
    NoDecision,
}

/// Why a vote does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiscardCause {
    /// Somebody answered while the voter was still thinking.
    RestartPending,
    /// Somebody answered after the vote was cast.
    NewAnswer,
}

/// Why an activation of an agent failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureCause {
    /// The model call failed; the event's `code` says how.
    Fault,
    /// The last attempt still broke a rule and held no usable text.
    Rules,
    /// The turn's own deadline passed.
    TurnDeadline,
    /// The time for answers and votes was over before the agent had settled.
    RunDeadline,
    /// Its final answer was not taken. Stands in reports only; the event is `final_rejected`.
    Presentation,
}

/// How far an agent had come when answers and votes ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Its answer stands, and it has not voted.
    Answered,
    /// It stands by its vote; it may have answered before.
    Voted,
    /// It had nothing to add, and voted for nobody.
    Abstained,
    /// It had failed and waited to be asked again.
    Failed,
    /// It had failed for good; its last answer stays eligible.
    Out,
    /// It was still at work; its last answer stays eligible.
    CutOff,
}

/// Who says what a model call cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PricedBy {
    /// The provider itself.
    Provider,
    /// The table of prices that comes with massgen.
    Table,
}

/// Which budget ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeoutScope {
    /// Answers and votes.
    Coordination,
    /// One activation of one agent.
    Turn,
    /// The final presentation.
    Presentation,
}

/// Why an attempt at the final answer was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectKind {
    /// It held no text.
    Empty,
    /// The model call failed.
    Failed,
    /// It came too late.
    Deadline,
    /// The run was interrupted.
    Interrupted,
}

/// Where the final answer's text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinalStatus {
    /// The presenter wrote it.
    Presented,
    /// It is the winner's stored answer, because no presentation could be used.
    Stored,
}

/// Votes for one answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoteCount {
    /// Whose answer.
    pub agent: AgentId,
    /// The answer's label.
    pub label: Label,
    /// How many votes it has.
    pub votes: u32,
}
