//! Whole requests, and what must not change in them.

use expect_test::{Expect, expect};
use massgen_plugin::chat::{Call, Role, Turn};
use massgen_plugin::wire::HttpRequest;
use massgen_plugin::{FaultCode, Translator};
use serde_json::{Value, json};

use crate::play::backend;

fn render(config: Value, call: Value) -> HttpRequest {
    let call: Call = serde_json::from_value(call).expect("a call");
    let backend = backend(config).expect("a backend");
    backend.render(&call).expect("a request")
}

fn body(config: Value, call: Value) -> String {
    render(config, call).body.expect("a body")
}

/// The body's own bytes, with a line for each member and each item of a member.
fn check(config: Value, call: Value, expected: &Expect) {
    let (mut lines, mut depth, mut in_text, mut escaped) = (String::new(), 0, false, false);
    for letter in body(config, call).chars() {
        in_text ^= letter == '"' && !escaped;
        escaped = letter == '\\' && !escaped;
        if !in_text && matches!(letter, '}' | ']') {
            depth -= 1;
        }
        lines.push(letter);
        if !in_text && matches!(letter, '{' | '[') {
            depth += 1;
        }
        if !in_text && letter == ',' && depth <= 2 {
            lines += &format!("\n{}", "    ".repeat(depth - 1));
        }
    }
    expected.assert_eq(&(lines + "\n"));
}

fn conversation() -> Value {
    json!([
        {"role": "system", "parts": [{"type": "text", "text": "Be brief."}]},
        {"role": "user", "parts": [{"type": "text", "text": "Read a"}]},
        {"role": "assistant", "origin": {"provider": "plain", "model": "m"}, "parts": [
            {"type": "reasoning", "text": "hm", "opaque": {"provider": "plain", "value": [{"type": "x"}]}},
            {"type": "tool_call", "id": "c1", "name": "read", "arguments": {"path": "a"}},
            {"type": "tool_call", "id": "c2", "name": "read", "arguments": null},
            {"type": "tool_call", "id": "lost", "name": "read", "arguments": {}},
        ]},
        {"role": "tool", "parts": [
            {"type": "tool_result", "call_id": "c2", "name": "read", "is_error": true,
             "parts": [{"type": "text", "text": "no path"}]},
            {"type": "tool_result", "call_id": "unknown", "name": "read", "parts": []},
        ]},
        {"role": "tool", "parts": [
            {"type": "tool_result", "call_id": "c1", "name": "read", "parts": [
                {"type": "text", "text": "A"},
                {"type": "image", "mime": "image/png", "data": "QUJD"},
            ]},
        ]},
        {"role": "assistant", "parts": [
            {"type": "reasoning", "text": "so"},
            {"type": "text", "text": "It says A."},
        ]},
        {"role": "system", "parts": [{"type": "text", "text": "Be kind."}]},
        {"role": "user", "parts": [
            {"type": "text", "text": "And this?"},
            {"type": "image", "mime": "image/png", "url": "https://example.com/a.png"},
        ]},
        {"role": "assistant", "parts": [{"type": "tool_call", "id": "c9", "name": "read", "arguments": {}}]},
    ])
}

#[test]
fn a_bare_call_byte_for_byte() {
    let turns = json!([{"role": "user", "parts": [{"type": "text", "text": "Hi"}]}]);
    let request = render(json!({}), json!({"id": "1", "turns": turns}));
    expect![[r#"
        {
          "method": "POST",
          "url": "http://localhost/v1/chat/completions",
          "headers": [
            [
              "content-type",
              "application/json"
            ]
          ],
          "body": "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"stream\":true,\"stream_options\":{\"include_usage\":true}}",
          "auth": {
            "header": "authorization",
            "scheme": "Bearer",
            "secret": "api_key"
          },
          "framing": "sse",
          "timeouts": {}
        }"#]].assert_eq(&serde_json::to_string_pretty(&request).expect("json"));
}

#[test]
fn a_conversation_with_calls_results_and_pictures() {
    check(
        json!({}),
        json!({"id": "1", "turns": conversation()}),
        &expect![[r#"
            {"model":"m",
            "messages":[{"role":"system","content":"Be brief.\n\nBe kind."},
                {"role":"user","content":"Read a"},
                {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"read","arguments":"{\"path\":\"a\"}"}},{"id":"c2","type":"function","function":{"name":"read","arguments":"{}"}}]},
                {"role":"tool","content":"A","tool_call_id":"c1"},
                {"role":"tool","content":"Error: no path","tool_call_id":"c2"},
                {"role":"user","content":[{"text":"Pictures from the result of `read`:","type":"text"},{"image_url":{"url":"data:image/png;base64,QUJD"},"type":"image_url"}]},
                {"role":"assistant","content":"[Reasoning of another model left out: only the model that wrote it may be given it.]\n\nIt says A."},
                {"role":"user","content":[{"text":"And this?","type":"text"},{"image_url":{"url":"https://example.com/a.png"},"type":"image_url"}]}],
            "stream":true,
            "stream_options":{"include_usage":true}}
        "#]],
    );
}

#[test]
fn parameters_win_over_options_and_extra_wins_over_all() {
    let options = json!({
        "temperature": 0.1, "top_p": 0.9, "max_tokens": 5, "stop": null, "logit_bias": {"1": 2},
        "tool_choice": "auto", "parallel_tool_calls": false, "cwd": "/x", "api_key": "k",
        "enable_web_search": true, "mcp_servers": [], "stream": false, "user": "u",
        "extra_body": {"user": "v", "top_k": 4},
    });
    let tool = json!({"name": "vote", "description": "", "parameters": {}});
    let call = json!({
        "id": "1", "turns": [], "tools": [tool], "tool_choice": {"tool": "vote"},
        "params": {
            "temperature": 0.2, "max_output_tokens": 7, "stop": ["x"], "seed": 3,
            "reasoning_effort": "low", "response_format": {"type": "json_object"},
            "extra": {"seed": 4, "n": 1},
        },
    });
    let config = json!({ "options": options });
    check(
        config.clone(),
        call,
        &expect![[r#"
            {"model":"m",
            "messages":[],
            "tools":[{"type":"function","function":{"name":"vote","description":"Function: vote","parameters":{"properties":{},"type":"object"}}}],
            "tool_choice":{"function":{"name":"vote"},
                "type":"function"},
            "logit_bias":{"1":2},
            "max_tokens":7,
            "parallel_tool_calls":false,
            "temperature":0.2,
            "top_p":0.9,
            "top_k":4,
            "user":"v",
            "stop":["x"],
            "seed":4,
            "reasoning_effort":"low",
            "response_format":{"type":"json_object"},
            "stream":true,
            "stream_options":{"include_usage":true},
            "n":1}
        "#]],
    );
    check(
        config,
        json!({"id": "1", "turns": []}),
        &expect![[r#"
            {"model":"m",
            "messages":[],
            "logit_bias":{"1":2},
            "max_tokens":5,
            "temperature":0.1,
            "top_p":0.9,
            "top_k":4,
            "user":"v",
            "stream":true,
            "stream_options":{"include_usage":true}}
        "#]],
    );
}

#[test]
fn quirks_change_names_and_forms() {
    let quirks = json!({
        "length": "max_completion_tokens", "stream_options": false, "effort": "object",
        "strict_tools": true, "replay": "reasoning_details",
    });
    let schema = json!({"type": "object", "properties": {"path": {"type": "string"}}});
    let tool = json!({"name": "read", "description": "Reads.", "parameters": schema});
    let call = json!({
        "id": "1", "turns": conversation(), "tools": [tool], "tool_choice": "required",
        "params": {
            "reasoning_effort": "high",
            "response_format": {"type": "json_schema", "name": "s", "schema": schema},
        },
    });
    let config = json!({"quirks": quirks, "options": {"max_tokens": 9}});
    check(
        config,
        call,
        &expect![[r#"
            {"model":"m",
            "messages":[{"role":"system","content":"Be brief.\n\nBe kind."},
                {"role":"user","content":"Read a"},
                {"role":"assistant","content":null,"reasoning_details":[{"type":"x"}],"tool_calls":[{"id":"c1","type":"function","function":{"name":"read","arguments":"{\"path\":\"a\"}"}},{"id":"c2","type":"function","function":{"name":"read","arguments":"{}"}}]},
                {"role":"tool","content":"A","tool_call_id":"c1"},
                {"role":"tool","content":"Error: no path","tool_call_id":"c2"},
                {"role":"user","content":[{"text":"Pictures from the result of `read`:","type":"text"},{"image_url":{"url":"data:image/png;base64,QUJD"},"type":"image_url"}]},
                {"role":"assistant","content":"[Reasoning of another model left out: only the model that wrote it may be given it.]\n\nIt says A."},
                {"role":"user","content":[{"text":"And this?","type":"text"},{"image_url":{"url":"https://example.com/a.png"},"type":"image_url"}]}],
            "tools":[{"type":"function","function":{"name":"read","description":"Reads.","parameters":{"properties":{"path":{"type":"string"}},"type":"object"},"strict":true}}],
            "tool_choice":"required",
            "max_completion_tokens":9,
            "reasoning":{"effort":"high"},
            "response_format":{"json_schema":{"name":"s","schema":{"properties":{"path":{"type":"string"}},"type":"object"},"strict":true},
                "type":"json_schema"},
            "stream":true}
        "#]],
    );
}

#[test]
fn reasoning_goes_back_with_calls_to_its_own_backend_only() {
    let call = |provider: &str| {
        let mut turns = conversation();
        turns[2]["origin"]["provider"] = json!(provider);
        json!({ "id": "1", "turns": turns })
    };
    for (replay, member) in [
        ("reasoning", r#""reasoning":"hm""#),
        ("reasoning_content", r#""reasoning_content":"hm""#),
        ("reasoning_details", r#""reasoning_details":[{"type":"x"}]"#),
    ] {
        let config = json!({"quirks": {"replay": replay}});
        assert_eq!(
            body(config.clone(), call("plain")).matches(member).count(),
            1,
            "{replay}"
        );
        assert_eq!(
            body(config, call("other")).matches("\"reasoning").count(),
            0,
            "{replay}"
        );
    }
}

#[test]
fn address_headers_and_clocks_come_from_the_configuration() {
    let config = json!({
        "base_url": "https://x.example/v1/?api-version=1",
        "options": {
            "extra_headers": {"x-title": "t"}, "extra_query": {"a b": "c&d", "n": 1}, "timeout": 1.5,
        },
    });
    let request = HttpRequest {
        body: None,
        ..render(config, json!({"id": "1", "turns": []}))
    };
    expect![[r#"
        {
          "method": "POST",
          "url": "https://x.example/v1/chat/completions?api-version=1&a+b=c%26d&n=1",
          "headers": [
            [
              "content-type",
              "application/json"
            ],
            [
              "x-title",
              "t"
            ]
          ],
          "auth": {
            "header": "authorization",
            "scheme": "Bearer",
            "secret": "api_key"
          },
          "framing": "sse",
          "timeouts": {
            "first_ms": 1500,
            "idle_ms": 1500
          }
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&request).expect("json"));
}

#[test]
fn a_wrong_configuration_names_its_key() {
    for (config, said) in [
        (json!({"base_url": null}), "`base_url` is missing"),
        (
            json!({"options": {"extra_body": 3}}),
            "`extra_body` is no mapping",
        ),
        (
            json!({"options": {"timeout": "long"}}),
            "`timeout` is no number of seconds",
        ),
        (
            json!({"quirks": {"lenght": "x"}}),
            "quirk `lenght` does not exist",
        ),
    ] {
        let fault = backend(config).err().expect("a fault");
        assert_eq!(fault.code, FaultCode::CONFIG);
        assert!(fault.message.starts_with(said), "{}", fault.message);
    }
    let backend = backend(json!({"model": null})).expect("a backend");
    let fault = backend.render(&Call::default()).expect_err("a fault");
    assert_eq!(
        (fault.code, fault.message.as_str()),
        (FaultCode::CONFIG, "`model` is missing")
    );
}

#[test]
fn appending_turns_keeps_the_bytes_of_the_messages_before() {
    let backend = backend(json!({"quirks": {"replay": "reasoning"}})).expect("a backend");
    let turns: Vec<Turn> = serde_json::from_value(conversation()).expect("turns");
    let mut turns: Vec<_> = turns
        .into_iter()
        .filter(|it| it.role != Role::System)
        .collect();
    turns.insert(0, Turn::text(Role::System, "Be brief."));
    let messages = |turns: &[Turn]| {
        let call = Call {
            turns: turns.to_vec(),
            ..Call::default()
        };
        let body = backend
            .render(&call)
            .expect("a request")
            .body
            .expect("a body");
        let (messages, _) = body.split_once("],\"stream\"").expect("messages");
        messages.to_owned()
    };
    // A turn of calls and the turns of its results are appended together.
    let whole = |end: &usize| turns.get(*end).is_none_or(|turn| turn.role != Role::Tool);
    for end in (1..turns.len()).filter(whole) {
        let (before, after) = (messages(&turns[..end]), messages(&turns));
        assert!(after.starts_with(&before), "{before}\n{after}");
    }
}
