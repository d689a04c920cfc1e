//! From turns to messages (spec backends §11 C and §12).
//!
//! Invariants: roles alternate; the message after one that calls tools begins with all their
//! results; no text is blank; the ids of calls are unique and have the provider's characters. What
//! the provider wants back goes back unchanged and at its place.

use std::collections::HashSet;

use dialect::history::{self, Answer, Said, Spoken};
use dialect::{arguments, ids};
use massgen_plugin::chat::{Image, Opaque, Part, Turn};
use serde_json::{Value, json};

use crate::wire::{ID_LENGTH, PROVIDER};

/// All messages of a conversation.
pub(super) fn render(turns: &[Turn]) -> Vec<Value> {
    let mut messages = Messages::default();
    for spoken in history::conversation(turns) {
        match spoken {
            Spoken::User(parts) => messages.say("user", parts.iter().filter_map(shown).collect()),
            Spoken::Assistant(turn, answers) => messages.assistant(turn, &answers),
        }
    }
    messages.said
}

#[derive(Default)]
struct Messages {
    said: Vec<Value>,
    ids: HashSet<String>,
}

impl Messages {
    /// Adds blocks to the last message, or a message when another role spoke last.
    fn say(&mut self, role: &str, blocks: Vec<Value>) {
        if blocks.is_empty() {
            return;
        }
        match self.said.last_mut() {
            Some(last) if last["role"] == role => {
                if let Some(content) = last["content"].as_array_mut() {
                    content.extend(blocks);
                }
            }
            _ => self.said.push(json!({ "role": role, "content": blocks })),
        }
    }

    /// An assistant turn and the answers to its calls; calls without answer are left out.
    fn assistant(&mut self, turn: &Turn, answers: &[Answer<'_>]) {
        let (mut blocks, mut results) = (Vec::new(), Vec::new());
        let takes = |opaque: &Opaque| opaque.provider == PROVIDER;
        for said in history::said(turn, answers, PROVIDER, takes) {
            match said {
                Said::Kept(opaque) => replay(&mut blocks, &opaque.value),
                Said::Text(said) => blocks.extend(text(&said)),
                Said::Called {
                    id,
                    name,
                    arguments,
                    answer,
                } => {
                    let id = self.unique(id);
                    results.push(result(&id, &answer));
                    blocks.push(called(&id, name, arguments));
                }
            }
        }
        self.say("assistant", blocks);
        self.say("user", results);
    }

    /// The id in the provider's characters; numbered when the conversation has it already, because
    /// other providers count anew in each reply.
    fn unique(&mut self, id: &str) -> String {
        let id = ids::fitting(id, ID_LENGTH);
        let numbered = (2..).map(|number| format!("{id}_{number}"));
        let mut all = std::iter::once(id.to_string()).chain(numbered);
        all.find(|id| self.ids.insert(id.clone()))
            .unwrap_or_default()
    }
}

/// Puts a block back as it was received. One that says more of the text or the call before it
/// takes its place.
fn replay(blocks: &mut Vec<Value>, value: &Value) {
    match value {
        Value::Array(texts) => {
            let said: String = texts.iter().filter_map(|it| it["text"].as_str()).collect();
            if blocks
                .last()
                .is_some_and(|last| last["text"] == said.as_str())
            {
                blocks.pop();
                blocks.extend(texts.iter().cloned());
            }
        }
        call if call["type"] == "tool_use" => {
            if let Some(last) = blocks.last_mut().filter(|last| last["id"] == call["id"]) {
                *last = call.clone();
            }
        }
        block => blocks.push(block.clone()),
    }
}

fn called(id: &str, name: &str, given: &Value) -> Value {
    json!({
        "type": "tool_use",
        "id": id,
        "name": ids::name(name),
        "input": arguments::object(given),
    })
}

fn result(id: &str, answer: &Answer<'_>) -> Value {
    let content: Vec<_> = answer.parts.iter().filter_map(shown).collect();
    let mut block = json!({ "type": "tool_result", "tool_use_id": id });
    if !content.is_empty() {
        block["content"] = content.into();
    }
    if answer.is_error {
        block["is_error"] = true.into();
    }
    block
}

/// A text or a picture.
fn shown(part: &Part) -> Option<Value> {
    match part {
        Part::Text { text: said } => text(said),
        Part::Image(image) => Some(json!({ "type": "image", "source": source(image) })),
        _ => None,
    }
}

/// The provider refuses a blank text.
fn text(text: &str) -> Option<Value> {
    (!text.trim().is_empty()).then(|| json!({ "type": "text", "text": text }))
}

fn source(image: &Image) -> Value {
    match &image.data {
        Some(data) => json!({ "type": "base64", "media_type": image.mime, "data": data }),
        None => json!({ "type": "url", "url": image.url }),
    }
}
