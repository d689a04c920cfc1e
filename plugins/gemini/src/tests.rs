//! What the provider says, event by event, and what holds for whatever it says.

use massgen_plugin::Translator;
use massgen_plugin::metadata::Manifest;
use massgen_plugin::sdk::Translating;
use massgen_plugin_test::{Reading, any_json, next_body};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::Gemini;

#[test]
fn transcripts() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/transcripts");
    massgen_plugin_test::transcripts::<Translating<Gemini>>(folder);
}

fn manifest() -> Manifest {
    serde_json::from_str(include_str!("../plugin.json")).expect("a manifest")
}

#[test]
fn the_manifest_says_what_the_host_must_know() {
    let gemini = &manifest().types[0];
    let secret = &gemini.secrets[0];
    assert_eq!(
        (secret.env.join(" "), secret.hosts.join(" ")),
        (
            "GOOGLE_API_KEY GEMINI_API_KEY".into(),
            "generativelanguage.googleapis.com".into()
        )
    );
    assert!(gemini.replay_reasoning, "signatures go back");
    // The provider refuses a function whose name begins with a digit; the host gives it another.
    let names = &gemini.tool_names;
    assert_eq!(
        (names.max_len, &*names.pattern),
        (64, "[A-Za-z_][A-Za-z0-9_-]*")
    );
    for (key, schema) in gemini.config["properties"].as_object().expect("keys") {
        assert!(schema["description"].is_string(), "{key}");
    }
}

fn backend() -> Gemini {
    let config = json!({"backend_type": "gemini", "base_url": "https://generativelanguage.googleapis.com/v1beta", "model": "gemini-3-pro"});
    Gemini::new(serde_json::from_value(config).expect("a configuration")).expect("a backend")
}

fn has_one_end(frames: &[Vec<u8>]) -> bool {
    Reading::of(&backend(), frames).has_one_end()
}

/// Names that mean something in a reply.
const NAMES: &[&str] = &[
    "candidates",
    "content",
    "parts",
    "text",
    "thought",
    "thoughtSignature",
    "functionCall",
    "name",
    "args",
    "id",
    "executableCode",
    "code",
    "codeExecutionResult",
    "outcome",
    "output",
    "toolCall",
    "toolResponse",
    "toolType",
    "inlineData",
    "mimeType",
    "groundingMetadata",
    "webSearchQueries",
    "groundingChunks",
    "web",
    "uri",
    "urlContextMetadata",
    "urlMetadata",
    "retrievedUrl",
    "finishReason",
    "usageMetadata",
    "promptTokenCount",
    "promptFeedback",
    "blockReason",
    "error",
];
/// Words that do.
const WORDS: &[&str] = &[
    "STOP",
    "MAX_TOKENS",
    "SAFETY",
    "OUTCOME_OK",
    "model",
    "call_0",
];

fn any_piece() -> impl Strategy<Value = Value> {
    let finish = prop::sample::select(vec!["", "STOP", "MAX_TOKENS", "SAFETY", "NOVELTY"]);
    let parts = prop::collection::vec(any_json(NAMES, WORDS), 0..4);
    (parts, any_json(NAMES, WORDS), finish).prop_map(|(parts, beside, finish)| {
        json!({"candidates": [{
            "content": {"parts": parts},
            "groundingMetadata": beside,
            "urlContextMetadata": beside,
            "finishReason": finish,
        }], "usageMetadata": beside})
    })
}

proptest! {
    #[test]
    fn any_pieces_give_one_end(pieces in prop::collection::vec(any_piece(), 0..6)) {
        let frames: Vec<_> = pieces.iter().map(|it| it.to_string().into_bytes()).collect();
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
    let origin = json!({"provider": "gemini", "model": "gemini-3-pro"});
    let body = next_body(&backend(), &origin, reading);
    body["contents"][1]["parts"].clone()
}

fn any_part() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!({"text": "Plan.", "thought": true, "thoughtSignature": "VEg="}),
        json!({"text": "Words.", "thoughtSignature": "VFg="}),
        json!({"text": "", "thoughtSignature": "VFk="}),
        json!({"executableCode": {"code": "1"}, "thoughtSignature": "RUM="}),
        json!({"codeExecutionResult": {"outcome": "OUTCOME_OK"}}),
        json!({"toolCall": {"id": "s1", "toolType": "URL_CONTEXT"}, "thoughtSignature": "VEM="}),
        json!({"functionCall": {"id": "", "name": "now", "args": {"a": 1}}, "thoughtSignature": "QUI="}),
        json!({"functionCall": {"name": "now"}, "thoughtSignature": "QUI="}),
        json!({"novelPart": {"x": 1}}),
    ])
}

proptest! {
    #[test]
    fn a_message_goes_back_exactly_as_it_was_received(parts in prop::collection::vec(any_part(), 1..8)) {
        let mut parts = parts;
        for (at, part) in parts.iter_mut().enumerate().filter(|(_, it)| it["functionCall"]["id"] == "") {
            part["functionCall"]["id"] = format!("f{at}").into();
        }
        let piece = json!({"candidates": [{"content": {"parts": parts}, "finishReason": "STOP"}]});
        let reading = Reading::of(&backend(), &[piece.to_string()]);
        prop_assert_eq!(replayed(&reading), Value::Array(parts));
    }
}
