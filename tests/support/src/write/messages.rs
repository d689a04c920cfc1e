//! Replies in the Messages wire format: numbered blocks, each opened, filled and closed.
//!
//! Source: the provider's documentation as summed up in the backend specification, §11 C.

use serde_json::{Value, json};

use super::{Writer, call_id, parsed, pieces, seal, typed_event};
use crate::{Finish, Reply, Request};

/// The format's writer.
pub(crate) struct Messages;

impl Writer for Messages {
    fn stream(&self, reply: &Reply, request: &Request) -> Vec<String> {
        let mut events = vec![start(request, reply.usage), self.keep_alive()];
        for (index, block) in blocks(reply, request).iter().enumerate() {
            events.push(block_start(index, &block.empty));
            events.extend(block.deltas.iter().map(|it| delta(index, it)));
            events.push(typed_event(
                &json!({"type": "content_block_stop", "index": index}),
            ));
        }
        let ending = json!({"stop_reason": stop_reason(reply), "stop_sequence": null});
        let mut last = json!({"type": "message_delta", "delta": ending});
        if let Some((_, output)) = reply.usage {
            last["usage"] = json!({ "output_tokens": output });
        }
        events.push(typed_event(&last));
        events.push(self.end_mark());
        events
    }

    fn document(&self, reply: &Reply, request: &Request) -> String {
        let mut message = message(request);
        let content = blocks(reply, request).into_iter().map(|it| it.full);
        message["content"] = content.collect();
        message["stop_reason"] = stop_reason(reply).into();
        if let Some((input, output)) = reply.usage {
            message["usage"] = json!({"input_tokens": input, "output_tokens": output});
        }
        message.to_string()
    }

    fn opening(&self, request: &Request) -> String {
        let block = json!({"type": "text", "text": ""});
        start(request, Some((11, 1))) + &block_start(0, &block)
    }

    fn text(&self, _request: &Request, text: &str) -> String {
        delta(0, &json!({"type": "text_delta", "text": text}))
    }

    fn end_mark(&self) -> String {
        typed_event(&json!({"type": "message_stop"}))
    }

    fn failure(&self, _request: &Request, message: &str) -> String {
        typed_event(
            &json!({"type": "error", "error": {"type": "overloaded_error", "message": message}}),
        )
    }

    fn refusal(&self, code: u16, message: &str, _retry_after: Option<&str>) -> String {
        let error = json!({"type": error_type(code), "message": message});
        json!({"type": "error", "error": error, "request_id": "req_fake"}).to_string()
    }

    fn misshapen(&self) -> Vec<String> {
        vec![
            typed_event(&json!({"type": "content_block_delta", "index": "first", "delta": 7})),
            typed_event(&json!({"type": "message_delta", "delta": []})),
        ]
    }

    fn keep_alive(&self) -> String {
        typed_event(&json!({"type": "ping"}))
    }
}

/// A block as it is opened, what fills it, and how it looks in a document.
struct Block {
    empty: Value,
    deltas: Vec<Value>,
    full: Value,
}

fn blocks(reply: &Reply, request: &Request) -> Vec<Block> {
    let text = reply.whole_text(request);
    let thinking = (!reply.reasoning.is_empty()).then(|| thinking(reply, request));
    let text = (!text.is_empty()).then(|| text_block(reply, &text));
    let calls = reply.native_calls(request).into_iter().enumerate();
    let calls = calls.map(|(index, it)| tool_use(reply, &call_id(request, index), &it));
    thinking.into_iter().chain(text).chain(calls).collect()
}

fn thinking(reply: &Reply, request: &Request) -> Block {
    let signature = seal(&request.model, request.call);
    let mut deltas: Vec<_> = pieces(&reply.reasoning, reply.pieces)
        .map(|it| json!({"type": "thinking_delta", "thinking": it}))
        .collect();
    deltas.push(json!({"type": "signature_delta", "signature": signature}));
    Block {
        empty: json!({"type": "thinking", "thinking": "", "signature": ""}),
        deltas,
        full: json!({"type": "thinking", "thinking": reply.reasoning, "signature": signature}),
    }
}

fn text_block(reply: &Reply, text: &str) -> Block {
    let deltas = pieces(text, reply.pieces).map(|it| json!({"type": "text_delta", "text": it}));
    Block {
        empty: json!({"type": "text", "text": ""}),
        deltas: deltas.collect(),
        full: json!({"type": "text", "text": text}),
    }
}

/// The first piece of arguments is empty, as it is at the provider.
fn tool_use(reply: &Reply, id: &str, (name, arguments): &(String, String)) -> Block {
    let first = std::iter::once("");
    let rest = pieces(arguments, reply.pieces);
    let deltas = first.chain(rest);
    let deltas = deltas.map(|it| json!({"type": "input_json_delta", "partial_json": it}));
    Block {
        empty: json!({"type": "tool_use", "id": id, "name": name, "input": {}}),
        deltas: deltas.collect(),
        full: json!({"type": "tool_use", "id": id, "name": name, "input": parsed(arguments)}),
    }
}

fn start(request: &Request, usage: Option<(u64, u64)>) -> String {
    let mut message = message(request);
    if let Some((input, _)) = usage {
        message["usage"] = json!({"input_tokens": input, "cache_creation_input_tokens": 0,
                                  "cache_read_input_tokens": 0, "output_tokens": 1});
    }
    typed_event(&json!({"type": "message_start", "message": message}))
}

fn message(request: &Request) -> Value {
    json!({"id": "msg_fake", "type": "message", "role": "assistant", "model": request.model,
           "content": [], "stop_reason": null, "stop_sequence": null})
}

fn block_start(index: usize, block: &Value) -> String {
    typed_event(&json!({"type": "content_block_start", "index": index, "content_block": block}))
}

fn delta(index: usize, delta: &Value) -> String {
    typed_event(&json!({"type": "content_block_delta", "index": index, "delta": delta}))
}

fn stop_reason(reply: &Reply) -> &'static str {
    match reply.finish() {
        Finish::Stop => "end_turn",
        Finish::ToolCalls => "tool_use",
        Finish::Length => "max_tokens",
        Finish::ContentFilter | Finish::Refusal => "refusal",
    }
}

fn error_type(code: u16) -> &'static str {
    match code {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        504 => "timeout_error",
        529 => "overloaded_error",
        400..500 => "invalid_request_error",
        _ => "api_error",
    }
}
