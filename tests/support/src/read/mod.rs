//! Requests in one form, whatever their wire format, and what a provider would refuse in them.

mod chat;
mod gemini;
mod messages;
mod responses;

pub(crate) use chat::Chat;
pub(crate) use gemini::Gemini;
pub(crate) use messages::Messages;
pub(crate) use responses::Responses;

use serde_json::Value;

use crate::Request;

/// Who speaks in a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Instructions above the conversation.
    System,
    /// The user.
    User,
    /// The model.
    Assistant,
    /// A tool, with the result of one call.
    Tool,
}

/// One turn of a conversation. What an assistant said in several pieces is one turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// Who speaks.
    pub role: Role,
    /// All that is said in it as text; thinking is left out.
    pub text: String,
    /// Calls of an assistant's turn.
    pub calls: Vec<Called>,
    /// The id of the call that a tool's turn is the result of.
    pub result_of: Option<String>,
}

/// A call of an earlier reply.
#[derive(Debug, Clone, PartialEq)]
pub struct Called {
    /// Its id, the provider's or the client's.
    pub id: String,
    /// The tool.
    pub name: String,
    /// Its arguments; text that is no JSON is a string.
    pub arguments: Value,
}

/// Reads one wire format.
pub(crate) trait Reader: Sync {
    /// The model that is asked.
    fn model(&self, _path: &str, body: &Value) -> String {
        word(&body["model"])
    }

    /// Names and schemas of the functions on offer, in order; tools of the provider are none.
    fn functions<'a>(&self, body: &'a Value) -> Vec<(&'a str, &'a Value)>;

    /// The conversation, with what stands above it first.
    fn turns(&self, body: &Value) -> Vec<Turn>;

    /// Why the provider would refuse this; `None` when it would not.
    fn complaint(&self, request: &Request) -> Option<String>;
}

impl Turn {
    fn says(role: Role, text: impl Into<String>) -> Self {
        Self {
            role,
            text: text.into(),
            calls: Vec::new(),
            result_of: None,
        }
    }

    fn result(id: String, text: impl Into<String>) -> Self {
        Self {
            result_of: Some(id),
            ..Self::says(Role::Tool, text)
        }
    }

    fn calling(call: Called) -> Self {
        Self {
            calls: vec![call],
            ..Self::says(Role::Assistant, "")
        }
    }
}

/// Appends a turn; to an assistant's turn it adds what the assistant goes on saying.
fn append(turns: &mut Vec<Turn>, turn: Turn) {
    match turns.last_mut() {
        Some(last) if turn.role == Role::Assistant && last.role == Role::Assistant => {
            last.text.push_str(&turn.text);
            last.calls.extend(turn.calls);
        }
        _ => turns.push(turn),
    }
}

/// The text of a message's content: a string, or parts of which some have text.
fn content(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        parts => {
            let texts = array(parts).iter().filter_map(|it| it["text"].as_str());
            texts.collect()
        }
    }
}

/// The first call without a result right after its turn, or result without a call, in words.
fn unanswered(turns: &[Turn]) -> Option<String> {
    let mut open: Vec<&str> = Vec::new();
    for turn in turns {
        if let Some(id) = &turn.result_of {
            let Some(at) = open.iter().position(|it| it == id) else {
                return Some(format!("a result for `{id}`, which was not called"));
            };
            open.remove(at);
            continue;
        }
        if !open.is_empty() {
            break;
        }
        open.extend(turn.calls.iter().map(|it| it.id.as_str()));
    }
    (!open.is_empty()).then(|| format!("no result for {open:?}"))
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Arguments that came as text.
fn parsed(arguments: &Value) -> Value {
    let text = arguments.as_str().unwrap_or_default();
    serde_json::from_str(text).unwrap_or_else(|_| arguments.clone())
}

pub(crate) fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
