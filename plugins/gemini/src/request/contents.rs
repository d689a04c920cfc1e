//! From turns to contents (spec backends §11 D and §12).
//!
//! Invariants: what this model made goes back part by part as it was received; the content after
//! one that calls functions holds one response for each call, in their order, under their ids.

use dialect::history::{self, Answer, Said, Spoken, text_of};
use dialect::{arguments, ids, picture};
use massgen_plugin::chat::{Image, Opaque, Part, Turn};
use serde_json::{Value, json};

use crate::wire::{self, LEVELS, NO_SIGNATURE, PROVIDER, generation};

/// All contents of a conversation.
pub(super) fn render(turns: &[Turn], model: &str) -> Vec<Value> {
    let mut contents = Contents {
        said: Vec::new(),
        model,
        signs: generation(model).is_some_and(|it| it >= LEVELS),
    };
    for spoken in history::conversation(turns) {
        match spoken {
            Spoken::User(parts) => {
                contents.say("user", parts.iter().filter_map(shown).collect(), true);
            }
            Spoken::Assistant(turn, answers) => contents.assistant(turn, &answers),
        }
    }
    contents.said
}

struct Contents<'a> {
    said: Vec<Value>,
    model: &'a str,
    /// Whether the model refuses a call without a signature.
    signs: bool,
}

impl Contents<'_> {
    /// Adds parts to the last content of the same role, or a content of their own. Responses to
    /// functions share theirs with nothing.
    fn say(&mut self, role: &str, parts: Vec<Value>, joins: bool) {
        if parts.is_empty() {
            return;
        }
        let last = self
            .said
            .last_mut()
            .filter(|last| joins && last["role"] == role);
        let last = last.and_then(|last| last["parts"].as_array_mut());
        match last.filter(|last| last[0].get("functionResponse").is_none()) {
            Some(last) => last.extend(parts),
            None => self.said.push(json!({ "role": role, "parts": parts })),
        }
    }

    /// A model's turn and the answers to its calls; calls without answer are left out.
    fn assistant(&mut self, turn: &Turn, answers: &[Answer<'_>]) {
        let mut parts = Vec::new();
        let mut answered = Vec::new();
        // Another model of the same provider is a stranger too.
        let origin = turn.origin.as_ref();
        let is_own = origin.is_some_and(|it| it.model == self.model);
        let reader = if is_own { PROVIDER } else { "" };
        let takes = |opaque: &Opaque| wire::is_of(opaque, self.model);
        for said in history::said(turn, answers, reader, takes) {
            match said {
                Said::Kept(opaque) => replay(&mut parts, &opaque.value),
                Said::Text(text) if text.is_empty() => {}
                Said::Text(text) => parts.push(json!({ "text": text })),
                Said::Called(call) => {
                    answered.push(call.answer);
                    parts.push(called(call.id, call.name, call.arguments));
                }
            }
        }
        let calls = parts
            .iter_mut()
            .filter(|part| part.get("functionCall").is_some());
        for (at, part) in calls.enumerate() {
            if at == 0 && self.signs && part.get("thoughtSignature").is_none() {
                part["thoughtSignature"] = NO_SIGNATURE.into();
            }
        }
        let responses = responses(&parts, &answered);
        self.say("model", parts, true);
        self.say("user", responses, false);
        // Responses hold text only.
        let line = |text| json!({ "text": text });
        self.say(
            "user",
            picture::of_results(&answered, line, shown_picture),
            false,
        );
    }
}

/// Puts a part back as it was received. A signed end of the text before it, and the call that it
/// says more of, take that place.
fn replay(parts: &mut Vec<Value>, kept: &Value) {
    let part = &kept["part"];
    let last = parts.last_mut();
    if part.get("functionCall").is_some() {
        // A call without answer was left out, and this with it.
        if let Some(last) = last.filter(|it| it["functionCall"]["id"] == kept["call"]) {
            *last = part.clone();
        }
        return;
    }
    if part["thought"] != true && part["text"].is_string() {
        let tail = part["text"].as_str().unwrap_or("");
        let last = last.filter(|it| it.get("thoughtSignature").is_none());
        let head = last
            .as_ref()
            .and_then(|it| it["text"].as_str()?.strip_suffix(tail));
        match head.map(ToOwned::to_owned) {
            Some(head) if head.is_empty() => drop(parts.pop()),
            Some(head) => parts
                .last_mut()
                .into_iter()
                .for_each(|it| it["text"] = head.as_str().into()),
            // The text was changed since: the signature belongs to nothing.
            None if !tail.is_empty() => return,
            None => {}
        }
    }
    parts.push(part.clone());
}

fn called(id: &str, name: &str, given: &Value) -> Value {
    let call = json!({ "id": id, "name": ids::name(name), "args": arguments::object(given) });
    json!({ "functionCall": call })
}

/// One response for each call, in their order; with an id where the call has one.
fn responses(parts: &[Value], answers: &[Answer<'_>]) -> Vec<Value> {
    let calls = parts.iter().filter_map(|part| part.get("functionCall"));
    let pairs = calls.zip(answers);
    pairs
        .map(|(call, answer)| {
            let member = if answer.is_error { "error" } else { "output" };
            let mut response = json!({
                "name": call["name"],
                "response": { member: text_of(answer.parts) },
            });
            if let Some(id) = call.get("id") {
                response["id"] = id.clone();
            }
            json!({ "functionResponse": response })
        })
        .collect()
}

/// A text or a picture.
fn shown(part: &Part) -> Option<Value> {
    match part {
        Part::Text { text } if !text.is_empty() => Some(json!({ "text": text })),
        Part::Image(image) => Some(shown_picture(image)),
        _ => None,
    }
}

fn shown_picture(image: &Image) -> Value {
    match &image.data {
        Some(data) => json!({ "inlineData": { "mimeType": image.mime, "data": data } }),
        None => json!({ "fileData": { "mimeType": image.mime, "fileUri": image.url } }),
    }
}
