//! Replies of a real vLLM and a real llama.cpp server, as they were sent.

use expect_test::{Expect, expect};
use massgen_plugin::FaultCode;
use massgen_plugin::chat::Chunk;
use serde_json::json;

use crate::play::{backend, payloads, play};

macro_rules! transcript {
    ($name:literal) => {
        include_str!(concat!("../transcripts/", $name))
    };
}

const ALL: &[(&str, &str)] = &[
    ("llamacpp text", transcript!("llamacpp-chat-text.sse")),
    (
        "llamacpp jsonschema",
        transcript!("llamacpp-chat-jsonschema.sse"),
    ),
    (
        "llamacpp tool auto",
        transcript!("llamacpp-chat-tool-auto.sse"),
    ),
    (
        "llamacpp tool named",
        transcript!("llamacpp-chat-tool-named.sse"),
    ),
    (
        "llamacpp tool required",
        transcript!("llamacpp-chat-tool-required.sse"),
    ),
    (
        "llamacpp strict auto",
        transcript!("llamacpp-chat-strict-auto.sse"),
    ),
    (
        "llamacpp strict named",
        transcript!("llamacpp-chat-strict-named.sse"),
    ),
    (
        "llamacpp strict required",
        transcript!("llamacpp-chat-strict-required.sse"),
    ),
    ("vllm text", transcript!("vllm-chat-text.sse")),
    ("vllm jsonschema", transcript!("vllm-chat-jsonschema.sse")),
    ("vllm tool auto", transcript!("vllm-chat-tool-auto.sse")),
    ("vllm tool named", transcript!("vllm-chat-tool-named.sse")),
    (
        "vllm tool required",
        transcript!("vllm-chat-tool-required.sse"),
    ),
    ("vllm strict auto", transcript!("vllm-chat-strict-auto.sse")),
    (
        "vllm strict named",
        transcript!("vllm-chat-strict-named.sse"),
    ),
    (
        "vllm strict required",
        transcript!("vllm-chat-strict-required.sse"),
    ),
];

fn check(transcript: &str, expected: &Expect) {
    let backend = backend(json!({})).expect("a backend");
    expected.assert_eq(&play(&backend, payloads(transcript)).story());
}

#[test]
fn texts() {
    check(
        transcript!("llamacpp-chat-text.sse"),
        &expect![[r#"
        text The| capital| of| France| is| Paris|.
        usage {"input":42,"cached_input":0,"output":8}
        done {"finish":"stop","response_id":"chatcmpl-BElczVQd1vT6ttAkAYPuwG6AM5kWRXjo","model":"smollm2"}
    "#]],
    );
    check(
        transcript!("vllm-chat-text.sse"),
        &expect![[r#"
        text The| capital| of| France| is| Paris|.
        usage {"input":42,"output":8}
        done {"finish":"stop","response_id":"chatcmpl-bc3cd7ed4bdcbb23","model":"smollm2"}
    "#]],
    );
    check(
        transcript!("vllm-chat-jsonschema.sse"),
        &expect![[r#"
        text {|\n | "|c|ap|ital|":| "|FR|ANCE|"|\n|}
        done {"finish":"stop","response_id":"chatcmpl-a2233ee785bcf561","model":"smollm2"}
    "#]],
    );
}

#[test]
fn text_before_a_required_call_with_an_id_of_32_characters() {
    check(
        transcript!("llamacpp-chat-tool-required.sse"),
        &expect![[r#"
            text The| answer| is|:|\n
            start 0 8kKDHWhZWK1P6YffArno2FD3yfTFNGIz vote
            arguments 0 {|\n    "|agent|_|id|":| "|agent|1|",|\n    "|reason|":| "|V|ote| for| the| best| agent|"|\n}
            call 0 8kKDHWhZWK1P6YffArno2FD3yfTFNGIz vote {"agent_id":"agent1","reason":"Vote for the best agent"}
            usage {"input":308,"cached_input":307,"output":56}
            done {"finish":"tool_calls","response_id":"chatcmpl-Mf1qIzYGVnibf4iGMnCr8neD0rd2aGZT","model":"smollm2"}
        "#]],
    );
}

#[test]
fn a_named_choice_that_finishes_with_stop_is_a_call() {
    check(
        transcript!("vllm-chat-strict-named.sse"),
        &expect![[r#"
        start 0 chatcmpl-tool-93c8a219088a1d1f vote
        arguments 0 {|\n    "|agent|_|id|":| "|agent|1|",|\n    "|reason|":| "|V|ote| for| the| best| agent|"|\n}
        call 0 chatcmpl-tool-93c8a219088a1d1f vote {"agent_id":"agent1","reason":"Vote for the best agent"}
        usage {"input":316,"output":50}
        done {"finish":"tool_calls","response_id":"chatcmpl-bf5c1c7f46774da3","model":"smollm2"}
    "#]],
    );
}

#[test]
fn a_limit_is_told_beside_a_call() {
    let backend = backend(json!({})).expect("a backend");
    let played = play(&backend, payloads(transcript!("vllm-chat-tool-auto.sse")));
    let end = played.story();
    let end: Vec<_> = end
        .lines()
        .filter(|line| !line.starts_with("arguments"))
        .collect();
    expect![[r#"
        text The| answer| is|:|\n
        start 0 chatcmpl-tool-b74ec0d37fed134e Vote
        call 0 chatcmpl-tool-b74ec0d37fed134e Vote {"function":{"description":"Vote for the best agent","name":"Vote","parameters":{"properties":{"agent_id":{"enum":["agent1","agent2"],"type":"string"},"content":{"maxLength":80,"type":"string"},"reason":{"maxLength":80,"type":"string"}},"type":"object"}},"type":"function"}
        usage {"input":308,"output":160}
        done {"finish":"length","response_id":"chatcmpl-b47aba0d39362cf5","model":"smollm2"}"#]].assert_eq(&end.join("\n"));
}

#[test]
fn every_recorded_call_has_an_object_for_arguments() {
    let backend = backend(json!({})).expect("a backend");
    for (name, transcript) in ALL
        .iter()
        .filter(|(name, _)| name.contains("tool") || name.contains("strict"))
    {
        let played = play(&backend, payloads(transcript));
        let calls = played.chunks.iter().filter_map(|chunk| match chunk {
            Chunk::ToolCall(call) => Some(call.arguments.is_object()),
            _ => None,
        });
        assert_eq!(calls.collect::<Vec<_>>(), [true], "{name}");
    }
}

#[test]
fn a_whole_completion_in_answer_to_a_streaming_request() {
    let backend = backend(json!({})).expect("a backend");
    let played = play(&backend, [transcript!("vllm-chat-nonstream.json")]);
    expect![[r#"
        text The capital of France is Paris.
        usage {"input":42,"output":8}
        done {"finish":"stop","response_id":"chatcmpl-8538e221f9d7f177","model":"smollm2"}
    "#]]
    .assert_eq(&played.story());
}

#[test]
fn a_stream_cut_anywhere_before_its_finish_reason_is_an_upstream_fault() {
    let backend = backend(json!({})).expect("a backend");
    for (name, transcript) in ALL {
        let payloads = payloads(transcript);
        let is_finish = |payload: &&str| payload.contains(r#""finish_reason":""#);
        let finish = payloads
            .iter()
            .position(is_finish)
            .expect("a finish reason");
        for cut in 0..=payloads.len() {
            let played = play(&backend, payloads[..cut].iter().copied());
            let dones = played
                .chunks
                .iter()
                .filter(|it| matches!(it, Chunk::Done(_)));
            let got = (dones.count(), played.end.err().map(|fault| fault.code));
            let expected = if cut > finish {
                (1, None)
            } else {
                (0, Some(FaultCode::UPSTREAM))
            };
            assert_eq!(got, expected, "{name} cut after {cut}");
        }
    }
}
