//! How the calls of a reply get their results: those that the host ran, and those that the rules
//! rejected, one each and in the order of the calls.

use events::{Call, Reply, ReplyKind};
use massgen_plugin::chat::{self, Part, Role};

use super::{ToolOutcome, Turn};
use crate::prompt;

/// The calls of a reply.
#[derive(Debug, Default)]
pub(super) struct Asked {
    calls: Vec<One>,
    /// Whether they stood in its text.
    written: bool,
    /// Whether the conversation goes on without the rules.
    pub(super) goes_on: bool,
}

/// One call.
#[derive(Debug)]
struct One {
    call: Call,
    /// Whether the host runs it.
    ours: bool,
    outcome: Option<ToolOutcome>,
}

/// A call with its result.
struct Answered {
    call: Call,
    outcome: ToolOutcome,
    /// Why the rules did not take it, when they said so.
    kind: Option<ReplyKind>,
}

impl Asked {
    pub(super) fn new(calls: Vec<Call>, written: bool, is_ours: impl Fn(&Call) -> bool) -> Self {
        let one = |call| One {
            ours: is_ours(&call),
            call,
            outcome: None,
        };
        Self {
            calls: calls.into_iter().map(one).collect(),
            written,
            goes_on: false,
        }
    }

    /// The calls that the host runs.
    pub(super) fn ours(&self) -> impl Iterator<Item = &Call> {
        self.calls.iter().filter(|it| it.ours).map(|it| &it.call)
    }

    /// The calls that it does not run.
    pub(super) fn others(&self) -> impl Iterator<Item = &Call> {
        self.calls.iter().filter(|it| !it.ours).map(|it| &it.call)
    }

    pub(super) fn take(&mut self, outcomes: impl IntoIterator<Item = ToolOutcome>) {
        let ours = self.calls.iter_mut().filter(|it| it.ours);
        for (one, outcome) in ours.zip(outcomes) {
            one.outcome = Some(outcome);
        }
    }
}

impl Turn {
    /// Adds what answers the last reply: one result per call, and the messages of the rules.
    pub(super) fn answer(&mut self, replies: &[Reply]) {
        let asked = std::mem::take(&mut self.asked);
        let written = asked.written;
        let answered = self.answered(asked, replies);
        if written {
            self.say_results(answered);
        } else if !answered.is_empty() {
            self.turns.push(chat::Turn {
                role: Role::Tool,
                parts: answered.into_iter().map(as_result).collect(),
                origin: None,
            });
        }
        for kind in replies.iter().filter_map(as_user_message) {
            let text = self.text(kind, "");
            self.say(text);
        }
    }

    fn answered(&self, asked: Asked, replies: &[Reply]) -> Vec<Answered> {
        let mut kinds = replies.iter().filter_map(as_tool_result);
        let answered = asked.calls.into_iter().map(|one| {
            let kind = (!one.ours).then(|| kinds.next().unwrap_or(&ReplyKind::NotOffered));
            let outcome = match kind {
                Some(kind) => ToolOutcome::error(self.text(kind, &one.call.name)),
                None => one.outcome.unwrap_or_else(not_run),
            };
            Answered {
                call: one.call,
                outcome,
                kind: kind.cloned(),
            }
        });
        answered.collect()
    }

    /// Results of calls in text, as one message. One reason of the rules is enough there.
    fn say_results(&mut self, answered: Vec<Answered>) {
        let mut texts = Vec::new();
        let mut images = Vec::new();
        for Answered {
            call,
            outcome,
            kind,
        } in answered
        {
            let is_error = outcome.is_error;
            let (text, rest) = apart(outcome);
            match kind {
                Some(ReplyKind::AlsoRejected) => {}
                Some(_) => texts.push(text),
                None => texts.push(prompt::result(&call.name, &text, is_error)),
            }
            images.extend(rest);
        }
        self.say(texts.join("\n"));
        if let Some(turn) = self.turns.last_mut() {
            turn.parts.extend(images);
        }
    }

    /// Adds to what the user says; two messages in a row confuse some servers' templates.
    pub(super) fn say(&mut self, text: String) {
        match self.turns.last_mut() {
            Some(turn) if turn.role == Role::User => {
                turn.parts.push(Part::text(format!("\n{text}")));
            }
            _ => self.turns.push(chat::Turn::text(Role::User, text)),
        }
    }
}

/// Its texts as one, and everything else.
fn apart(outcome: ToolOutcome) -> (String, Vec<Part>) {
    let (texts, others): (Vec<Part>, Vec<Part>) = outcome
        .parts
        .into_iter()
        .partition(|part| part.as_text().is_some());
    let texts: Vec<&str> = texts.iter().filter_map(Part::as_text).collect();
    (texts.join("\n"), others)
}

fn as_result(answered: Answered) -> Part {
    Part::ToolResult {
        call_id: answered.call.id,
        name: answered.call.name,
        parts: answered.outcome.parts,
        is_error: answered.outcome.is_error,
    }
}

/// For a call whose result was never given: the conversation must not hold a call without one.
fn not_run() -> ToolOutcome {
    ToolOutcome::error("The call was not carried out.")
}

fn as_tool_result(reply: &Reply) -> Option<&ReplyKind> {
    match reply {
        Reply::ToolResult { kind, .. } => Some(kind),
        Reply::UserMessage(_) => None,
    }
}

fn as_user_message(reply: &Reply) -> Option<&ReplyKind> {
    match reply {
        Reply::UserMessage(kind) => Some(kind),
        Reply::ToolResult { .. } => None,
    }
}
