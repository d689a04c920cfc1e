//! The words between the rules and one agent: what an agent is shown, what it said, and why that
//! was not taken.
//!
//! The orchestrator names reasons as data and never writes a sentence for a model; the agent
//! renders them and never judges a reply. Neither crate knows the other, so their words are here.

use std::fmt;

use massgen_plugin::chat::FinishReason;
use serde_json::Value;

use crate::{Label, Violation};

/// Name of the tool by which an agent answers. Its argument `content` is the answer.
pub const NEW_ANSWER: &str = "new_answer";

/// Name of the tool by which an agent votes. Its arguments are `agent_id`, an anonymous label
/// such as `agent1`, and `reason`.
pub const VOTE: &str = "vote";

/// An answer as one agent sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisibleAnswer {
    /// The answer's label, for example `agent1.2`. Models see its owner, `agent1`.
    pub label: Label,
    /// The answer, byte for byte.
    pub text: String,
    /// Whether the reader wrote it.
    pub own: bool,
}

/// A vote as the presenter sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ballot {
    /// The voter's anonymous label.
    pub voter: Label,
    /// The answer voted for.
    pub target: Label,
    /// Why, in the voter's words; may be empty.
    pub reason: String,
}

/// One complete reply of a model, as far as the rules care.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// All of its text, without any call that stood in it.
    pub text: String,
    /// Its tool calls in order.
    pub calls: Vec<Call>,
    /// How it ended.
    pub finish: FinishReason,
}

/// One tool call of a reply.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Unique within the reply.
    pub id: String,
    /// The tool's name as the model wrote it.
    pub name: String,
    /// Parsed arguments; a string when they were no JSON.
    pub arguments: Value,
}

/// What an agent is told after a reply that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The result of one of the reply's tool calls; always an error.
    ToolResult {
        /// Which call.
        call_id: String,
        /// The called tool.
        name: String,
        /// What to say.
        kind: ReplyKind,
    },
    /// A message of its own.
    UserMessage(ReplyKind),
}

/// What is said in a [`Reply`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplyKind {
    /// The reply was rejected for this reason.
    Rejected(Rejection),
    /// This call falls with another call of the same reply.
    AlsoRejected,
    /// No such tool is on offer.
    NotOffered,
}

/// Why a reply was rejected (orchestration §1.4), with what the agent needs to do better.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejection {
    /// More than one `vote`.
    SeveralVotes {
        /// How many.
        count: usize,
    },
    /// More than one `new_answer`.
    SeveralAnswers {
        /// How many.
        count: usize,
    },
    /// Both tools in one reply.
    VoteAndAnswer,
    /// A vote while the agent saw no answer.
    NothingToVoteFor,
    /// A vote for something else than a visible answer.
    UnknownTarget {
        /// What was written; empty when nothing was.
        given: String,
        /// What may be written, in registration order.
        valid: Vec<Label>,
    },
    /// Arguments that are no JSON object.
    BadArguments,
    /// An answer without text.
    EmptyAnswer,
    /// An answer that repeats a visible one.
    DuplicateAnswer {
        /// The answer that it repeats.
        of: Label,
    },
    /// An answer after the agent's last allowed one.
    AnswerLimit,
    /// Neither tool was called.
    NoDecision {
        /// Whether the reply was cut off at the token limit.
        cut_off: bool,
    },
}

impl Rejection {
    /// The rule that was broken.
    pub fn violation(&self) -> Violation {
        match self {
            Self::SeveralVotes { .. } => Violation::SeveralVotes,
            Self::SeveralAnswers { .. } => Violation::SeveralAnswers,
            Self::VoteAndAnswer => Violation::VoteAndAnswer,
            Self::NothingToVoteFor => Violation::NothingToVoteFor,
            Self::UnknownTarget { .. } => Violation::UnknownTarget,
            Self::BadArguments => Violation::BadArguments,
            Self::EmptyAnswer => Violation::EmptyAnswer,
            Self::DuplicateAnswer { .. } => Violation::DuplicateAnswer,
            Self::AnswerLimit => Violation::AnswerLimit,
            Self::NoDecision { .. } => Violation::NoDecision,
        }
    }
}

/// For people, in the log and on the screen.
impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SeveralVotes { count } => write!(f, "{count} votes in one reply"),
            Self::SeveralAnswers { count } => write!(f, "{count} answers in one reply"),
            Self::VoteAndAnswer => f.write_str("a vote and an answer in one reply"),
            Self::NothingToVoteFor => f.write_str("a vote, but there is no answer yet"),
            Self::UnknownTarget { given, .. } => write!(f, "a vote for `{given}`, who is unknown"),
            Self::BadArguments => f.write_str("tool arguments that are no JSON object"),
            Self::EmptyAnswer => f.write_str("an empty answer"),
            Self::DuplicateAnswer { of } => write!(f, "an answer that repeats {of}"),
            Self::AnswerLimit => f.write_str("an answer after its last allowed one"),
            Self::NoDecision { cut_off: true, .. } => f.write_str("cut off before any decision"),
            Self::NoDecision { .. } => f.write_str("neither an answer nor a vote"),
        }
    }
}
