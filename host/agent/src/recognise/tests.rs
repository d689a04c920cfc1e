//! The forms in which models write calls, and what must not be taken for one.

use events::Label;
use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::tools::tools;

fn offered() -> Vec<Tool> {
    tools(true, &[Label::agent(1), Label::agent(2)])
}

fn check(text: &str, expected: Expect) {
    let Recognised { text, calls } = recognise(text, &offered());
    let calls = calls
        .iter()
        .map(|call| format!("{} {}\n", call.name, call.arguments));
    expected.assert_eq(&format!("{}text {text:?}", calls.collect::<String>()));
}

#[test]
fn bare() {
    check(
        r#"{"name": "new_answer", "arguments": {"content": "Paris"}}"#,
        expect![[r#"
            new_answer {"content":"Paris"}
            text """#]],
    );
}

#[test]
fn fenced_with_text_around() {
    let text = "I think so.\n```json\n{\"name\": \"vote\", \"arguments\": {\"agent_id\": \"agent1\", \
                \"reason\": \"right\"}}\n```\nThat is all.";
    check(
        text,
        expect![[r#"
        vote {"agent_id":"agent1","reason":"right"}
        text "I think so.\n\nThat is all.""#]],
    );
}

#[test]
fn in_tool_call_tags() {
    check(
        "<tool_call>\n{\"name\": \"new_answer\", \"arguments\": {\"content\": \"a {b} \\\"c\\\"\"}}\n</tool_call>",
        expect![[r#"
            new_answer {"content":"a {b} \"c\""}
            text """#]],
    );
}

#[test]
fn after_a_tools_block_that_repeats_a_definition() {
    check(
        r#"<tools>
{"type": "function", "function": {"name": "vote", "description": "Vote.", "parameters": {"type": "object", "properties": {}}}}
</tools>
{"name": "vote", "arguments": {"agent_id": "agent2", "reason": "better"}}"#,
        expect![[r#"
            vote {"agent_id":"agent2","reason":"better"}
            text "<tools>\n{\"type\": \"function\", \"function\": {\"name\": \"vote\", \"description\": \"Vote.\", \"parameters\": {\"type\": \"object\", \"properties\": {}}}}\n</tools>""#]],
    );
}

#[test]
fn in_tools_tags() {
    check(
        r#"<tools>{"name": "vote", "arguments": {"agent_id": "agent2"}}</tools>"#,
        expect![[r#"
            vote {"agent_id":"agent2"}
            text """#]],
    );
}

#[test]
fn other_spellings() {
    for (text, name) in [
        (
            r#"{"tool_name": "vote", "arguments": {"agent_id": "agent1"}}"#,
            "tool_name",
        ),
        (
            r#"{"name": "vote", "parameters": {"agent_id": "agent1"}}"#,
            "parameters",
        ),
        (
            r#"{"name": "vote", "arguments": "{\"agent_id\": \"agent1\"}"}"#,
            "text",
        ),
        (
            r#"{"function": {"name": "vote", "arguments": {"agent_id": "agent1"}}}"#,
            "function",
        ),
        (
            r#"{"function": "vote", "arguments": {"agent_id": "agent1"}}"#,
            "function name",
        ),
        (
            r#"{"type": "function", "id": "x", "function": {"name": "vote", "arguments": "{\"agent_id\": \"agent1\"}"}}"#,
            "type",
        ),
        (
            r#"[{"name": "vote", "arguments": {"agent_id": "agent1"}}]"#,
            "list",
        ),
    ] {
        let calls = recognise(text, &offered()).calls;
        let [call] = calls.as_slice() else {
            panic!("{name}: {calls:?}")
        };
        assert_eq!(
            (call.name.as_str(), &call.arguments["agent_id"]),
            ("vote", &"agent1".into())
        );
    }
}

#[test]
fn several_distinct_calls_count_as_several_and_repeats_as_one() {
    check(
        r#"{"name": "vote", "arguments": {"agent_id": "agent1"}}
{"name": "vote", "arguments": {"agent_id": "agent1"}}
or {"name": "vote", "arguments": {"agent_id": "agent2"}}"#,
        expect![[r#"
            vote {"agent_id":"agent1"}
            vote {"agent_id":"agent2"}
            text "or""#]],
    );
}

#[test]
fn common_slips_are_put_right() {
    check(
        "{\"name\": \"new_answer\", \"arguments\": {\"content\": \"line one\nline two: \\(x\\) it\\'s\",},}",
        expect![[r#"
            new_answer {"content":"line one\nline two: \\(x\\) it's"}
            text """#]],
    );
}

#[test]
fn prose_with_brackets_before_the_call() {
    check(
        "Use {x} or [y] or {\"z\n: no. {\"name\": \"new_answer\", \"arguments\": {\"content\": \"Paris\"}}",
        expect![[r#"
            new_answer {"content":"Paris"}
            text "Use {x} or [y] or {\"z\n: no.""#]],
    );
}

#[test]
fn what_is_no_call_stays_text() {
    for text in [
        "",
        " Paris. \n",
        r#"{"name": "search", "arguments": {"q": "Paris"}}"#,
        r#"{"name": "vote"}"#,
        r#"{"name": "vote", "arguments": ["agent1"]}"#,
        r#"{"name": "vote", "arguments": {"agent_id": "agent1""#,
        r#"[{"name": "vote", "arguments": {"agent_id": "agent1"}}, {"name": "search"}]"#,
        r#"{"answer": "Paris"}"#,
        r#"{"content": {"name": "vote", "arguments": {}}}"#,
    ] {
        assert_eq!(
            recognise(text, &offered()),
            Recognised {
                text: text.into(),
                calls: vec![]
            }
        );
    }
}

#[test]
fn a_tool_that_is_not_on_offer_now_is_not_recognised() {
    let text = r#"{"name": "vote", "arguments": {"agent_id": "agent1"}}"#;
    for offered in [tools(true, &[]), vec![]] {
        assert_eq!(
            recognise(text, &offered),
            Recognised {
                text: text.into(),
                calls: vec![]
            }
        );
    }
}

#[test]
fn hostile_text_comes_to_an_end() {
    for piece in [
        "[{\"",
        "{\"a\":",
        "{\"a\":[{",
        "\\\"{\"",
        "```json\n{\"",
        "{\"\\",
        "[  ",
    ] {
        let text = piece.repeat(100_000);
        assert_eq!(recognise(&text, &offered()).calls, []);
    }
}

/// Text that is rich in what the recogniser looks at.
fn tricky() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just(r#"{"name": "vote", "arguments": {"agent_id": "agent1"}}"#.to_owned()),
        Just(r#"{"name":"new_answer","arguments":"{\"content\":\"a\"}"}"#.to_owned()),
        prop::sample::select(vec![
            "{",
            "}",
            "[",
            "]",
            "\"",
            "\\",
            ",",
            ":",
            "```",
            "```json",
            "\n",
            "<tool_call>",
            "</tool_call>",
            "<tools>",
            "\u{e9}",
            "name",
            "\u{1f600}",
        ])
        .prop_map(str::to_owned),
        ".{0,5}",
    ];
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_is_taken_apart_without_a_panic(text in tricky()) {
        let recognised = recognise(&text, &offered());
        prop_assert!(recognised.text.len() <= text.len());
        if recognised.calls.is_empty() {
            prop_assert_eq!(recognised.text, text);
        } else {
            prop_assert!(recognised.calls.iter().all(|call| call.arguments.is_object()));
        }
    }

    #[test]
    fn a_call_is_found_behind_any_text_without_brackets(before in "[^{\\[]{0,40}", content in ".{0,40}") {
        let call = serde_json::json!({"name": "new_answer", "arguments": {"content": content}});
        let recognised = recognise(&format!("{before}{call}"), &offered());
        prop_assert_eq!(recognised.calls.len(), 1);
        prop_assert_eq!(&recognised.calls[0].arguments["content"], &serde_json::json!(content));
    }
}
