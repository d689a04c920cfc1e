//! Replies in the wire format of `streamGenerateContent`: each event is a piece of the reply in
//! the form of a whole one, and the body's end is the end.
//!
//! Source: the provider's documentation as summed up in the backend specification, §11 D.

use serde_json::{Value, json};

use super::{Writer, call_id, event, parsed, pieces, seal};
use crate::{Finish, Reply, Request};

/// The format's writer.
pub(crate) struct Gemini;

impl Writer for Gemini {
    fn stream(&self, reply: &Reply, request: &Request) -> Vec<String> {
        let thoughts = pieces(&reply.reasoning, reply.pieces);
        let thoughts = thoughts.map(|it| json!([{"text": it, "thought": true}]));
        let text = reply.whole_text(request);
        let text = pieces(&text, reply.pieces).map(|it| json!([{ "text": it }]));
        let parts = thoughts.chain(text);
        let mut events: Vec<_> = parts.map(|it| chunk(request, &it)).collect();
        let mut last = chunk(request, &last_parts(reply, request));
        last["candidates"][0]["finishReason"] = finish(reply, request).into();
        if let Some(usage) = reply.usage {
            last["usageMetadata"] = usage_metadata(usage);
        }
        events.push(last);
        events.iter().map(|it| event(&it.to_string())).collect()
    }

    /// Without `alt=sse` the provider sends a list.
    fn document(&self, reply: &Reply, request: &Request) -> String {
        let mut parts = Vec::new();
        let text = reply.whole_text(request);
        if !text.is_empty() {
            parts.push(json!({ "text": text }));
        }
        let last = last_parts(reply, request);
        parts.extend(last.as_array().cloned().unwrap_or_default());
        let mut whole = chunk(request, &parts.into());
        whole["candidates"][0]["finishReason"] = finish(reply, request).into();
        whole["usageMetadata"] = reply.usage.map(usage_metadata).into();
        json!([whole]).to_string()
    }

    fn opening(&self, request: &Request) -> String {
        self.text(request, "")
    }

    fn text(&self, request: &Request, text: &str) -> String {
        event(&chunk(request, &json!([{ "text": text }])).to_string())
    }

    fn failure(&self, _request: &Request, message: &str) -> String {
        event(&self.refusal(503, message, None))
    }

    fn refusal(&self, code: u16, message: &str, retry_after: Option<&str>) -> String {
        let mut error = json!({"code": code, "message": message, "status": status(code)});
        if let Some(seconds) = retry_after {
            let kind = "type.googleapis.com/google.rpc.RetryInfo";
            error["details"] = json!([{"@type": kind, "retryDelay": format!("{seconds}s")}]);
        }
        json!({ "error": error }).to_string()
    }

    fn misshapen(&self) -> Vec<String> {
        vec![
            event(r#"{"candidates":[{"content":{"parts":[{"te"#),
            event(r#"{"candidates":7}"#),
            event(r#"{"candidates":[{"content":"none"}]}"#),
        ]
    }
}

/// The calls, or an empty text; the first of them carries the signature.
fn last_parts(reply: &Reply, request: &Request) -> Value {
    let calls = reply.native_calls(request);
    let mut parts: Vec<Value> = Vec::new();
    for (index, (name, arguments)) in calls.iter().enumerate() {
        let arguments = parsed(arguments);
        if arguments.is_object() {
            let id = call_id(request, index);
            let call = json!({"id": id, "name": name, "args": arguments});
            parts.push(json!({ "functionCall": call }));
        }
    }
    if parts.is_empty() {
        parts.push(json!({"text": ""}));
    }
    if !calls.is_empty() || !reply.reasoning.is_empty() {
        parts[0]["thoughtSignature"] = seal(&request.model, request.call).into();
    }
    parts.into()
}

/// A call whose arguments are no object never leaves the provider: it says so instead.
fn finish(reply: &Reply, request: &Request) -> &'static str {
    let mut calls = reply.native_calls(request).into_iter();
    if calls.any(|(_, arguments)| !parsed(&arguments).is_object()) {
        return "MALFORMED_FUNCTION_CALL";
    }
    match reply.finish() {
        Finish::Stop | Finish::ToolCalls => "STOP",
        Finish::Length => "MAX_TOKENS",
        Finish::ContentFilter | Finish::Refusal => "SAFETY",
    }
}

fn chunk(request: &Request, parts: &Value) -> Value {
    let content = json!({"role": "model", "parts": parts});
    json!({"candidates": [{"index": 0, "content": content}], "modelVersion": request.model,
           "responseId": "fake"})
}

fn usage_metadata((prompt, completion): (u64, u64)) -> Value {
    json!({"promptTokenCount": prompt, "candidatesTokenCount": completion,
           "totalTokenCount": prompt + completion})
}

fn status(code: u16) -> &'static str {
    match code {
        400 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        429 => "RESOURCE_EXHAUSTED",
        500 => "INTERNAL",
        504 => "DEADLINE_EXCEEDED",
        _ => "UNAVAILABLE",
    }
}
