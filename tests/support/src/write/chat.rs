//! Replies in the Chat Completions wire format.
//!
//! Source: the provider's documentation as summed up in the backend specification, §11 B.

use serde_json::{Value, json};

use super::{Writer, call_id, event, pieces};
use crate::{Finish, Reply, Request};

const ID: &str = "chatcmpl-fake";

/// The format's writer.
pub(crate) struct Chat;

impl Writer for Chat {
    fn stream(&self, reply: &Reply, request: &Request) -> Vec<String> {
        let mut events = vec![self.opening(request)];
        let reasoning = pieces(&reply.reasoning, reply.pieces);
        events.extend(reasoning.map(|it| delta(request, json!({"reasoning_content": it}), None)));
        let text = reply.whole_text(request);
        let kind = text_kind(reply);
        events
            .extend(pieces(&text, reply.pieces).map(|it| delta(request, json!({kind: it}), None)));
        let calls = reply.native_calls(request);
        for (index, (name, arguments)) in calls.iter().enumerate() {
            events.push(call_start(request, index, name));
            let rest = pieces(arguments, reply.pieces);
            events.extend(rest.map(|it| call_more(request, index, it)));
        }
        events.push(delta(request, json!({}), Some(finish(reply))));
        events.extend(reply.usage.map(|usage| usage_event(request, usage)));
        events.push(self.end_mark());
        events
    }

    fn document(&self, reply: &Reply, request: &Request) -> String {
        let calls = reply.native_calls(request);
        let as_call = |(index, (name, arguments)): (usize, &(String, String))| {
            json!({"id": call_id(request, index), "type": "function",
                   "function": {"name": name, "arguments": arguments}})
        };
        let mut message = json!({"role": "assistant", "content": reply.whole_text(request)});
        if !calls.is_empty() {
            message["tool_calls"] = calls.iter().enumerate().map(as_call).collect();
        }
        json!({"id": ID, "object": "chat.completion", "created": 1, "model": request.model,
               "choices": [{"index": 0, "message": message, "finish_reason": finish(reply)}],
               "usage": reply.usage.map(usage)})
        .to_string()
    }

    fn opening(&self, request: &Request) -> String {
        delta(request, json!({"role": "assistant", "content": ""}), None)
    }

    fn text(&self, request: &Request, text: &str) -> String {
        delta(request, json!({ "content": text }), None)
    }

    fn end_mark(&self) -> String {
        event("[DONE]")
    }

    fn failure(&self, _request: &Request, message: &str) -> String {
        event(&self.refusal(500, message, None))
    }

    fn refusal(&self, code: u16, message: &str, _retry_after: Option<&str>) -> String {
        let error = json!({"message": message, "type": "error", "code": code});
        json!({ "error": error }).to_string()
    }

    fn misshapen(&self) -> Vec<String> {
        vec![event(r#"{"choices":[{"del"#), event(r#"{"choices":7}"#)]
    }
}

fn text_kind(reply: &Reply) -> &'static str {
    match reply.finish() {
        Finish::Refusal => "refusal",
        _ => "content",
    }
}

fn finish(reply: &Reply) -> &'static str {
    match reply.finish() {
        Finish::Stop | Finish::Refusal => "stop",
        Finish::ToolCalls => "tool_calls",
        Finish::Length => "length",
        Finish::ContentFilter => "content_filter",
    }
}

fn delta(request: &Request, delta: Value, finish: Option<&str>) -> String {
    let choice = json!({"index": 0, "delta": delta, "finish_reason": finish});
    chunk(request, json!({ "choices": [choice] }))
}

fn chunk(request: &Request, mut members: Value) -> String {
    members["id"] = ID.into();
    members["object"] = "chat.completion.chunk".into();
    members["created"] = 1.into();
    members["model"] = request.model.clone().into();
    event(&members.to_string())
}

fn call_start(request: &Request, index: usize, name: &str) -> String {
    let function = json!({"name": name, "arguments": ""});
    let id = call_id(request, index);
    let call = json!({"index": index, "id": id, "type": "function", "function": function});
    delta(request, json!({ "tool_calls": [call] }), None)
}

fn call_more(request: &Request, index: usize, arguments: &str) -> String {
    let call = json!({"index": index, "function": {"arguments": arguments}});
    delta(request, json!({ "tool_calls": [call] }), None)
}

fn usage_event(request: &Request, tokens: (u64, u64)) -> String {
    chunk(request, json!({"choices": [], "usage": usage(tokens)}))
}

fn usage((prompt, completion): (u64, u64)) -> Value {
    json!({"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion})
}
