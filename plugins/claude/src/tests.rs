//! What the provider says, event by event, and what holds for whatever it says.

use massgen_plugin::Translator;
use massgen_plugin::metadata::Manifest;
use massgen_plugin::sdk::Translating;
use massgen_plugin_test::{Reading, any_json, next_body};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::Claude;

#[test]
fn transcripts() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/transcripts");
    massgen_plugin_test::transcripts::<Translating<Claude>>(folder);
}

fn manifest() -> Manifest {
    serde_json::from_str(include_str!("../plugin.json")).expect("a manifest")
}

#[test]
fn the_manifest_says_what_the_host_must_know() {
    let claude = &manifest().types[0];
    let secret = &claude.secrets[0];
    assert_eq!(
        (secret.env.join(" "), secret.hosts.join(" ")),
        ("ANTHROPIC_API_KEY".into(), "anthropic.com".into())
    );
    assert!(claude.replay_reasoning, "signatures go back");
    for (key, schema) in claude.config["properties"].as_object().expect("keys") {
        assert!(schema["description"].is_string(), "{key}");
    }
}

fn backend() -> Claude {
    let config = json!({"backend_type": "claude", "base_url": "https://api.anthropic.com", "model": "claude-sonnet-4-5"});
    Claude::new(serde_json::from_value(config).expect("a configuration")).expect("a backend")
}

#[test]
fn a_budget_for_thinking_fits_into_a_call_with_a_limit_of_its_own() {
    let config = json!({
        "backend_type": "claude", "base_url": "https://api.anthropic.com", "model": "claude-sonnet-4-5",
        "options": {"thinking": {"type": "enabled", "budget_tokens": 4000}},
    });
    let config = serde_json::from_value(config).expect("a configuration");
    let claude = Claude::new(config).expect("a backend");
    let call = json!({"id": "c", "turns": [], "params": {"max_output_tokens": 500}});
    let call = serde_json::from_value(call).expect("a call");
    let request = claude.render(&call).expect("a request");
    let body: Value = serde_json::from_str(&request.body.expect("a body")).expect("JSON");
    assert_eq!(body["max_tokens"], 4500);
}

fn has_one_end(frames: &[Vec<u8>]) -> bool {
    Reading::of(&backend(), frames).has_one_end()
}

/// Names that mean something in a reply.
const NAMES: &[&str] = &[
    "type",
    "index",
    "message",
    "content_block",
    "delta",
    "content",
    "text",
    "thinking",
    "signature",
    "partial_json",
    "citation",
    "citations",
    "url",
    "input",
    "id",
    "name",
    "caller",
    "stop_reason",
    "stop_details",
    "explanation",
    "usage",
    "input_tokens",
    "error",
    "is_error",
];
/// Words that do.
const WORDS: &[&str] = &[
    "text",
    "tool_use",
    "server_tool_use",
    "web_search_tool_result",
    "thinking",
    "pause_turn",
    "message",
    "direct",
];

fn any_event() -> impl Strategy<Value = Value> {
    let kinds = vec![
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
        "message",
    ];
    (prop::sample::select(kinds), 0..3_u8, any_json(NAMES, WORDS)).prop_map(|(kind, index, body)| {
        json!({"type": kind, "index": index, "content_block": body, "delta": body, "message": body})
    })
}

proptest! {
    #[test]
    fn any_events_give_one_end(events in prop::collection::vec(any_event(), 0..10)) {
        let frames: Vec<_> = events.iter().map(|it| it.to_string().into_bytes()).collect();
        prop_assert!(has_one_end(&frames));
    }

    #[test]
    fn any_bytes_give_one_end(frames in prop::collection::vec(any::<Vec<u8>>(), 0..5), json in any_json(NAMES, WORDS)) {
        let mut frames = frames;
        frames.push(json.to_string().into_bytes());
        prop_assert!(has_one_end(&frames));
    }
}

/// The assistant's message in the call after this reply, all its calls answered.
fn replayed(reading: &Reading) -> Value {
    let origin = json!({"provider": "claude", "model": "claude-sonnet-4-5"});
    let body = next_body(&backend(), &origin, reading);
    body["messages"][1]["content"].clone()
}

fn any_block() -> impl Strategy<Value = Value> {
    let cited = json!([{"type": "web_search_result_location", "url": "https://a.example/", "encrypted_index": "SUQ="}]);
    let caller = json!({"type": "code_execution_20250825", "tool_id": "srvtoolu_1"});
    prop::sample::select(vec![
        json!({"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}),
        json!({"type": "redacted_thinking", "data": "ZW5j"}),
        json!({"type": "text", "text": "Words.", "citations": cited}),
        json!({"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "a"}}),
        json!({"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [{"title": "A"}]}),
        json!({"type": "tool_use", "id": "", "name": "now", "input": {"a": 1}}),
        json!({"type": "tool_use", "id": "", "name": "now", "input": {}, "caller": caller}),
        json!({"type": "novelty", "x": [1]}),
    ])
}

proptest! {
    #[test]
    fn a_message_goes_back_exactly_as_it_was_received(blocks in prop::collection::vec(any_block(), 1..8)) {
        let mut blocks = blocks;
        for (at, block) in blocks.iter_mut().enumerate().filter(|(_, it)| it["id"] == "") {
            block["id"] = format!("toolu_{at}").into();
        }
        let message = json!({"type": "message", "content": blocks, "stop_reason": "tool_use"});
        let reading = Reading::of(&backend(), &[message.to_string()]);
        prop_assert_eq!(replayed(&reading), Value::Array(blocks));
    }
}
