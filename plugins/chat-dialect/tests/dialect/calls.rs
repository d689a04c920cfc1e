//! Tool calls in every broken shape that servers send.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::play::{backend, play};

/// Each delta holds `tool_calls` with these items; the reply finishes with `stop`.
fn check(deltas: &[Value], expected: &Expect) {
    let mut payloads: Vec<_> = deltas
        .iter()
        .map(|calls| json!({"choices": [{"index": 0, "delta": {"tool_calls": calls}}]}))
        .collect();
    payloads.push(json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}));
    check_payloads(&payloads, expected);
}

fn check_payloads(payloads: &[Value], expected: &Expect) {
    let payloads: Vec<_> = payloads.iter().map(Value::to_string).collect();
    let backend = backend(json!({})).expect("a backend");
    let played = play(&backend, payloads.iter().map(String::as_str));
    expected.assert_eq(&played.story());
}

fn function(name: &str, arguments: &str) -> Value {
    json!({ "name": name, "arguments": arguments })
}

#[test]
fn parallel_calls_as_documented() {
    check(
        &[
            json!([{"index": 0, "id": "a", "type": "function", "function": function("read", "")}]),
            json!([{"index": 0, "function": {"arguments": "{\"path\":\"a"}}]),
            json!([
                {"index": 0, "function": {"arguments": ".txt\"}"}},
                {"index": 1, "id": "b", "type": "function", "function": function("vote", "{}")},
            ]),
        ],
        &expect![[r#"
            start 0 a read
            arguments 0 {"path":"a|.txt"}
            start 1 b vote
            arguments 1 {}
            call 0 a read {"path":"a.txt"}
            call 1 b vote {}
            done {"finish":"tool_calls"}
        "#]],
    );
}

#[test]
fn interleaved_calls_are_told_apart_by_index() {
    check(
        &[
            json!([{"index": 0, "id": "a", "function": function("read", "{\"x\":")}]),
            json!([{"index": 1, "id": "b", "function": function("vote", "{\"y\":")}]),
            json!([{"index": 0, "function": {"arguments": "1}"}}]),
            json!([{"index": 1, "function": {"arguments": "2}"}}]),
        ],
        &expect![[r#"
            start 0 a read
            arguments 0 {"x":
            start 1 b vote
            arguments 1 {"y":
            arguments 0 1}
            arguments 1 2}
            call 0 a read {"x":1}
            call 1 b vote {"y":2}
            done {"finish":"tool_calls"}
        "#]],
    );
}

#[test]
fn every_index_is_0_and_ids_differ() {
    check(
        &[
            json!([{"index": 0, "id": "a", "function": function("read", "{")}]),
            json!([{"index": 0, "function": {"arguments": "}"}}]),
            json!([{"index": 0, "id": "b", "function": function("read", "{\"n\"")}]),
            json!([{"index": 0, "function": {"arguments": ":2}"}}]),
        ],
        &expect![[r#"
            start 0 a read
            arguments 0 {|}
            start 1 b read
            arguments 1 {"n"|:2}
            call 0 a read {}
            call 1 b read {"n":2}
            done {"finish":"tool_calls"}
        "#]],
    );
}

#[test]
fn whole_calls_without_index_and_id() {
    check(
        &[
            json!([{"function": function("read", "{\"n\":1}")}]),
            json!([{"function": function("read", "{\"n\":2}")}, {"function": function("vote", "")}]),
        ],
        &expect![[r#"
            start 0 call_0 read
            arguments 0 {"n":1}
            start 1 call_1 read
            arguments 1 {"n":2}
            call 0 call_0 read {"n":1}
            call 1 call_1 read {"n":2}
            start 2 call_2 vote
            call 2 call_2 vote {}
            done {"finish":"tool_calls"}
        "#]],
    );
}

#[test]
fn fragments_without_index_are_told_apart_by_id() {
    check(
        &[
            json!([{"id": "a", "function": function("read", "{")}]),
            json!([{"id": "b", "function": function("vote", "{")}]),
            json!([{"id": "a", "function": {"arguments": "}"}}]),
            json!([{"id": "b", "function": {"arguments": "}"}}]),
        ],
        &expect![[r#"
            start 0 a read
            arguments 0 {
            start 1 b vote
            arguments 1 {
            arguments 0 }
            arguments 1 }
            call 0 a read {}
            call 1 b vote {}
            done {"finish":"tool_calls"}
        "#]],
    );
}

#[test]
fn id_and_name_repeated_in_every_delta() {
    check(
        &[
            json!([{"index": 0, "id": "a", "function": function("read", "")}]),
            json!([{"index": 0, "id": "a", "function": function("read", "{\"n\":")}]),
            json!([{"index": 0, "id": "a", "function": function("read", "1}")}]),
            json!([{"index": 0, "id": "a", "function": function("read", "")}]),
        ],
        &expect![[r#"
            start 0 a read
            arguments 0 {"n":|1}
            call 0 a read {"n":1}
            done {"finish":"tool_calls"}
        "#]],
    );
}

#[test]
fn a_name_repeated_without_id_and_after_the_end() {
    check(
        &[
            json!([{"index": 0, "function": function("read", "{\"n\":")}]),
            json!([{"index": 0, "function": function("read", "{}}")}]),
            json!([{"index": 0, "function": function("read", "")}]),
        ],
        &expect![[r#"
            start 0 call_0 read
            arguments 0 {"n":|{}}
            call 0 call_0 read {"n":{}}
            done {"finish":"tool_calls"}
        "#]],
    );
}

#[test]
fn a_name_in_parts_and_a_late_id() {
    check(
        &[
            json!([{"index": 0, "function": {"name": "new_"}}]),
            json!([{"index": 0, "id": "a", "function": {"name": "answer", "arguments": null}}]),
            json!([{"index": 0, "function": {"arguments": "{}"}}]),
        ],
        &expect![[r#"
            start 0 a new_answer
            arguments 0 {}
            call 0 a new_answer {}
            done {"finish":"tool_calls"}
        "#]],
    );
}

#[test]
fn arguments_before_the_name_wait_for_it() {
    check(
        &[
            json!([{"index": 0, "id": "a", "function": {"arguments": "{\"n\""}}]),
            json!([{"index": 0, "function": {"name": "read", "arguments": ":1}"}}]),
        ],
        &expect![[r#"
            start 0 a read
            arguments 0 {"n":1}
            call 0 a read {"n":1}
            done {"finish":"tool_calls"}
        "#]],
    );
}

#[test]
fn an_index_that_counts_fragments() {
    check(
        &[
            json!([{"index": 0, "id": "a", "function": function("read", "{")}]),
            json!([{"index": 1, "id": "", "function": {"name": null, "arguments": "}"}}]),
        ],
        &expect![[r#"
            start 0 a read
            arguments 0 {|}
            call 0 a read {}
            done {"finish":"tool_calls"}
        "#]],
    );
}

#[test]
fn one_id_for_two_calls() {
    check(
        &[json!([
            {"index": 0, "id": "call_1", "function": function("read", "{}")},
            {"index": 1, "id": "call_1", "function": function("vote", "{}")},
        ])],
        &expect![[r#"
            start 0 call_1 read
            arguments 0 {}
            start 1 call_2 vote
            arguments 1 {}
            call 0 call_1 read {}
            call 1 call_2 vote {}
            done {"finish":"tool_calls"}
        "#]],
    );
}

#[test]
fn arguments_of_every_kind() {
    let of = |arguments: Value| json!({"function": {"name": "read", "arguments": arguments}});
    let calls = [
        of(json!({"n": 1})),
        of(Value::Null),
        of(json!("  ")),
        of(json!("null")),
        of(json!("\"{\\\"twice\\\": true}\"")),
        of(json!("[1]")),
        of(json!("{\"cut\": ")),
        json!({"function": {"name": "read"}}),
    ];
    let numbered = calls.into_iter().enumerate().map(|(index, mut call)| {
        call["index"] = json!(index);
        call["id"] = json!(format!("id{index}"));
        call
    });
    check(
        &[Value::Array(numbered.collect())],
        &expect![[r#"
        start 0 id0 read
        arguments 0 {"n":1}
        start 2 id2 read
        arguments 2
        start 3 id3 read
        arguments 3 null
        start 4 id4 read
        arguments 4 "{\\"twice\\": true}"
        start 5 id5 read
        arguments 5 [1]
        start 6 id6 read
        arguments 6 {"cut":
        call 0 id0 read {"n":1}
        start 1 id1 read
        call 1 id1 read {}
        call 2 id2 read {}
        call 3 id3 read {}
        call 4 id4 read {"twice":true}
        call 5 id5 read [1]
        call 6 id6 read "{\"cut\": "
        start 7 id7 read
        call 7 id7 read {}
        done {"finish":"tool_calls"}
    "#]],
    );
}

#[test]
fn a_call_without_a_name_is_left_out() {
    check(
        &[json!([{"index": 0, "id": "a", "function": {"arguments": "{}"}}])],
        &expect![[r#"
            done {"finish":"stop"}
        "#]],
    );
}

#[test]
fn the_one_call_of_old_servers() {
    let delta = |function: Value| json!({"choices": [{"delta": {"function_call": function}}]});
    check_payloads(
        &[
            delta(json!({"name": "read", "arguments": ""})),
            delta(json!({"arguments": "{\"n\":"})),
            delta(json!({"arguments": "1}"})),
            json!({"choices": [{"delta": {}, "finish_reason": "function_call"}]}),
        ],
        &expect![[r#"
            start 0 call_0 read
            arguments 0 {"n":|1}
            call 0 call_0 read {"n":1}
            done {"finish":"tool_calls"}
        "#]],
    );
}

#[test]
fn text_and_reasoning_before_a_call() {
    let delta = |delta: Value| json!({"choices": [{"delta": delta}]});
    check_payloads(
        &[
            delta(json!({"reasoning": "hm"})),
            delta(json!({"content": "Let me look."})),
            delta(
                json!({"content": null, "tool_calls": [{"index": 0, "function": function("read", "{}")}]}),
            ),
            json!({"choices": [{"delta": {}, "finish_reason": "length"}]}),
        ],
        &expect![[r#"
            reasoning 0 hm
            reasoned 0
            text Let me look.
            start 0 call_0 read
            arguments 0 {}
            call 0 call_0 read {}
            done {"finish":"length"}
        "#]],
    );
}
