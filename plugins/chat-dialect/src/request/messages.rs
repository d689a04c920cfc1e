//! From turns to messages (spec backends §4 "Sanitising" and §12).
//!
//! Invariant: every `tool_calls` entry is answered by a `tool` message directly after its assistant
//! message, and every `tool` message answers such a call. Strict servers answer 400 otherwise.

use massgen_plugin::chat::{Image, Part, Role, Turn};
use serde::Serialize;
use serde_json::{Value, json};

use super::Dialect;
use crate::quirks::Replay;

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

/// A tool's result.
struct Answer<'a> {
    call_id: &'a str,
    name: &'a str,
    parts: &'a [Part],
    is_error: bool,
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
    let mut messages: Vec<_> = system(turns).into_iter().collect();
    for (at, turn) in turns.iter().enumerate() {
        match turn.role {
            Role::User => messages.extend(user(&turn.parts)),
            Role::Assistant => assistant(turn, &answers(&turns[at + 1..]), dialect, &mut messages),
            // Tool turns are rendered with the calls they answer.
            Role::System | Role::Tool => {}
        }
    }
    messages
}

fn system(turns: &[Turn]) -> Option<Message> {
    let turns = turns.iter().filter(|turn| turn.role == Role::System);
    let texts: Vec<_> = turns
        .map(Turn::joined_text)
        .filter(|text| !text.is_empty())
        .collect();
    (!texts.is_empty()).then(|| Message::new("system", texts.join("\n\n")))
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

fn text_of(parts: &[Part]) -> String {
    parts.iter().filter_map(Part::as_text).collect()
}

fn content_part(part: &Part) -> Option<Value> {
    match part {
        Part::Text { text } => Some(json!({ "type": "text", "text": text })),
        Part::Image(image) => {
            Some(json!({ "type": "image_url", "image_url": { "url": url(image) } }))
        }
        _ => None,
    }
}

fn url(image: &Image) -> String {
    match &image.data {
        Some(data) => format!("data:{};base64,{data}", image.mime),
        None => image.url.clone().unwrap_or_default(),
    }
}

/// The results in the tool turns that follow directly.
fn answers(following: &[Turn]) -> Vec<Answer<'_>> {
    let turns = following.iter().take_while(|turn| turn.role == Role::Tool);
    turns
        .flat_map(|turn| &turn.parts)
        .filter_map(|part| match part {
            Part::ToolResult {
                call_id,
                name,
                parts,
                is_error,
            } => Some(Answer {
                call_id,
                name,
                parts,
                is_error: *is_error,
            }),
            _ => None,
        })
        .collect()
}

/// An assistant turn with the answers to its calls. Calls without answer are left out, and so is a
/// turn of which nothing is left.
fn assistant(turn: &Turn, answers: &[Answer<'_>], dialect: &Dialect, out: &mut Vec<Message>) {
    let text = text_of(&turn.parts);
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
    out.extend(answers.iter().map(|answer| tool(answer)));
    out.extend(pictures(&answers));
}

/// A call and its answer, when it has one.
fn called<'a, 'b>(part: &Part, answers: &'b [Answer<'a>]) -> Option<(Called, &'b Answer<'a>)> {
    let Part::ToolCall {
        id,
        name,
        arguments,
    } = part
    else {
        return None;
    };
    let answer = answers.iter().find(|answer| answer.call_id == id)?;
    let function = CalledFunction {
        name: name.clone(),
        arguments: match arguments {
            Value::Null => "{}".into(),
            arguments => serde_json::to_string(arguments).unwrap_or_default(),
        },
    };
    let call = Called {
        id: id.clone(),
        r#type: "function",
        function,
    };
    Some((call, answer))
}

fn tool(answer: &Answer<'_>) -> Message {
    let mark = if answer.is_error { "Error: " } else { "" };
    Message {
        tool_call_id: Some(answer.call_id.to_owned()),
        ..Message::new("tool", format!("{mark}{}", text_of(answer.parts)))
    }
}

/// `tool` messages hold text only, so pictures of results follow as a user message.
fn pictures(answers: &[&Answer<'_>]) -> Option<Message> {
    let mut content = Vec::new();
    for answer in answers {
        let images = answer
            .parts
            .iter()
            .filter(|part| matches!(part, Part::Image(_)));
        let images: Vec<_> = images.filter_map(content_part).collect();
        if !images.is_empty() {
            let text = format!("Pictures from the result of `{}`:", answer.name);
            content.push(json!({ "type": "text", "text": text }));
            content.extend(images);
        }
    }
    (!content.is_empty()).then(|| Message::new("user", content))
}

/// Gives the server its own reasoning back, in its own way; never another one's.
fn replay(message: &mut Message, turn: &Turn, dialect: &Dialect) {
    let own = |origin: &massgen_plugin::chat::Origin| origin.provider == dialect.provider();
    if !turn.origin.as_ref().is_some_and(own) {
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
    let opaque = turn.parts.iter().filter_map(|part| match part {
        Part::Reasoning { opaque, .. } => opaque.as_ref(),
        _ => None,
    });
    opaque
        .filter(|opaque| opaque.provider == provider)
        .filter_map(|opaque| opaque.value.as_array())
        .flatten()
        .cloned()
        .collect()
}
