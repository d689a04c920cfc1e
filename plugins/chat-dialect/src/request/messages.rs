//! From turns to messages (spec backends §4 "Sanitising" and §12).
//!
//! Invariant: every `tool_calls` entry is answered by a `tool` message directly after its assistant
//! message, and every `tool` message answers such a call. Strict servers answer 400 otherwise.

use dialect::history::{self, Answer, Spoken, Words, text_of};
use dialect::{arguments, ids, picture};
use massgen_plugin::chat::{Image, Part, Turn};
use serde::Serialize;
use serde_json::{Value, json};

use super::Dialect;
use crate::quirks::Replay;

/// Most characters of a call's id: OpenAI refuses longer ones.
const ID_LENGTH: usize = 40;

/// One message; members in the order in which the provider's documentation names them.
#[derive(Default, Serialize)]
pub(super) struct Message {
    role: &'static str,
    content: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_content: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasoning_details: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<Called>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_call_id: Option<String>,
}

#[derive(Serialize)]
struct Called {
    id: String,
    r#type: &'static str,
    function: CalledFunction,
}

#[derive(Serialize)]
struct CalledFunction {
    name: String,
    arguments: String,
}

impl Message {
    fn new(role: &'static str, content: impl Into<Value>) -> Self {
        Self {
            role,
            content: Some(content.into()),
            ..Self::default()
        }
    }
}

/// All messages of a conversation; system turns first, joined.
pub(super) fn render(turns: &[Turn], dialect: &Dialect) -> Vec<Message> {
    let system = history::system(turns).map(|text| Message::new("system", text));
    let mut messages: Vec<_> = system.into_iter().collect();
    for spoken in history::conversation(turns) {
        match spoken {
            Spoken::User(parts) => messages.extend(user(parts)),
            Spoken::Assistant(turn, answers) => assistant(turn, &answers, dialect, &mut messages),
        }
    }
    messages
}

/// A text, or a list of parts as soon as one is a picture.
fn user(parts: &[Part]) -> Option<Message> {
    let content: Vec<_> = parts.iter().filter_map(content_part).collect();
    let has_image = parts.iter().any(|part| matches!(part, Part::Image(_)));
    match content.is_empty() {
        true => None,
        false if has_image => Some(Message::new("user", content)),
        false => Some(Message::new("user", text_of(parts))),
    }
}

fn content_part(part: &Part) -> Option<Value> {
    match part {
        Part::Text { text } => Some(json!({ "type": "text", "text": text })),
        Part::Image(image) => Some(image_part(image)),
        _ => None,
    }
}

fn image_part(image: &Image) -> Value {
    json!({ "type": "image_url", "image_url": { "url": picture::url(image) } })
}

/// An assistant turn with the answers to its calls. Calls without answer are left out, and so is a
/// turn of which nothing is left.
fn assistant(turn: &Turn, answers: &[Answer<'_>], dialect: &Dialect, out: &mut Vec<Message>) {
    let text = Words::of_turn(turn, dialect.provider());
    let answered: Vec<_> = turn
        .parts
        .iter()
        .filter_map(|part| called(part, answers))
        .collect();
    if text.is_empty() && answered.is_empty() {
        return;
    }
    let (tool_calls, answers): (Vec<_>, Vec<_>) = answered.into_iter().unzip();
    let mut message = Message {
        role: "assistant",
        content: (!text.is_empty()).then_some(Value::String(text)),
        tool_calls,
        ..Message::default()
    };
    if !answers.is_empty() {
        replay(&mut message, turn, dialect);
    }
    out.push(message);
    out.extend(answers.iter().map(tool));
    out.extend(pictures(&answers));
}

/// A call and its answer, when it has one.
fn called<'a>(part: &Part, answers: &[Answer<'a>]) -> Option<(Called, Answer<'a>)> {
    let Part::ToolCall {
        id,
        name,
        arguments: given,
    } = part
    else {
        return None;
    };
    let answer = answers.iter().find(|answer| answer.call_id == id)?;
    let function = CalledFunction {
        name: ids::name(name).into_owned(),
        arguments: arguments::text(given),
    };
    let call = Called {
        id: ids::shortened(id, ID_LENGTH).into_owned(),
        r#type: "function",
        function,
    };
    Some((call, *answer))
}

fn tool(answer: &Answer<'_>) -> Message {
    Message {
        tool_call_id: Some(ids::shortened(answer.call_id, ID_LENGTH).into_owned()),
        ..Message::new("tool", answer.marked_text())
    }
}

/// `tool` messages hold text only, so pictures of results follow as a user message.
fn pictures(answers: &[Answer<'_>]) -> Option<Message> {
    let line = |text| json!({ "type": "text", "text": text });
    let content = picture::of_results(answers, line, image_part);
    (!content.is_empty()).then(|| Message::new("user", content))
}

/// Gives the server its own reasoning back, in its own way; never another one's.
fn replay(message: &mut Message, turn: &Turn, dialect: &Dialect) {
    if !history::is_own(turn, dialect.provider()) {
        return;
    }
    let text: String = turn.parts.iter().filter_map(thought).collect();
    let text = (!text.is_empty()).then_some(text);
    match dialect.quirks().replay {
        Replay::None => {}
        Replay::Reasoning => message.reasoning = text,
        Replay::ReasoningContent => message.reasoning_content = text,
        Replay::ReasoningDetails => message.reasoning_details = details(turn, dialect.provider()),
    }
}

fn thought(part: &Part) -> Option<&str> {
    match part {
        Part::Reasoning { text, .. } => Some(text),
        _ => None,
    }
}

fn details(turn: &Turn, provider: &str) -> Vec<Value> {
    let parts = turn.parts.iter();
    parts
        .filter_map(|part| history::own_opaque(part, provider))
        .filter_map(|opaque| opaque.value.as_array())
        .flatten()
        .cloned()
        .collect()
}
