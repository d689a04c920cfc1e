//! From turns to input items (spec backends §11 A and §12).
//!
//! Invariants: every call is answered and every output answers a call; no reasoning stands without
//! the item it led to, because the provider refuses it alone.

use dialect::history::{self, Answer, Spoken, Words};
use dialect::{arguments, ids, picture};
use massgen_plugin::chat::{Part, Turn};
use serde_json::{Value, json};

/// Most characters of a call's id.
const ID_LENGTH: usize = 64;

/// Who is given the conversation.
pub(super) struct Reader<'a> {
    /// The backend type.
    pub(super) provider: &'a str,
    /// Whether the provider keeps replies, so that it knows its reasoning by id.
    pub(super) is_stored: bool,
}

/// A message of one text.
pub(super) fn message(role: &str, text: String) -> Value {
    json!({ "role": role, "content": text })
}

impl Reader<'_> {
    /// All items of a conversation, without system turns.
    pub(super) fn render(&self, turns: &[Turn]) -> Vec<Value> {
        let mut items = Vec::new();
        for spoken in history::conversation(turns) {
            match spoken {
                Spoken::User(parts) => items.extend(user(parts)),
                Spoken::Assistant(turn, answers) => items.extend(self.assistant(turn, &answers)),
            }
        }
        items
    }

    fn assistant(&self, turn: &Turn, answers: &[Answer<'_>]) -> Vec<Value> {
        let mut said = Said::default();
        let mut outputs = Vec::new();
        for (at, part) in turn.parts.iter().enumerate() {
            let item = turn.parts.get(at + 1).and_then(|next| self.own_item(next));
            match (part, self.own_item(part)) {
                (Part::Text { text }, _) => match item.filter(|it| is_message(it, text)) {
                    Some(item) => said.push(item.clone()),
                    None => said.words.add(turn, part, self.provider),
                },
                (Part::ToolCall { id, .. }, _) => {
                    let answer = answers.iter().find(|answer| answer.call_id == id);
                    let item = item.filter(|it| is_call(it, id));
                    said.call(part, item, answer.is_some());
                    outputs.extend(answer.map(output));
                }
                (Part::Reasoning { .. }, Some(item)) if !self.is_replayable(item) => {}
                (_, Some(item)) => said.push(item.clone()),
                (_, None) => said.words.add(turn, part, self.provider),
            }
        }
        let mut items = said.finish();
        items.extend(outputs);
        items
    }

    /// The provider's own item in a part.
    fn own_item<'p>(&self, part: &'p Part) -> Option<&'p Value> {
        let item = &history::own_opaque(part, self.provider)?.value;
        item["type"].is_string().then_some(item)
    }

    /// Whether a block of reasoning is one, and can be read by the provider. What follows a text or
    /// a call as a block is taken with that.
    fn is_replayable(&self, item: &Value) -> bool {
        let has = |name: &str| match &item[name] {
            Value::String(text) => !text.is_empty(),
            Value::Array(parts) => !parts.is_empty(),
            _ => false,
        };
        is_reasoning(item) && (self.is_stored || has("encrypted_content") || has("content"))
    }
}

/// The items of one assistant turn so far, and words that are no item yet.
#[derive(Default)]
struct Said {
    items: Vec<Value>,
    words: Words,
}

impl Said {
    fn push(&mut self, item: Value) {
        self.flush();
        self.items.push(item);
    }

    /// A call as the provider made it, else as it is; one without answer is left out.
    fn call(&mut self, part: &Part, item: Option<&Value>, is_answered: bool) {
        if !is_answered {
            return self.drop_reasoning();
        }
        match (item, part) {
            (Some(item), _) => self.push(item.clone()),
            (
                None,
                Part::ToolCall {
                    id,
                    name,
                    arguments,
                },
            ) => self.push(json!({
                "type": "function_call",
                "call_id": ids::shortened(id, ID_LENGTH),
                "name": ids::name(name),
                "arguments": arguments::text(arguments),
            })),
            _ => {}
        }
    }

    fn flush(&mut self) {
        let text = self.words.take();
        if !text.is_empty() {
            self.items.push(message("assistant", text));
        }
    }

    /// Leaves out reasoning that leads to nothing.
    fn drop_reasoning(&mut self) {
        self.flush();
        while self.items.last().is_some_and(is_reasoning) {
            self.items.pop();
        }
    }

    fn finish(mut self) -> Vec<Value> {
        self.drop_reasoning();
        self.items
    }
}

fn is_reasoning(item: &Value) -> bool {
    item["type"] == "reasoning"
}

/// Whether an item is the call of this id, with arguments that servers can read again.
fn is_call(item: &Value, id: &str) -> bool {
    let arguments = item["arguments"].as_str().unwrap_or("");
    item["call_id"].as_str() == Some(id)
        && arguments::parse(arguments).is_object()
        && !arguments.trim().is_empty()
}

/// Whether an item is the message of this text. Where the host changed the text, its word counts.
fn is_message(item: &Value, text: &str) -> bool {
    let parts = item["content"].as_array().into_iter().flatten();
    let texts = parts.filter_map(|part| part["text"].as_str().or(part["refusal"].as_str()));
    item["type"] == "message" && texts.collect::<String>() == text
}

fn user(parts: &[Part]) -> Option<Value> {
    let content = content(parts, "");
    (content != json!("")).then(|| json!({ "role": "user", "content": content }))
}

fn output(answer: &Answer<'_>) -> Value {
    let mark = if answer.is_error { "Error: " } else { "" };
    json!({
        "type": "function_call_output",
        "call_id": ids::shortened(answer.call_id, ID_LENGTH),
        "output": content(answer.parts, mark),
    })
}

/// A text, or a list of parts as soon as one is a picture; `mark` comes first.
fn content(parts: &[Part], mark: &str) -> Value {
    if !parts.iter().any(|part| matches!(part, Part::Image(_))) {
        return Value::String(format!("{mark}{}", history::text_of(parts)));
    }
    let mark = (!mark.is_empty()).then(|| text(mark.trim_end()));
    mark.into_iter()
        .chain(parts.iter().filter_map(piece))
        .collect()
}

fn piece(part: &Part) -> Option<Value> {
    match part {
        Part::Text { text: said } => Some(text(said)),
        Part::Image(image) => {
            Some(json!({ "type": "input_image", "image_url": picture::url(image) }))
        }
        _ => None,
    }
}

fn text(text: &str) -> Value {
    json!({ "type": "input_text", "text": text })
}
