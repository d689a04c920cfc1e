//! Replies in the Responses wire format: items, each opened, filled and closed by events, and a
//! last event that repeats them all.
//!
//! Source: the provider's documentation as summed up in the backend specification, §11 A.

use serde_json::{Value, json};

use super::{Writer, call_id, pieces, seal, typed_event};
use crate::{Finish, Reply, Request};

/// The format's writer.
pub(crate) struct Responses;

impl Writer for Responses {
    fn stream(&self, reply: &Reply, request: &Request) -> Vec<String> {
        let mut stream = Stream::open(request);
        stream.reasoning(reply);
        stream.message(reply);
        for (index, (name, arguments)) in reply.native_calls(request).iter().enumerate() {
            stream.call(reply, index, name, arguments);
        }
        stream.close(reply)
    }

    fn document(&self, reply: &Reply, request: &Request) -> String {
        let mut stream = Stream::open(request);
        stream.reasoning(reply);
        stream.message(reply);
        for (index, (name, arguments)) in reply.native_calls(request).iter().enumerate() {
            stream.call(reply, index, name, arguments);
        }
        stream.response(reply).to_string()
    }

    fn opening(&self, request: &Request) -> String {
        let mut stream = Stream::open(request);
        stream.open_message();
        stream.events.concat()
    }

    fn text(&self, request: &Request, text: &str) -> String {
        let mut event = text_delta("output_text", &message_id(request), text);
        event["output_index"] = 0.into();
        event["sequence_number"] = 4.into();
        typed_event(&event)
    }

    fn failure(&self, request: &Request, message: &str) -> String {
        let error = json!({"code": "server_error", "message": message});
        let mut response = response(request, "failed");
        response["error"] = error;
        typed_event(&json!({"type": "response.failed", "sequence_number": 9, "response": response}))
    }

    fn refusal(&self, code: u16, message: &str, _retry_after: Option<&str>) -> String {
        let (kind, code) = match code {
            401 => ("invalid_request_error", "invalid_api_key"),
            429 => ("requests", "rate_limit_exceeded"),
            400..500 => ("invalid_request_error", "invalid_value"),
            _ => ("server_error", "server_error"),
        };
        let error = json!({"message": message, "type": kind, "param": null, "code": code});
        json!({ "error": error }).to_string()
    }

    fn misshapen(&self) -> Vec<String> {
        vec![
            typed_event(&json!({"type": "response.output_text.delta", "delta": 7})),
            typed_event(&json!({"type": "response.output_item.done", "item": "none"})),
        ]
    }
}

/// The events so far, and the items that they made.
struct Stream<'a> {
    request: &'a Request,
    events: Vec<String>,
    output: Vec<Value>,
}

impl<'a> Stream<'a> {
    fn open(request: &'a Request) -> Self {
        let mut stream = Self {
            request,
            events: Vec::new(),
            output: Vec::new(),
        };
        for state in ["response.created", "response.in_progress"] {
            let response = response(request, "in_progress");
            stream.push(json!({"type": state, "response": response}));
        }
        stream
    }

    fn push(&mut self, mut data: Value) {
        data["sequence_number"] = self.events.len().into();
        self.events.push(typed_event(&data));
    }

    /// An event about the item that is being made.
    fn about(&mut self, kind: &str, id: &str, mut members: Value) {
        members["type"] = kind.into();
        members["item_id"] = id.into();
        members["output_index"] = self.output.len().into();
        self.push(members);
    }

    fn item(&mut self, state: &str, item: &Value) {
        let index = self.output.len();
        let kind = format!("response.output_item.{state}");
        self.push(json!({"type": kind, "output_index": index, "item": item}));
    }

    fn done(&mut self, item: Value) {
        self.item("done", &item);
        self.output.push(item);
    }

    /// A summary; the thinking itself comes sealed, and only when it was asked for.
    fn reasoning(&mut self, reply: &Reply) {
        if reply.reasoning.is_empty() {
            return;
        }
        let id = format!("rs_{}_{}", self.request.model, self.request.call);
        let mut item = json!({"type": "reasoning", "id": id, "summary": []});
        self.item("added", &item);
        let part = json!({"type": "summary_text", "text": reply.reasoning});
        for piece in pieces(&reply.reasoning, reply.pieces) {
            let delta = json!({"summary_index": 0, "delta": piece});
            self.about("response.reasoning_summary_text.delta", &id, delta);
        }
        let done = json!({"summary_index": 0, "text": reply.reasoning});
        self.about("response.reasoning_summary_text.done", &id, done);
        item["summary"] = json!([part]);
        if self.is_asked_for("reasoning.encrypted_content") {
            item["encrypted_content"] = seal(&self.request.model, self.request.call).into();
        }
        self.done(item);
    }

    fn is_asked_for(&self, what: &str) -> bool {
        let include = self.request.body["include"].as_array();
        include.is_some_and(|it| it.iter().any(|it| it == what))
    }

    fn open_message(&mut self) -> Value {
        let id = message_id(self.request);
        let item = json!({"type": "message", "id": id, "role": "assistant",
                          "status": "in_progress", "content": []});
        self.item("added", &item);
        let part = json!({"type": "output_text", "text": "", "annotations": []});
        let members = json!({"content_index": 0, "part": part});
        self.about("response.content_part.added", &id, members);
        item
    }

    fn message(&mut self, reply: &Reply) {
        let text = reply.whole_text(self.request);
        if text.is_empty() {
            return;
        }
        let (kind, member) = match reply.finish() {
            Finish::Refusal => ("refusal", "refusal"),
            _ => ("output_text", "text"),
        };
        let id = message_id(self.request);
        let mut item = self.open_message();
        for piece in pieces(&text, reply.pieces) {
            let mut event = text_delta(kind, &id, piece);
            event["output_index"] = self.output.len().into();
            self.push(event);
        }
        let done = json!({"content_index": 0, member: text});
        self.about(&format!("response.{kind}.done"), &id, done);
        let mut part = json!({"type": kind, member: text});
        if kind == "output_text" {
            part["annotations"] = json!([]);
        }
        let members = json!({"content_index": 0, "part": part});
        self.about("response.content_part.done", &id, members);
        item["content"] = json!([part]);
        item["status"] = "completed".into();
        self.done(item);
    }

    fn call(&mut self, reply: &Reply, index: usize, name: &str, arguments: &str) {
        let call_id = call_id(self.request, index);
        let id = call_id.replacen("call", "fc", 1);
        let mut item = json!({"type": "function_call", "id": id, "call_id": call_id, "name": name,
                              "arguments": "", "status": "in_progress"});
        self.item("added", &item);
        let kind = "response.function_call_arguments";
        for piece in pieces(arguments, reply.pieces) {
            self.about(&format!("{kind}.delta"), &id, json!({"delta": piece}));
        }
        self.about(
            &format!("{kind}.done"),
            &id,
            json!({"arguments": arguments}),
        );
        item["arguments"] = arguments.into();
        item["status"] = "completed".into();
        self.done(item);
    }

    fn response(&self, reply: &Reply) -> Value {
        let (status, reason) = match reply.finish() {
            Finish::Length => ("incomplete", Some("max_output_tokens")),
            Finish::ContentFilter => ("incomplete", Some("content_filter")),
            _ => ("completed", None),
        };
        let mut response = response(self.request, status);
        response["output"] = self.output.clone().into();
        response["incomplete_details"] = reason.map(|it| json!({ "reason": it })).into();
        response["usage"] = reply.usage.map(usage).into();
        response
    }

    fn close(mut self, reply: &Reply) -> Vec<String> {
        let response = self.response(reply);
        let status = response["status"].as_str().unwrap_or_default();
        self.push(json!({"type": format!("response.{status}"), "response": response}));
        self.events
    }
}

fn message_id(request: &Request) -> String {
    format!("msg_{}_{}", request.model, request.call)
}

fn text_delta(part: &str, id: &str, text: &str) -> Value {
    json!({"type": format!("response.{part}.delta"), "item_id": id, "content_index": 0,
           "delta": text})
}

fn response(request: &Request, status: &str) -> Value {
    json!({"id": "resp_fake", "object": "response", "created_at": 1, "status": status,
           "model": request.model, "output": [], "error": null})
}

fn usage((prompt, completion): (u64, u64)) -> Value {
    json!({"input_tokens": prompt, "input_tokens_details": {"cached_tokens": 0},
           "output_tokens": completion, "output_tokens_details": {"reasoning_tokens": 0},
           "total_tokens": prompt + completion})
}
