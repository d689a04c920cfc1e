//! Streams that real servers sent: vLLM 0.32 and llama.cpp.

use std::path::Path;

use expect_test::{Expect, expect};

use super::*;

/// Serves a capture; the number of frames, and the first and last one in short.
async fn check(name: &str, expected: Expect) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(name);
    let body = std::fs::read(path).unwrap();
    let server = Server::events(&body).await;
    let exchange = transport(Tape::Off).send(chat(&server), &grant(&server), &scope());
    let frames = frames(&pieces(exchange).await.unwrap());
    let whole = frames.iter().filter(|frame| is_json(frame)).count();
    let short = |frame: &String| frame.chars().take(40).collect::<String>();
    let ends = (frames.first().map(short), frames.last().map(short));
    expected.assert_eq(&format!(
        "{} frames, {whole} of JSON, {ends:?}",
        frames.len()
    ));
}

fn is_json(text: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(text).is_ok()
}

#[tokio::test]
async fn vllm_chat() {
    check("vllm-chat-text.sse", expect![[r#"11 frames, 10 of JSON, (Some("{\"id\":\"chatcmpl-bc3cd7ed4bdcbb23\",\"objec"), Some("[DONE]"))"#]]).await;
}

#[tokio::test]
async fn llamacpp_chat() {
    check("llamacpp-chat-text.sse", expect![[r#"11 frames, 10 of JSON, (Some("{\"choices\":[{\"finish_reason\":null,\"index"), Some("[DONE]"))"#]]).await;
}

#[tokio::test]
async fn llamacpp_responses() {
    check("llamacpp-responses-text.sse", expect![[r#"15 frames, 15 of JSON, (Some("{\"type\":\"response.created\",\"response\":{\""), Some("{\"type\":\"response.completed\",\"response\":"))"#]]).await;
}
