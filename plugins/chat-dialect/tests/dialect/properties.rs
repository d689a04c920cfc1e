//! What holds for every input: no panic, one end, the same bytes.

use massgen_plugin::chat::Chunk;
use massgen_plugin_test::any_json;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::play::{Played, backend, payloads, play};

/// Names that mean something in a reply.
const NAMES: &[&str] = &[
    "choices",
    "delta",
    "message",
    "index",
    "id",
    "model",
    "content",
    "refusal",
    "reasoning",
    "reasoning_content",
    "reasoning_details",
    "tool_calls",
    "function_call",
    "function",
    "name",
    "arguments",
    "finish_reason",
    "usage",
    "prompt_tokens",
    "x_groq",
    "text",
    "thinking",
    "type",
];
/// Words that do.
const WORDS: &[&str] = &["<think>", "</think>", "{", "}", "stop", "error"];

fn any_delta() -> impl Strategy<Value = Value> {
    let any = || any_json(NAMES, WORDS);
    (any(), any(), any(), 0..3_u8).prop_map(|(content, calls, reasoning, finish)| {
        let finish = [Value::Null, json!("stop"), json!("tool_calls")][usize::from(finish)].clone();
        json!({"choices": [{
            "delta": {"content": content, "tool_calls": [calls], "reasoning": reasoning},
            "finish_reason": finish,
        }]})
    })
}

fn has_one_end(played: &Played) -> bool {
    let is_done = |chunk: &Chunk| matches!(chunk, Chunk::Done(_));
    let dones = played.chunks.iter().filter(|it| is_done(it)).count();
    let last_is_done = played.chunks.last().is_some_and(is_done);
    match played.end {
        Ok(()) => dones == 1 && last_is_done,
        Err(_) => dones == 0,
    }
}

fn texts(played: &Played) -> String {
    let text = |chunk: &Chunk| match chunk {
        Chunk::Text { text } => Some(text.clone()),
        _ => None,
    };
    played.chunks.iter().filter_map(text).collect()
}

proptest! {
    #[test]
    fn any_payloads_give_exactly_one_end(
        payloads in prop::collection::vec(prop_oneof![any_json(NAMES, WORDS), any_delta()], 0..8),
    ) {
        let backend = backend(json!({})).expect("a backend");
        let payloads: Vec<_> = payloads.iter().map(Value::to_string).collect();
        let played = play(&backend, payloads.iter().map(String::as_str));
        prop_assert!(has_one_end(&played), "{}", played.story());
    }

    #[test]
    fn any_text_gives_exactly_one_end(payloads in prop::collection::vec(".{0,40}", 0..4)) {
        let backend = backend(json!({})).expect("a backend");
        let played = play(&backend, payloads.iter().map(String::as_str));
        prop_assert!(has_one_end(&played), "{}", played.story());
    }

    #[test]
    fn text_without_a_think_block_comes_out_as_it_went_in(pieces in prop::collection::vec("[a<>/think \n]{0,9}", 0..6)) {
        let all = pieces.concat();
        prop_assume!(!all.trim_start().starts_with("<think>"));
        let backend = backend(json!({})).expect("a backend");
        let delta = |piece: &String| json!({"choices": [{"delta": {"content": piece}}]}).to_string();
        let mut sent: Vec<_> = pieces.iter().map(delta).collect();
        sent.push(json!({"choices": [{"delta": {}, "finish_reason": "stop"}]}).to_string());
        let played = play(&backend, sent.iter().map(String::as_str));
        prop_assert_eq!(texts(&played), all);
    }

    #[test]
    fn odd_payloads_between_the_others_change_nothing(
        at in 0..12_usize,
        odd in prop::sample::select(vec!["", "null", "{}", "nonsense", r#"{"choices":[]}"#, r#"{"choices":null}"#]),
    ) {
        let transcript = include_str!("../transcripts/llamacpp-chat-tool-auto.sse");
        let backend = backend(json!({})).expect("a backend");
        let mut with = payloads(transcript);
        with.insert(at, odd);
        prop_assert_eq!(play(&backend, with).story(), play(&backend, payloads(transcript)).story());
    }
}
