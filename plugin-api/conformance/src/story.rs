//! What a session did, in the form in which cases keep it.

use massgen_plugin::chat::Chunk;
use massgen_plugin::wire::{HttpRequest, Timeouts};
use massgen_plugin::{Fault, wire};
use serde_json::{Value, json};

use crate::process::Line;
use crate::stage::Played;

/// `chunks.jsonl`: one line per chunk, pieces of one text joined, and how it ended.
pub(crate) fn chunks(played: &Played) -> String {
    let mut lines: Vec<String> = joined(&played.chunks).iter().map(line).collect();
    lines.push(match &played.end {
        Some(Ok(())) => json!({ "end": "done" }).to_string(),
        Some(Err(fault)) => json!({ "fault": told(fault) }).to_string(),
        None => json!({ "end": "waits" }).to_string(),
    });
    lines.join("\n") + "\n"
}

fn told(fault: &Fault) -> Value {
    let mut told = json!({ "code": fault.code.as_str(), "message": fault.message });
    if fault.retry_after_ms > 0 {
        told["retry_after_ms"] = fault.retry_after_ms.into();
    }
    told
}

fn line<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// The chunks with pieces of one text joined, because where a text is cut means nothing.
pub(crate) fn joined(chunks: &[Chunk]) -> Vec<Chunk> {
    let mut all: Vec<Chunk> = Vec::new();
    for chunk in chunks {
        let is_more = all.last_mut().is_some_and(|last| append(last, chunk));
        if !is_more {
            all.push(chunk.clone());
        }
    }
    all
}

/// Appends to the last chunk what is more of the same text; says whether it was.
fn append(last: &mut Chunk, next: &Chunk) -> bool {
    match (last, next) {
        (Chunk::Text { text }, Chunk::Text { text: more })
        | (Chunk::Refusal { text }, Chunk::Refusal { text: more }) => text.push_str(more),
        (
            Chunk::Reasoning { text, form, index },
            Chunk::Reasoning {
                text: more,
                form: other_form,
                index: other,
            },
        ) if form == other_form && index == other => text.push_str(more),
        (
            Chunk::ToolCallDelta { index, text },
            Chunk::ToolCallDelta {
                index: other,
                text: more,
            },
        ) if index == other => text.push_str(more),
        _ => return false,
    }
    true
}

/// `request.json`: the requests that were made, with bodies parsed.
pub(crate) fn requests(played: &Played) -> String {
    let all: Vec<_> = played.requests.iter().map(request).collect();
    serde_json::to_string_pretty(&all).unwrap_or_default() + "\n"
}

fn request(request: &HttpRequest) -> Value {
    let wire::HttpRequest {
        method,
        url,
        headers,
        body,
        auth,
        framing,
        timeouts,
    } = request;
    let body = body
        .as_ref()
        .map(|text| serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone())));
    let mut told = json!({ "method": method, "url": url, "headers": headers, "framing": framing });
    if let Some(auth) = auth {
        told["auth"] = json!(auth);
    }
    if let Some(body) = body {
        told["body"] = body;
    }
    if *timeouts != Timeouts::default() {
        told["timeouts"] = json!(timeouts);
    }
    told
}

/// `process.jsonl` as it came out.
pub(crate) fn process(script: &[Line]) -> String {
    let lines: Vec<_> = script.iter().map(line).collect();
    lines.join("\n") + "\n"
}
