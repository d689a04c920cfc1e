//! One activation of an agent, or its presentation: a conversation of one or more calls.
//!
//! [`call`](Turn::call) says what to ask, [`absorb`](Turn::absorb) takes in the reply,
//! [`finish_response`](Turn::finish_response) says what the reply means, and
//! [`reply`](Turn::reply) prepares the next attempt.
//!
//! **Invariant:** every tool call that stands in the conversation has its result before the next
//! call. A call that was recognised in text is no tool call for the server: it stays text, and
//! what would be its result is a user message.

use events::{Ballot, Label, Reply, ReplyKind, Response, VisibleAnswer};
use massgen_plugin::chat::{self, Chunk, Origin, Params, Part, Role, Tool, Usage};

use crate::draft::Draft;
use crate::recognise::recognise;
use crate::{prompt, tools};

/// What is the same in all turns of one agent.
#[derive(Debug, Clone, PartialEq)]
pub struct Setup {
    /// The user's question.
    pub question: String,
    /// The agent's own system message, from the configuration.
    pub instructions: Option<String>,
    /// The day, as `2026-01-31`. Never a time: it would change the prompt from turn to turn.
    pub today: String,
    /// Backend type and model, to which reasoning may be replayed.
    pub origin: Origin,
    /// Sampling parameters of every call.
    pub params: Params,
}

/// A conversation with one agent's model.
#[derive(Debug)]
pub struct Turn {
    origin: Origin,
    params: Params,
    turns: Vec<chat::Turn>,
    may_answer: bool,
    /// Agents that may be voted for.
    targets: Vec<Label>,
    tools: Vec<Tool>,
    draft: Draft,
    /// Whether the calls of the last reply stood in its text.
    written: bool,
}

impl Turn {
    /// An activation in coordination, with the answers that the agent is to see.
    pub fn coordinate(setup: &Setup, visible: &[VisibleAnswer], may_answer: bool) -> Self {
        let targets: Vec<Label> = visible.iter().map(|answer| answer.label.owner()).collect();
        let turn = Self::begin(
            setup,
            prompt::coordination_system(setup),
            prompt::coordination_user(setup, visible, may_answer),
        );
        Self {
            tools: tools(may_answer, &targets),
            may_answer,
            targets,
            ..turn
        }
    }

    /// The presentation. No workflow tool is on offer, and none is recognised.
    pub fn present(setup: &Setup, answers: &[VisibleAnswer], votes: &[Ballot]) -> Self {
        Self::begin(
            setup,
            prompt::presentation_system(setup),
            prompt::presentation_user(setup, answers, votes),
        )
    }

    fn begin(setup: &Setup, system: String, user: String) -> Self {
        Self {
            origin: setup.origin.clone(),
            params: setup.params.clone(),
            turns: vec![
                chat::Turn::text(Role::System, system),
                chat::Turn::text(Role::User, user),
            ],
            may_answer: false,
            targets: Vec::new(),
            tools: Vec::new(),
            draft: Draft::default(),
            written: false,
        }
    }

    /// The next model call, under this name for logs. What a call before it had streamed without
    /// coming to an end is forgotten.
    pub fn call(&mut self, id: impl Into<String>) -> chat::Call {
        self.draft = Draft::default();
        chat::Call {
            id: id.into(),
            turns: self.turns.clone(),
            tools: self.tools.clone(),
            params: self.params.clone(),
            ..chat::Call::default()
        }
    }

    /// Takes in one piece of the reply.
    pub fn absorb(&mut self, chunk: Chunk) {
        self.draft.absorb(chunk);
    }

    /// Tokens of the call under way or just ended, as far as the provider said.
    pub fn usage(&self) -> Usage {
        self.draft.usage
    }

    /// Ends the reply: it becomes part of the conversation, and its meaning is returned. Without
    /// a native tool call, a call written as text counts (see the recogniser).
    pub fn finish_response(&mut self) -> Response {
        let parts = self.draft.take_parts();
        let mut response = native(&parts, self.draft.finish);
        self.written = false;
        if response.calls.is_empty() {
            let recognised = recognise(&response.text, &self.tools);
            self.written = !recognised.calls.is_empty();
            response.text = recognised.text;
            response.calls = recognised.calls;
        }
        let origin = Some(self.origin.clone());
        self.turns.push(chat::Turn {
            role: Role::Assistant,
            parts,
            origin,
        });
        response
    }

    /// Answers the last reply, before the next attempt.
    pub fn reply(&mut self, replies: &[Reply]) {
        if self.written {
            let texts: Vec<String> = replies
                .iter()
                .filter_map(|it| self.as_message(it))
                .collect();
            self.turns
                .push(chat::Turn::text(Role::User, texts.join("\n")));
            return;
        }
        let results: Vec<Part> = replies.iter().filter_map(|it| self.as_result(it)).collect();
        if !results.is_empty() {
            self.turns.push(chat::Turn {
                role: Role::Tool,
                parts: results,
                origin: None,
            });
        }
        for kind in replies.iter().filter_map(as_user_message) {
            let text = self.text(kind, "");
            self.turns.push(chat::Turn::text(Role::User, text));
        }
    }

    /// A reply to a call in text, as part of a user message. One reason is enough there.
    fn as_message(&self, reply: &Reply) -> Option<String> {
        match reply {
            Reply::ToolResult {
                kind: ReplyKind::AlsoRejected,
                ..
            } => None,
            Reply::ToolResult { name, kind, .. } => Some(self.text(kind, name)),
            Reply::UserMessage(kind) => Some(self.text(kind, "")),
        }
    }

    fn as_result(&self, reply: &Reply) -> Option<Part> {
        let Reply::ToolResult {
            call_id,
            name,
            kind,
        } = reply
        else {
            return None;
        };
        Some(Part::ToolResult {
            call_id: call_id.clone(),
            name: name.clone(),
            parts: vec![Part::text(self.text(kind, name))],
            is_error: true,
        })
    }

    fn text(&self, kind: &ReplyKind, tool: &str) -> String {
        prompt::reply(kind, tool, self.may_answer, &self.targets)
    }
}

fn as_user_message(reply: &Reply) -> Option<&ReplyKind> {
    match reply {
        Reply::UserMessage(kind) => Some(kind),
        Reply::ToolResult { .. } => None,
    }
}

/// The reply as the server gave it.
fn native(parts: &[Part], finish: chat::FinishReason) -> Response {
    let calls = parts.iter().filter_map(|part| match part {
        Part::ToolCall {
            id,
            name,
            arguments,
        } => Some(events::Call {
            id: id.clone(),
            name: name.clone(),
            arguments: arguments.clone(),
        }),
        _ => None,
    });
    let text = parts.iter().filter_map(Part::as_text).collect();
    Response {
        text,
        calls: calls.collect(),
        finish,
    }
}

#[cfg(test)]
mod tests;
