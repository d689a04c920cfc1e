//! A reply in the Chat Completions wire format: as a stream of events, or as one document.
//!
//! Source: the provider's documentation as summed up in the backend specification, §11 B.

use serde_json::{Value, json};

use crate::{Reply, Request};

const ID: &str = "chatcmpl-fake";

/// The reply as the bytes of an event stream, end mark included.
pub(crate) fn stream(reply: &Reply, request: &Request) -> Vec<String> {
    let mut events = vec![delta(
        request,
        json!({"role": "assistant", "content": ""}),
        None,
    )];
    let reasoning = pieces(&reply.reasoning, reply.pieces);
    events.extend(reasoning.map(|it| delta(request, json!({"reasoning_content": it}), None)));
    let text = reply.whole_text(request);
    events
        .extend(pieces(&text, reply.pieces).map(|it| delta(request, json!({"content": it}), None)));
    let calls = reply.native_calls(request);
    for (index, (name, arguments)) in calls.iter().enumerate() {
        events.push(call_start(request, index, name));
        let rest = pieces(arguments, reply.pieces);
        events.extend(rest.map(|it| call_more(request, index, it)));
    }
    let finish = finish(reply, !calls.is_empty());
    events.push(delta(request, json!({}), Some(finish)));
    events.extend(reply.usage.map(|usage| usage_event(request, usage)));
    events.push("data: [DONE]\n\n".to_owned());
    events
}

/// The reply as one JSON document.
pub(crate) fn document(reply: &Reply, request: &Request) -> String {
    let calls = reply.native_calls(request);
    let as_call = |(index, (name, arguments)): (usize, &(String, String))| {
        json!({"id": call_id(request, index), "type": "function",
               "function": {"name": name, "arguments": arguments}})
    };
    let mut message = json!({"role": "assistant", "content": reply.whole_text(request)});
    if !calls.is_empty() {
        message["tool_calls"] = calls.iter().enumerate().map(as_call).collect();
    }
    let finish = finish(reply, !calls.is_empty());
    json!({"id": ID, "object": "chat.completion", "created": 1, "model": request.model,
           "choices": [{"index": 0, "message": message, "finish_reason": finish}],
           "usage": reply.usage.map(usage)})
    .to_string()
}

/// One event that appends this text.
pub(crate) fn text_event(request: &Request, text: &str) -> String {
    delta(request, json!({ "content": text }), None)
}

/// One event with any data.
pub(crate) fn event(data: &str) -> String {
    format!("data: {data}\n\n")
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

fn call_id(request: &Request, index: usize) -> String {
    format!("call_{}_{}_{index}", request.model, request.call)
}

fn finish(reply: &Reply, has_calls: bool) -> &'static str {
    let fitting = if has_calls { "tool_calls" } else { "stop" };
    reply.finish.unwrap_or(fitting)
}

fn usage_event(request: &Request, tokens: (u64, u64)) -> String {
    chunk(request, json!({"choices": [], "usage": usage(tokens)}))
}

fn usage((prompt, completion): (u64, u64)) -> Value {
    json!({"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion})
}

/// Cuts a text into at most so many pieces, between characters; nothing for an empty text.
fn pieces(text: &str, most: usize) -> impl Iterator<Item = &str> {
    let size = text.len().div_ceil(most.max(1)).max(1);
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = (size.min(rest.len())..=rest.len()).find(|at| rest.is_char_boundary(*at))?;
        let (piece, after) = rest.split_at(end);
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_lose_nothing_and_split_no_character() {
        for (text, most) in [
            ("", 3),
            ("a", 3),
            ("abcdefg", 3),
            ("grüße", 4),
            ("日本語", 9),
        ] {
            let pieces: Vec<&str> = pieces(text, most).collect();
            assert_eq!(pieces.concat(), text);
            assert!(pieces.len() <= most.max(1), "{pieces:?}");
        }
    }
}
