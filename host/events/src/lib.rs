//! What happened in a run, as plain data.
//!
//! The orchestrator and the runtime make [`RunEvent`]s; displays and the run log read them. One
//! [`Envelope`] is one line of `events.jsonl`, and a [`RunReport`] is the document of
//! `--output json`. The pure crates `orchestrator` and `agent` speak to each other in the types of
//! `exchange`. This crate decides nothing and formats nothing for people.
//!
//! **Invariant:** what a reader needs is in a field. Nobody ever parses a text to find out what
//! happened.

mod event;
mod exchange;
mod fault_word;
mod identity;
mod report;
mod value;

pub use event::{Envelope, RunEvent};
pub use exchange::{
    Ballot, Call, NEW_ANSWER, Rejection, Reply, ReplyKind, Response, VOTE, VisibleAnswer,
};
pub use identity::{AgentId, BadLabel, Label};
// The contract's types that events carry, so that pure crates need only this one.
pub use massgen_plugin::FaultCode;
pub use massgen_plugin::chat::{FinishReason, ReasoningForm, Usage};
pub use report::{
    AgentReport, AnswerReport, FailureReport, Paths, RunReport, Status, Tally, Timings,
    UsageReport, VoteReport,
};
pub use value::{
    AgentInfo, AgentStatus, AnswerSource, DiscardCause, FailureCause, FinalStatus, McpServerStatus,
    PricedBy, RejectKind, Standing, TimeoutScope, Violation, VoteCount, WaitReason,
};

/// Version of the shape of [`Envelope`] and [`RunReport`]; raised when a field changes meaning.
pub const SCHEMA: u32 = 1;
