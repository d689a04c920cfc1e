//! From turns to messages (spec backends §11 C and §12).
//!
//! Invariants: roles alternate; the message after one that calls tools begins with all their
//! results; no text is blank; the ids of calls are unique and have the provider's characters. What
//! the provider wants back goes back unchanged and at its place.

use dialect::history::{self, Answer, Called, Said, Spoken};
use dialect::ids::{self, Unique};
use dialect::{arguments, picture};
use massgen_plugin::chat::{Opaque, Part, Turn};
use serde_json::{Value, json};

use crate::wire::{ID_LENGTH, PROVIDER};

/// All messages of a conversation.
pub(super) fn render(turns: &[Turn]) -> Vec<Value> {
    let mut messages = Messages::default();
    for spoken in history::conversation(turns) {
        match spoken {
            Spoken::User(parts) => messages.say("user", shown(parts)),
            Spoken::Assistant(turn, answers) => messages.assistant(turn, &answers),
        }
    }
    messages.said
}

#[derive(Default)]
struct Messages {
    said: Vec<Value>,
    ids: Unique,
}

impl Messages {
    /// Adds blocks to the last message, or a message when another role spoke last.
    fn say(&mut self, role: &str, blocks: Vec<Value>) {
        history::say(&mut self.said, role, "content", blocks, |_| true);
    }

    /// An assistant turn and the answers to its calls; calls without answer are left out.
    fn assistant(&mut self, turn: &Turn, answers: &[Answer<'_>]) {
        let (mut blocks, mut results) = (Vec::new(), Vec::new());
        let takes = |opaque: &Opaque| opaque.provider == PROVIDER;
        for said in history::said(turn, answers, PROVIDER, takes) {
            match said {
                Said::Kept(opaque) => replay(&mut blocks, &opaque.value),
                // The provider refuses a blank text.
                Said::Text(said) if said.trim().is_empty() => {}
                Said::Text(said) => blocks.push(text(&said)),
                Said::Called(call) => {
                    let id = self.ids.fitting(call.id, ID_LENGTH);
                    results.push(result(&id, &call.answer));
                    blocks.push(called(&id, &call));
                }
            }
        }
        self.say("assistant", blocks);
        self.say("user", results);
    }
}

/// Puts a block back as it was received. One that says more of the text or the call before it
/// takes its place.
fn replay(blocks: &mut Vec<Value>, value: &Value) {
    let last = blocks.last_mut();
    if let Value::Array(texts) = value {
        let said: String = texts.iter().filter_map(|it| it["text"].as_str()).collect();
        if last.is_some_and(|last| last["text"] == said.as_str()) {
            blocks.pop();
            blocks.extend(texts.iter().cloned());
        }
    } else if value["type"] == "tool_use" {
        if let Some(last) = last.filter(|last| last["id"] == value["id"]) {
            *last = value.clone();
        }
    } else {
        blocks.push(value.clone());
    }
}

fn called(id: &str, call: &Called<'_>) -> Value {
    let input = arguments::object(call.arguments);
    json!({ "type": "tool_use", "id": id, "name": ids::name(call.name), "input": input })
}

fn result(id: &str, answer: &Answer<'_>) -> Value {
    let content = shown(answer.parts);
    let mut block = json!({ "type": "tool_result", "tool_use_id": id });
    if !content.is_empty() {
        block["content"] = content.into();
    }
    if answer.is_error {
        block["is_error"] = true.into();
    }
    block
}

/// Texts and pictures.
fn shown(parts: &[Part]) -> Vec<Value> {
    history::shown(parts, text, picture::block)
}

fn text(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}
