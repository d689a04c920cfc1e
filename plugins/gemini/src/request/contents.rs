//! From turns to contents (spec backends §11 D and §12).
//!
//! Invariants: what this model made goes back part by part as it was received; the content after
//! one that calls functions holds one response for each call, in their order, under their ids.

use dialect::history::{self, Answer, Called, Said, Spoken, text_of};
use dialect::picture::of_results;
use dialect::{arguments, ids};
use massgen_plugin::chat::{Image, Turn};
use serde_json::{Value, json};

use crate::wire::{self, LEVELS, NO_SIGNATURE, PROVIDER, is_from};

/// All contents of a conversation.
pub(super) fn render(turns: &[Turn], model: &str) -> Vec<Value> {
    let mut contents = Vec::new();
    // Responses to functions share their content with nothing.
    let open = |last: &Value| last["parts"][0].get("functionResponse").is_none();
    for spoken in history::conversation(turns) {
        match spoken {
            Spoken::User(parts) => {
                let parts = history::shown(parts, text, picture);
                history::say(&mut contents, "user", "parts", parts, open);
            }
            Spoken::Assistant(turn, answers) => {
                let (parts, answered) = said(turn, &answers, model);
                let responses = responses(&parts, &answered);
                // Responses hold text only.
                let pictures = of_results(&answered, |line| text(&line), picture);
                history::say(&mut contents, "model", "parts", parts, open);
                history::say(&mut contents, "user", "parts", responses, |_| false);
                history::say(&mut contents, "user", "parts", pictures, open);
            }
        }
    }
    contents
}

/// The parts of a model's turn, and the answers to its calls; calls without answer are left out.
fn said<'a>(
    turn: &'a Turn,
    answers: &'a [Answer<'a>],
    model: &'a str,
) -> (Vec<Value>, Vec<Answer<'a>>) {
    let (mut parts, mut answered) = (Vec::new(), Vec::new());
    // Another model of the same provider is a stranger too.
    let is_own = turn.origin.as_ref().is_some_and(|it| it.model == model);
    let reader = if is_own { PROVIDER } else { "" };
    for said in history::said(turn, answers, reader, |it| wire::is_of(it, model)) {
        match said {
            Said::Kept(opaque) => replay(&mut parts, &opaque.value),
            Said::Text(said) if said.is_empty() => {}
            Said::Text(said) => parts.push(text(&said)),
            Said::Called(call) => {
                parts.push(called(&call));
                answered.push(call.answer);
            }
        }
    }
    let mut calls = parts.iter_mut().filter(|it| it["functionCall"].is_object());
    let first = calls.next().filter(|_| is_from(model, LEVELS));
    if let Some(call) = first.filter(|it| it.get("thoughtSignature").is_none()) {
        call["thoughtSignature"] = NO_SIGNATURE.into();
    }
    (parts, answered)
}

/// Puts a part back as it was received. A signed end of the text before it, and the call that it
/// says more of, take that place.
fn replay(parts: &mut Vec<Value>, kept: &Value) {
    let part = &kept["part"];
    if part.get("functionCall").is_some() {
        // A call without answer was left out, and this with it.
        let last = parts.last_mut();
        if let Some(last) = last.filter(|it| it["functionCall"]["id"] == kept["call"]) {
            *last = part.clone();
        }
        return;
    }
    let tail = part["text"].as_str().filter(|_| part["thought"] != true);
    if let Some(tail) = tail.filter(|it| !it.is_empty()) {
        // A text that was changed since has no such end: the signature belongs to nothing.
        let last = parts
            .last()
            .filter(|it| it.get("thoughtSignature").is_none());
        let said = last.and_then(|it| it["text"].as_str());
        let Some(head) = said.and_then(|it| it.strip_suffix(tail)).map(text) else {
            return;
        };
        parts.pop();
        parts.extend(Some(head).filter(|it| it["text"] != ""));
    }
    parts.push(part.clone());
}

fn called(call: &Called<'_>) -> Value {
    let (id, name) = (call.id, ids::name(call.name));
    let args = arguments::object(call.arguments);
    json!({ "functionCall": { "id": id, "name": name, "args": args } })
}

/// One response for each call, in their order; with an id where the call has one.
fn responses(parts: &[Value], answers: &[Answer<'_>]) -> Vec<Value> {
    let calls = parts.iter().filter_map(|it| it.get("functionCall"));
    let response = |(call, answer): (&Value, &Answer<'_>)| {
        let member = if answer.is_error { "error" } else { "output" };
        let said = json!({ member: text_of(answer.parts) });
        let mut response = json!({ "name": call["name"], "response": said });
        if let Some(id) = call.get("id") {
            response["id"] = id.clone();
        }
        json!({ "functionResponse": response })
    };
    calls.zip(answers).map(response).collect()
}

fn text(said: &str) -> Value {
    json!({ "text": said })
}

fn picture(image: &Image) -> Value {
    match &image.data {
        Some(data) => json!({ "inlineData": { "mimeType": image.mime, "data": data } }),
        None => json!({ "fileData": { "mimeType": image.mime, "fileUri": image.url } }),
    }
}
