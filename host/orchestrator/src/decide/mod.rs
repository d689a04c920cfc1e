//! What one complete reply means: the table of orchestration §1.4 as one pure function.
//!
//! Two rules go beyond that table, so that small models take part. At the last attempt plain text
//! is the agent's answer when it saw none, and an abstention when it saw some; an answer that
//! only repeats a visible one, or comes after the last allowed one, is an abstention there too.

use events::{
    AnswerSource, Call, FaultCode, FinishReason, Label, NEW_ANSWER, Rejection, Reply, ReplyKind,
    Response, VOTE, VisibleAnswer,
};
use serde_json::{Map, Value};

use crate::{Failure, Millis};

/// Characters of a refusal in its reason.
const SAID: usize = 200;

#[cfg(test)]
mod tests;

/// What the reply is judged against.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// The answers the agent was shown when its activation began.
    pub frozen: &'a [VisibleAnswer],
    /// Whether it was offered `new_answer`.
    pub may_answer: bool,
    /// Whether somebody answered since its activation began.
    pub restart_pending: bool,
    /// Whether this was its last attempt.
    pub last_attempt: bool,
}

/// What a reply means.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// The agent answers. Taken even when a restart is pending.
    Answer {
        /// The answer, byte for byte.
        text: String,
        /// How it was given.
        source: AnswerSource,
    },
    /// The agent votes.
    Vote {
        /// The voted-for agent's label, without an answer's number.
        target: Label,
        /// Why; may be empty.
        reason: String,
    },
    /// A vote on answers that are out of date: it does not count, the agent starts again.
    DiscardVote,
    /// The agent has nothing to add to the answers it saw.
    Abstain,
    /// A rule was broken, but a restart is pending anyway.
    Restart(Rejection),
    /// A rule was broken; the agent is told so and tries again.
    Retry {
        /// Which rule.
        rejection: Rejection,
        /// One reply for each tool call, and a message when there was no workflow call.
        replies: Vec<Reply>,
    },
    /// A rule was broken for the last time.
    Fail(Rejection),
}

/// Judges one complete reply.
pub fn decide(response: &Response, situation: Situation<'_>) -> Decision {
    match choice(response, situation) {
        Ok(Choice::Answer(text)) => Decision::Answer {
            text,
            source: AnswerSource::Tool,
        },
        Ok(Choice::Vote { .. }) if situation.restart_pending => Decision::DiscardVote,
        Ok(Choice::Vote { target, reason }) => Decision::Vote { target, reason },
        Err(rejection) if situation.last_attempt => last_resort(response, situation, rejection),
        Err(rejection) if situation.restart_pending => Decision::Restart(rejection),
        Err(rejection) => {
            let replies = replies(&response.calls, &rejection);
            Decision::Retry { rejection, replies }
        }
    }
}

/// Why a reply is none that can be judged: the model or its provider would not give it, or never
/// came to its end. What was said until then is no answer, whatever it looks like.
pub(crate) fn unfinished(finish: FinishReason, text: &str) -> Option<Failure> {
    let (code, message) = match finish {
        FinishReason::Refusal => (FaultCode::CONTENT_FILTER, with("the model declined", text)),
        FinishReason::ContentFilter => {
            let message = "the provider's content filter cut the reply off".to_owned();
            (FaultCode::CONTENT_FILTER, message)
        }
        FinishReason::Pause => {
            let message = "the provider paused again and again and never finished".to_owned();
            (FaultCode::UPSTREAM, message)
        }
        _ => return None,
    };
    Some(Failure {
        retryable: code.is_retryable(),
        code,
        message,
        retry_after: Millis::default(),
    })
}

/// The start of what was said, in one line.
fn with(what: &str, said: &str) -> String {
    let words: Vec<&str> = said.split_whitespace().collect();
    let start: String = words.join(" ").chars().take(SAID).collect();
    match start.as_str() {
        "" => what.to_owned(),
        start => format!("{what}: {start}"),
    }
}

/// What a reply without a valid choice means when there is no further attempt.
fn last_resort(response: &Response, situation: Situation<'_>, rejection: Rejection) -> Decision {
    let wrote = !response.text.trim().is_empty();
    // Half a text is no answer: nobody would know that its end is missing.
    let whole = response.finish != FinishReason::Length;
    let plain = matches!(rejection, Rejection::NoDecision { .. });
    let repeats = matches!(
        rejection,
        Rejection::DuplicateAnswer { .. } | Rejection::AnswerLimit
    );
    if situation.frozen.is_empty() && plain && wrote && whole {
        Decision::Answer {
            text: response.text.clone(),
            source: AnswerSource::Text,
        }
    } else if situation.restart_pending {
        Decision::Restart(rejection)
    } else if !situation.frozen.is_empty() && (wrote || repeats) {
        Decision::Abstain
    } else {
        Decision::Fail(rejection)
    }
}

/// A reply that keeps the rules.
enum Choice {
    Answer(String),
    Vote { target: Label, reason: String },
}

fn choice(response: &Response, situation: Situation<'_>) -> Result<Choice, Rejection> {
    let votes: Vec<&Call> = response
        .calls
        .iter()
        .filter(|call| call.name == VOTE)
        .collect();
    let answers: Vec<&Call> = response
        .calls
        .iter()
        .filter(|call| call.name == NEW_ANSWER)
        .collect();
    match (votes.as_slice(), answers.as_slice()) {
        ([], []) => Err(no_decision(response)),
        ([vote], []) => read_vote(vote, situation.frozen),
        ([], [answer]) => read_answer(answer, &response.text, situation),
        ([], several) => Err(Rejection::SeveralAnswers {
            count: several.len(),
        }),
        (several @ [_, _, ..], _) => Err(Rejection::SeveralVotes {
            count: several.len(),
        }),
        (_, _) => Err(Rejection::VoteAndAnswer),
    }
}

fn no_decision(response: &Response) -> Rejection {
    Rejection::NoDecision {
        cut_off: response.finish == FinishReason::Length,
    }
}

fn read_vote(call: &Call, frozen: &[VisibleAnswer]) -> Result<Choice, Rejection> {
    if frozen.is_empty() {
        return Err(Rejection::NothingToVoteFor);
    }
    let arguments = object(call)?;
    let given = string(arguments, "agent_id").unwrap_or_default().trim();
    let target = frozen
        .iter()
        .find(|answer| names(given, answer.label))
        .ok_or_else(|| Rejection::UnknownTarget {
            given: given.to_owned(),
            valid: frozen.iter().map(|answer| answer.label.owner()).collect(),
        })?;
    let reason = string(arguments, "reason").unwrap_or_default().to_owned();
    Ok(Choice::Vote {
        target: target.label.owner(),
        reason,
    })
}

/// Whether a vote for `given` means this answer: by its owner, or by its full label.
fn names(given: &str, label: Label) -> bool {
    given.parse() == Ok(label.owner()) || given.parse() == Ok(label)
}

/// The answer in a call; without the argument, the text beside the call is meant.
fn read_answer(call: &Call, beside: &str, situation: Situation<'_>) -> Result<Choice, Rejection> {
    if !situation.may_answer {
        return Err(Rejection::AnswerLimit);
    }
    let text = string(object(call)?, "content").unwrap_or(beside);
    if text.trim().is_empty() {
        return Err(Rejection::EmptyAnswer);
    }
    match situation
        .frozen
        .iter()
        .find(|answer| is_same(&answer.text, text))
    {
        Some(twin) => Err(Rejection::DuplicateAnswer { of: twin.label }),
        None => Ok(Choice::Answer(text.to_owned())),
    }
}

fn object(call: &Call) -> Result<&Map<String, Value>, Rejection> {
    call.arguments.as_object().ok_or(Rejection::BadArguments)
}

fn string<'a>(arguments: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    arguments.get(key).and_then(Value::as_str)
}

/// Equal but for white space at the ends; within, it may be all the difference (code, tables).
fn is_same(one: &str, other: &str) -> bool {
    one.trim() == other.trim()
}

/// One result for each call, since a conversation must not hold a call without one. The first
/// workflow call gets the reason; without any, a message does.
fn replies(calls: &[Call], rejection: &Rejection) -> Vec<Reply> {
    let mut reason = Some(ReplyKind::Rejected(rejection.clone()));
    let mut replies: Vec<Reply> = calls
        .iter()
        .map(|call| Reply::ToolResult {
            call_id: call.id.clone(),
            name: call.name.clone(),
            kind: if is_workflow(call) {
                reason.take().unwrap_or(ReplyKind::AlsoRejected)
            } else {
                ReplyKind::NotOffered
            },
        })
        .collect();
    replies.extend(reason.map(Reply::UserMessage));
    replies
}

fn is_workflow(call: &Call) -> bool {
    [NEW_ANSWER, VOTE].contains(&call.name.as_str())
}
