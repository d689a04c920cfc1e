//! What the provider says, event by event, and what holds for whatever it says.

use massgen_plugin::abi::{OpKind, Verdict};
use massgen_plugin::chat::Chunk;
use massgen_plugin::metadata::Manifest;
use massgen_plugin::sdk::{Host, Lender, Translating};
use massgen_plugin::wire::Frame;
use massgen_plugin::{Chunks, Config, Fault, Translator};
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
    for (key, schema) in gemini.config["properties"].as_object().expect("keys") {
        assert!(schema["description"].is_string(), "{key}");
    }
}

#[derive(Default)]
struct Recorder(Vec<Chunk>);

impl Lender for Recorder {
    fn emit(&mut self, chunk: Chunk) {
        self.0.push(chunk);
    }
    fn begin(&mut self, _: OpKind, _: u64, _: &[u8]) -> Verdict {
        Verdict::DENIED
    }
    fn abandon(&mut self, _: u64) {}
    fn ask(&mut self, _: &str) -> String {
        String::new()
    }
}

/// Reads the frames, then the end.
fn played(frames: &[Vec<u8>]) -> (Vec<Chunk>, Result<(), Fault>) {
    let config = json!({"backend_type": "gemini", "base_url": "https://generativelanguage.googleapis.com/v1beta", "model": "gemini-2.5-flash"});
    let config: Config = serde_json::from_value(config).expect("a configuration");
    let backend = Gemini::new(config).expect("a backend");
    let mut recorder = Recorder::default();
    let mut host = Host::new(&mut recorder);
    let mut out = Chunks::new(&mut host);
    let mut reply = Default::default();
    let mut read = || {
        for data in frames {
            backend.on_frame(&mut reply, Frame { data }, &mut out)?;
            if out.is_done() {
                return Ok(());
            }
        }
        backend.on_end(&mut reply, &mut out)
    };
    let end = read();
    (recorder.0, end)
}

/// A reply ends in one `done`, or in a fault without any.
fn has_one_end(frames: &[Vec<u8>]) -> bool {
    let (chunks, end) = played(frames);
    let is_done = |chunk: &Chunk| matches!(chunk, Chunk::Done(_));
    let dones = chunks.iter().filter(|it| is_done(it)).count();
    match end {
        Ok(()) => dones == 1 && chunks.last().is_some_and(is_done),
        Err(_) => dones == 0,
    }
}

/// Any JSON, and often JSON with the names and words that mean something.
fn any_json() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec![
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
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[ -~äß😀]{0,6}".prop_map(Value::from),
        prop::sample::select(vec![
            "STOP",
            "MAX_TOKENS",
            "SAFETY",
            "OUTCOME_OK",
            "model",
            "call_0"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name.clone().prop_map(str::to_owned), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn any_piece() -> impl Strategy<Value = Value> {
    let finish = prop::sample::select(vec!["", "STOP", "MAX_TOKENS", "SAFETY", "NOVELTY"]);
    let parts = prop::collection::vec(any_json(), 0..4);
    (parts, any_json(), finish).prop_map(|(parts, beside, finish)| {
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
    fn any_bytes_give_one_end(frames in prop::collection::vec(any::<Vec<u8>>(), 0..5), json in any_json()) {
        let mut frames = frames;
        frames.push(json.to_string().into_bytes());
        prop_assert!(has_one_end(&frames));
    }
}
