//! What goes into the state machine and what comes out, as plain data.
//!
//! An activation is named by its agent and its number; an input about any but the agent's current
//! one is ignored, so a late message can do no harm.

use events::{
    AgentId, AnswerReport, Ballot, FaultCode, FinishReason, Reply, Response, RunEvent, Standing,
    Status, Timings, VisibleAnswer, VoteReport,
};

use crate::Millis;

/// Something happened outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// A model's reply is complete.
    Responded {
        /// Whose.
        agent: AgentId,
        /// In which activation.
        activation: u32,
        /// What it says.
        response: Response,
    },
    /// A model call failed, and sending it again below did not help.
    Failed {
        /// Whose.
        agent: AgentId,
        /// In which activation.
        activation: u32,
        /// Why.
        failure: Failure,
    },
    /// The presenter's text is complete.
    Presented {
        /// The text, byte for byte.
        text: String,
        /// How the reply ended.
        finish: FinishReason,
    },
    /// The presenter's model call failed.
    PresentationFailed {
        /// Why.
        failure: Failure,
    },
    /// The user wants to stop.
    Interrupted,
}

/// Why a model call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Whether the same call may succeed later. If not, the agent is out at once.
    pub retryable: bool,
    /// The kind of fault.
    pub code: FaultCode,
    /// One line for people.
    pub message: String,
    /// How long the provider asked to wait; zero when it did not say.
    pub retry_after: Millis,
}

/// What is to be done outside, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Ask this agent's model in a new conversation.
    StartTurn {
        /// Whom.
        agent: AgentId,
        /// The activation's number, from 1.
        activation: u32,
        /// When the activation ends at the latest. The state machine watches it; it is given for
        /// limits below.
        deadline: Millis,
        /// The answers to show, in registration order.
        visible: Vec<VisibleAnswer>,
        /// Whether `new_answer` is on offer.
        may_answer: bool,
        /// Whether `vote` is on offer, for exactly the owners of `visible`.
        may_vote: bool,
    },
    /// Ask again in the same conversation, after these replies.
    ContinueTurn {
        /// Whom.
        agent: AgentId,
        /// In which activation.
        activation: u32,
        /// The attempt that begins, from 2.
        attempt: u32,
        /// One for each tool call of the last reply, and perhaps a message.
        replies: Vec<Reply>,
    },
    /// Stop this activation; nothing more is expected of it.
    CancelTurn {
        /// Whom.
        agent: AgentId,
        /// Which activation.
        activation: u32,
    },
    /// Let this agent write the final answer, in a new conversation without workflow tools.
    Present {
        /// Whom.
        agent: AgentId,
        /// The number of this activation, for [`Command::CancelTurn`].
        activation: u32,
        /// When the presentation ends at the latest; watched here.
        deadline: Millis,
        /// All answers, in registration order; the presenter's is marked as its own.
        answers: Vec<VisibleAnswer>,
        /// All votes that count, in registration order of the voters.
        votes: Vec<Ballot>,
    },
    /// Tell the observers.
    Emit {
        /// The agent concerned; absent for the whole run.
        agent: Option<AgentId>,
        /// What happened.
        event: RunEvent,
    },
    /// The run is over. The last command.
    Finish(Outcome),
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// In one word.
    pub status: Status,
    /// The final text, byte for byte.
    pub answer: Option<String>,
    /// Whose answer won.
    pub winner: Option<AgentId>,
    /// How far each agent had come when coordination ended, in registration order.
    pub standings: Vec<Standing>,
    /// Each agent's last accepted answer, in registration order.
    pub answers: Vec<AnswerReport>,
    /// The votes that counted, in registration order of the voters.
    pub votes: Vec<VoteReport>,
    /// How long it took.
    pub timings: Timings,
}
