//! Text, reasoning, usage, ends and errors of replies.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use crate::play::{backend, play};

const STOP: &str = r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#;

fn check(payloads: &[&str], expected: &Expect) {
    check_with(json!({}), payloads, expected);
}

fn check_with(quirks: Value, payloads: &[&str], expected: &Expect) {
    let backend = backend(json!({ "quirks": quirks })).expect("a backend");
    expected.assert_eq(&play(&backend, payloads.iter().copied()).story());
}

#[test]
fn usage_after_the_finish_reason_is_read_and_the_sentinel_is_optional() {
    let usage = r#"{"id":"c1","model":"m-1","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":7,
        "prompt_tokens_details":{"cached_tokens":3},"completion_tokens_details":{"reasoning_tokens":2}}}"#;
    let text =
        r#"{"choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":null}],"usage":null}"#;
    check(
        &[text, STOP, usage],
        &expect![[r#"
        text hi
        usage {"input":5,"cached_input":3,"output":7,"reasoning":2}
        done {"finish":"stop","response_id":"c1","model":"m-1"}
    "#]],
    );
    check(
        &[text, STOP, usage, "[DONE]", "never read"],
        &expect![[r#"
        text hi
        usage {"input":5,"cached_input":3,"output":7,"reasoning":2}
        done {"finish":"stop","response_id":"c1","model":"m-1"}
    "#]],
    );
}

#[test]
fn usage_under_other_names() {
    let usage = r#"{"choices":[],"usage":{"prompt_tokens":5,"prompt_cache_hit_tokens":4}}"#;
    let groq = r#"{"choices":[{"delta":{"content":"hi"},"finish_reason":"stop"}],"x_groq":{"usage":{"prompt_tokens":1,"completion_tokens":2}}}"#;
    check(
        &[STOP, usage],
        &expect![[r#"
        usage {"input":5,"cached_input":4}
        done {"finish":"stop"}
    "#]],
    );
    check(
        &[groq],
        &expect![[r#"
        text hi
        usage {"input":1,"output":2}
        done {"finish":"stop"}
    "#]],
    );
}

#[test]
fn only_the_first_choice_counts() {
    let other = r#"{"choices":[{"index":1,"delta":{"content":"no"},"finish_reason":"length"}]}"#;
    let filters = r#"{"choices":[],"prompt_filter_results":[{"prompt_index":0}]}"#;
    check(
        &[filters, other, STOP],
        &expect![[r#"
        done {"finish":"stop"}
    "#]],
    );
}

#[test]
fn content_as_a_list_of_parts() {
    check(
        &[
            r#"{"choices":[{"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]}}]}"#,
            r#"{"choices":[{"delta":{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}}]}"#,
            STOP,
        ],
        &expect![[r#"
            reasoning 0 hm
            reasoned 0
            text a|b
            done {"finish":"stop"}
        "#]],
    );
}

#[test]
fn texts_with_escapes() {
    check(
        &[
            r#"{"choices":[{"delta":{"content":"\u00e4\ud83d\ude00 \"q\"\n"}}]}"#,
            STOP,
        ],
        &expect![[r#"
            text ä😀 "q"\n
            done {"finish":"stop"}
        "#]],
    );
}

#[test]
fn reasoning_under_either_name_and_only_once() {
    check(
        &[
            r#"{"choices":[{"delta":{"reasoning_content":"a","reasoning":"a"}}]}"#,
            r#"{"choices":[{"delta":{"reasoning":"b","reasoning_content":null}}]}"#,
            r#"{"choices":[{"delta":{"content":"x"}}]}"#,
            r#"{"choices":[{"delta":{"reasoning":"c","content":""}}]}"#,
            STOP,
        ],
        &expect![[r#"
            reasoning 0 a|b
            reasoned 0
            text x
            reasoning 1 c
            reasoned 1
            done {"finish":"stop"}
        "#]],
    );
}

#[test]
fn reasoning_details_are_put_together_and_kept() {
    check(
        &[
            r#"{"choices":[{"delta":{"reasoning":"a","reasoning_details":[{"type":"reasoning.text","text":"a","index":0}]}}]}"#,
            r#"{"choices":[{"delta":{"reasoning":"b","reasoning_details":[{"type":"reasoning.text","text":"b","index":0,"signature":null}]}}]}"#,
            r#"{"choices":[{"delta":{"reasoning_details":[{"type":"reasoning.text","signature":"s","index":0},{"type":"reasoning.encrypted","data":"x","index":1}]}}]}"#,
            r#"{"choices":[{"delta":{"content":"hi"}}]}"#,
            STOP,
        ],
        &expect![[r#"
            reasoning 0 a|b
            reasoned 0 plain [{"index":0,"signature":"s","text":"ab","type":"reasoning.text"},{"data":"x","index":1,"type":"reasoning.encrypted"}]
            text hi
            done {"finish":"stop"}
        "#]],
    );
}

#[test]
fn think_tags_are_read_unless_the_server_never_sends_them() {
    let payloads = [
        r#"{"choices":[{"delta":{"content":"<thi"}}]}"#,
        r#"{"choices":[{"delta":{"content":"nk>\nhm"}}]}"#,
        r#"{"choices":[{"delta":{"content":"</think>\n\nhi"}}]}"#,
        STOP,
    ];
    check(
        &payloads,
        &expect![[r#"
        reasoning 0 \nhm
        reasoned 0
        text hi
        done {"finish":"stop"}
    "#]],
    );
    check_with(
        json!({"think_tags": false}),
        &payloads,
        &expect![[r#"
        text <thi|nk>\nhm|</think>\n\nhi
        done {"finish":"stop"}
    "#]],
    );
}

#[test]
fn what_only_looks_like_a_tag_is_text_at_the_end() {
    check(
        &[r#"{"choices":[{"delta":{"content":"<thi"}}]}"#, STOP],
        &expect![[r#"
            text <thi
            done {"finish":"stop"}
        "#]],
    );
    let open = r#"{"choices":[{"delta":{"content":"<think>a</"},"finish_reason":"length"}]}"#;
    check(
        &[open],
        &expect![[r#"
        reasoning 0 a|</
        reasoned 0
        done {"finish":"length"}
    "#]],
    );
}

#[test]
fn refusal_filter_and_vendors_own_finish_reasons() {
    let refusal = r#"{"choices":[{"delta":{"refusal":"I will not"}}]}"#;
    check(
        &[refusal, STOP],
        &expect![[r#"
        refusal I will not
        done {"finish":"refusal"}
    "#]],
    );
    for (word, expected) in [
        ("content_filter", "content_filter"),
        ("sensitive", "content_filter"),
        ("length", "length"),
        ("max_tokens", "length"),
        ("tool_calls", "stop"),
        ("eos", "stop"),
        ("whatever", "other"),
    ] {
        let payload = STOP.replace("stop", word);
        let backend = backend(json!({})).expect("a backend");
        let story = play(&backend, [payload.as_str()]).story();
        assert_eq!(
            story,
            format!("done {{\"finish\":\"{expected}\"}}\n"),
            "{word}"
        );
    }
}

#[test]
fn errors_amid_the_stream() {
    let text = r#"{"choices":[{"delta":{"content":"hi"}}]}"#;
    let mut all = String::new();
    for error in [
        r#"{"error":{"message":"slow down","code":429}}"#,
        r#"{"error":{"message":"slow down","type":"rate_limit_exceeded"}}"#,
        r#"{"error":{"message":"pay first","code":"insufficient_quota"}}"#,
        r#"{"error":{"message":"gone","type":"InternalServerError","code":"500"}}"#,
        r#"{"error":{"message":"busy","code":503},"choices":[{"delta":{"content":""},"finish_reason":"error"}]}"#,
        r#"{"error":{"message":"This model's maximum context length is 8","type":"BadRequestError","code":400}}"#,
        r#"{"error":"out of memory"}"#,
        r#"{"object":"error","message":"bad","type":"BadRequestError","code":400}"#,
        r#"{"error":{"code":7}}"#,
        r#"{"choices":[{"delta":{},"finish_reason":"error"}]}"#,
        r#"{"choices":[{"delta":{},"finish_reason":"insufficient_system_resource"}]}"#,
    ] {
        let backend = backend(json!({})).expect("a backend");
        all += &play(&backend, [text, error, "[DONE]"]).story();
    }
    expect![[r#"
        fault rate_limited the server broke the reply off: slow down
        fault rate_limited the server broke the reply off: slow down
        fault quota the server broke the reply off: pay first
        fault upstream the server broke the reply off: gone
        fault overloaded the server broke the reply off: busy
        fault context_too_long the server broke the reply off: This model's maximum context length is 8
        fault upstream the server broke the reply off: out of memory
        fault bad_request the server broke the reply off: bad
        fault upstream the server broke the reply off
        fault upstream the server gave the reply up: error
        fault overloaded the server gave the reply up: insufficient_system_resource
    "#]].assert_eq(&all.replace("text hi\n", ""));
}

#[test]
fn a_payload_that_is_no_json_is_skipped() {
    let text = r#"{"choices":[{"delta":{"content":"hi"}}]}"#;
    check(
        &["", "{", r#"{"choices":3}"#, "17", text, STOP],
        &expect![[r#"
            text hi
            done {"finish":"stop"}
        "#]],
    );
}

#[test]
fn streams_without_a_reply() {
    check(
        &[],
        &expect![[r#"
        fault upstream the server closed the stream without a reply
    "#]],
    );
    check(
        &["[DONE]"],
        &expect![[r#"
        fault upstream the server closed the stream without a reply
    "#]],
    );
    check(
        &["<html>", "{}"],
        &expect![[r#"
        fault protocol nothing in the reply could be read
    "#]],
    );
    check(
        &[STOP],
        &expect![[r#"
        done {"finish":"stop"}
    "#]],
    );
}
