//! The fake itself, over a plain socket: what the end-to-end tests take for granted.

#![expect(clippy::unwrap_used, reason = "whatever fails here fails a test")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};
use support::{Fake, Fault, Finish, Reply, Role, Script, Target, Wire, answer, on, text, vote};

/// Asks this model in this format and returns everything until the server closes or stays silent.
fn ask(fake: &Fake, wire: Wire, model: &str, targets: &[&str]) -> String {
    let (path, body) = request(wire, model, targets);
    post(fake, &path, &body)
}

fn post(fake: &Fake, path: &str, body: &Value) -> String {
    let address = fake.origin().replace("http://", "");
    let mut socket = TcpStream::connect(&address).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_millis(300)))
        .unwrap();
    let body = body.to_string();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer k\r\n\
         anthropic-version: 2023-06-01\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    socket.write_all((head + &body).as_bytes()).unwrap();
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = socket.read(&mut buffer) {
        seen.extend_from_slice(&buffer[..count]);
        if seen.len() > 6_000 {
            break;
        }
    }
    String::from_utf8_lossy(&seen).into_owned()
}

/// One question, and a vote on offer when there is something to vote for.
fn request(wire: Wire, model: &str, targets: &[&str]) -> (String, Value) {
    let schema = json!({"type": "object", "properties": {"agent_id": {"enum": targets}}});
    let tool = match wire {
        Wire::Chat => {
            json!({"type": "function", "function": {"name": "vote", "parameters": schema}})
        }
        Wire::Responses => json!({"type": "function", "name": "vote", "parameters": schema}),
        Wire::Messages => json!({"name": "vote", "input_schema": schema}),
        Wire::Gemini => json!({"functionDeclarations": [{"name": "vote", "parameters": schema}]}),
    };
    let tools: Vec<_> = [tool].into_iter().filter(|_| !targets.is_empty()).collect();
    let said = json!([{"role": "user", "content": "Hm?"}]);
    let (path, body) = match wire {
        Wire::Chat => ("/v1/chat/completions", json!({ "messages": said })),
        Wire::Responses => ("/v1/responses", json!({ "input": said })),
        Wire::Messages => (
            "/v1/messages?beta=true",
            json!({"messages": said, "max_tokens": 9, "system": "Be brief."}),
        ),
        Wire::Gemini => {
            let contents = json!([{"role": "user", "parts": [{"text": "Hm?"}]}]);
            let path = format!("/v1beta/models/{model}:streamGenerateContent?alt=sse");
            return (path, json!({"contents": contents, "tools": tools}));
        }
    };
    let mut body = body;
    body["model"] = model.into();
    body["tools"] = tools.into();
    (path.to_owned(), body)
}

#[test]
fn a_script_is_followed_and_requests_are_kept() {
    for wire in Wire::ALL {
        let script = Script::new()
            .rule(
                on("ann").offering("vote"),
                vote(Target::LastOffered).in_pieces(1),
            )
            .rule(on("ann").presenting(), text("Here.").thinking("Hm"));
        let fake = Fake::start(script);
        let seen = ask(&fake, wire, "ann", &["agent2", "agent7"]);
        assert!(
            seen.contains("call_ann_1_0") && seen.contains("agent7"),
            "{seen}"
        );
        let seen = ask(&fake, wire, "ann", &[]);
        assert!(
            seen.contains("okens") || seen.contains("okenCount"),
            "{seen}"
        );
        assert!(ask(&fake, wire, "bob", &[]).starts_with("HTTP/1.1 400"));
        let requests = fake.requests("ann");
        assert_eq!(requests[0].wire, Some(wire));
        assert_eq!(requests[0].vote_targets(), ["agent2", "agent7"]);
        assert_eq!(requests[1].call, 2);
        assert!(requests[1].words().ends_with("Hm?"), "{requests:#?}");
        assert_eq!(requests[1].turns().last().unwrap().role, Role::User);
        assert_eq!(requests[1].header("authorization"), Some("Bearer k"));
        assert_eq!(fake.unmatched().len(), 1);
        fake.wait_for("ann", 2);
    }
}

/// The data of each event, marks of the end left out.
fn events(seen: &str) -> Vec<Value> {
    let lines = seen.lines().filter_map(|it| it.strip_prefix("data: "));
    lines
        .filter(|it| *it != "[DONE]")
        .map(|it| serde_json::from_str(it).unwrap())
        .collect()
}

/// Every named event says the same name in its data, and every item is opened before it is
/// filled, and closed.
#[test]
fn streams_are_well_formed() {
    let said = text("Grüße")
        .thinking("Plan")
        .and_call("a", json!({"x": 1}));
    let said = said.and_call("b", json!({}));
    for wire in Wire::ALL {
        let fake = Fake::start(Script::new().rule(on("ann"), said.clone()));
        let seen = ask(&fake, wire, "ann", &[]);
        let events = events(&seen);
        let named = seen.matches("event: ").count();
        let typed = events.iter().filter(|it| it["type"].is_string());
        assert_eq!(named, typed.count(), "{seen}");
        let kinds: Vec<_> = events.iter().filter_map(|it| it["type"].as_str()).collect();
        let count = |kind: &str| kinds.iter().filter(|it| **it == kind).count();
        match wire {
            Wire::Responses => {
                assert_eq!(count("response.output_item.added"), 4);
                assert_eq!(count("response.output_item.done"), 4);
                let numbers = events.iter().map(|it| it["sequence_number"].as_u64());
                assert!(numbers.eq((0..events.len() as u64).map(Some)), "{seen}");
                let last = &events.last().unwrap()["response"];
                assert_eq!(last["output"].as_array().unwrap().len(), 4);
                assert_eq!(last["output"][2]["arguments"], r#"{"x":1}"#);
            }
            Wire::Messages => {
                assert_eq!(
                    (kinds[0], *kinds.last().unwrap()),
                    ("message_start", "message_stop")
                );
                assert_eq!(count("content_block_start"), 4);
                assert_eq!(count("content_block_stop"), 4);
                assert!(seen.contains("signature_delta"));
            }
            Wire::Gemini => {
                let last = &events.last().unwrap()["candidates"][0];
                let parts = last["content"]["parts"].as_array().unwrap();
                assert_eq!(last["finishReason"], "STOP");
                assert_eq!(parts.len(), 2);
                assert!(parts[0]["thoughtSignature"].is_string());
                assert!(parts[1]["thoughtSignature"].is_null());
            }
            Wire::Chat => assert!(seen.contains("data: [DONE]"), "{seen}"),
        }
    }
}

#[test]
fn every_end_has_each_providers_word() {
    use Finish::{ContentFilter, Length, Refusal};
    let table = [
        (
            Length,
            [
                r#""length""#,
                "max_output_tokens",
                "max_tokens",
                "MAX_TOKENS",
            ],
        ),
        (
            ContentFilter,
            ["content_filter", "response.incomplete", "refusal", "SAFETY"],
        ),
        (
            Refusal,
            [
                r#""refusal""#,
                "response.refusal.delta",
                "refusal",
                "SAFETY",
            ],
        ),
    ];
    for (finish, words) in table {
        for (wire, word) in Wire::ALL.into_iter().zip(words) {
            let script = Script::new().rule(on("ann"), text("No.").finishing(finish));
            let seen = ask(&Fake::start(script), wire, "ann", &[]);
            assert!(seen.contains(word), "{wire:?} {finish:?}: {seen}");
        }
    }
}

/// Each is what the provider itself answers with a status of 400.
#[test]
fn a_request_that_the_provider_would_refuse_is_refused() {
    let user = json!({"role": "user", "content": "Hm?"});
    let call = json!({"id": "call_ann_1_0", "name": "a", "args": {}});
    let result = json!({"id": "call_ann_1_0", "name": "a", "response": {"result": "x"}});
    let contents = json!([{"role": "model", "parts": [{"functionCall": call}]},
                          {"role": "user", "parts": [{"functionResponse": result}]}]);
    let used = json!({"type": "tool_use", "id": "t", "name": "a", "input": {}});
    let output = json!({"type": "function_call_output", "call_id": "none", "output": "x"});
    let asked = json!({"id": "c", "function": {"name": "a", "arguments": "{}"}});
    let table = [
        (
            "/v1/chat/completions",
            json!({"messages": [user, {"role": "assistant", "tool_calls": [asked]}]}),
            "no result",
        ),
        (
            "/v1/responses",
            json!({"input": [user, output]}),
            "not called",
        ),
        ("/v1/messages", json!({ "messages": [user] }), "max_tokens"),
        (
            "/v1/messages",
            json!({"max_tokens": 9, "messages": [user, {"role": "assistant", "content": [used]}, user]}),
            "no result",
        ),
        (
            "/v1/messages",
            json!({"max_tokens": 9, "messages": [{"role": "user", "content": [{"type": "text", "text": ""}]}]}),
            "not valid",
        ),
        (
            "/models/ann:streamGenerateContent?alt=sse",
            json!({ "contents": contents }),
            "thought_signature",
        ),
    ];
    for (path, mut body, words) in table {
        body["model"] = "ann".into();
        let fake = Fake::start(Script::new().rule(on("ann"), text("Yes.")));
        let seen = post(&fake, path, &body);
        assert!(
            seen.starts_with("HTTP/1.1 400") && seen.contains(words),
            "{path}: {seen}"
        );
        assert_eq!(fake.unmatched().len(), 1);
    }
}

#[test]
fn tokens_are_counted() {
    let fake = Fake::start(Script::new());
    let seen = post(&fake, "/v1/messages/count_tokens?beta=true", &json!({}));
    assert!(seen.contains("input_tokens"), "{seen}");
    assert_eq!(fake.requests("").len(), 0);
}

/// Faults, words that show when they happen, and whether they are to be seen.
fn faults() -> Vec<(Fault, &'static str, bool)> {
    let said = || -> Reply { answer("Paris").without_usage() };
    let asked = Fault::status(429, "slow down").with_header("retry-after", "7");
    let document = r#"{"error":{"message":"gone"}}"#;
    vec![
        (asked, "retry-after: 7", true),
        (
            Fault::Cut {
                after: 40,
                reply: said(),
            },
            "new_answer",
            false,
        ),
        (Fault::Stall, "HTTP/1.1", false),
        (Fault::StallAfterHead, "text/event-stream", true),
        (
            Fault::StallAfter {
                after: 9999,
                reply: said(),
            },
            "new_answer",
            true,
        ),
        (Fault::EndlessText, "and so on", true),
        (Fault::MalformedEvents, "data: [[[[", true),
        (Fault::InvalidUtf8, "\u{fffd}", true),
        (Fault::HugeEvent { bytes: 20_000 }, "xxxxxxxx", true),
        (Fault::Html, "text/html", true),
        (Fault::PlainJson(said()), "application/json", true),
        (
            Fault::ErrorEvent {
                event: document.into(),
            },
            "gone",
            true,
        ),
        (Fault::failing("lost"), "lost", true),
    ]
}

#[test]
fn every_fault_shows_on_every_wire() {
    for wire in Wire::ALL {
        for (fault, words, shown) in faults() {
            let name = format!("{wire:?}: {fault:?}");
            let fake = Fake::start(Script::new().rule(on("ann"), fault));
            let seen = ask(&fake, wire, "ann", &[]);
            assert_eq!(seen.contains(words), shown, "{name}: {seen}");
        }
    }
}

/// What keeps a connection open, and what a provider says when it refuses or breaks off.
#[test]
fn every_provider_has_words_of_its_own() {
    let table = [
        (
            Fault::KeepAlives,
            [": still here", ": still here", r#""ping""#, ": still here"],
        ),
        (
            Fault::status(401, "no"),
            [
                r#""code":401"#,
                "invalid_api_key",
                "authentication_error",
                "UNAUTHENTICATED",
            ],
        ),
        (
            Fault::status(429, "no").with_header("retry-after", "7"),
            [
                r#""code":429"#,
                "rate_limit_exceeded",
                "rate_limit_error",
                r#""retryDelay":"7s""#,
            ],
        ),
        (
            Fault::failing("lost"),
            [
                r#"{"error":"#,
                "response.failed",
                "overloaded_error",
                "UNAVAILABLE",
            ],
        ),
    ];
    for (fault, words) in table {
        for (wire, word) in Wire::ALL.into_iter().zip(words) {
            let fake = Fake::start(Script::new().rule(on("ann"), fault.clone()));
            let seen = ask(&fake, wire, "ann", &[]);
            assert!(seen.contains(word), "{wire:?} {fault:?}: {seen}");
        }
    }
}
