//! What holds for every input: no panic, one end, the same bytes for the same turns.

#![expect(clippy::expect_used, reason = "a broken fixture should fail the test")]

use massgen_plugin::chat::{Call, Chunk, Origin, Part, Role, Turn};
use massgen_plugin::sdk::Host;
use massgen_plugin::wire::Frame;
use massgen_plugin::{Chunks, Config, Fault, Translator};
use massgen_plugin_test::{Recorder, any_json};
use proptest::prelude::*;
use responses_dialect::{Kind, Quirks, Reply, Responses, SystemForm};
use serde_json::{Value, json};

struct Plain;

impl Kind for Plain {
    const QUIRKS: Quirks = Quirks {
        system: SystemForm::Instructions,
        container: true,
        without_reasoning: &[],
    };
}

fn backend() -> Responses<Plain> {
    let config = json!({"backend_type": "plain", "base_url": "http://localhost/v1", "model": "m"});
    let config: Config = serde_json::from_value(config).expect("a configuration");
    Responses::new(config).expect("a backend")
}

/// Gives the payloads to a backend until it is done, then the end of the response.
fn play(payloads: &[Vec<u8>]) -> (Vec<Chunk>, Result<(), Fault>) {
    let (backend, mut recorder) = (backend(), Recorder::default());
    let mut host = Host::new(&mut recorder);
    let (mut out, mut reply) = (Chunks::new(&mut host), Reply::default());
    let mut end = Ok(());
    for data in payloads {
        end = backend.on_frame(&mut reply, Frame { data }, &mut out);
        if end.is_err() || out.is_done() {
            break;
        }
    }
    if end.is_ok() && !out.is_done() {
        end = backend.on_end(&mut reply, &mut out);
    }
    (recorder.0, end)
}

fn has_one_end(chunks: &[Chunk], end: &Result<(), Fault>) -> bool {
    let is_done = |chunk: &Chunk| matches!(chunk, Chunk::Done(_));
    let dones = chunks.iter().filter(|it| is_done(it)).count();
    match end {
        Ok(()) => dones == 1 && chunks.last().is_some_and(is_done),
        Err(_) => dones == 0,
    }
}

/// Whether every call that began was completed once, under an id of its own.
fn has_whole_calls(chunks: &[Chunk]) -> bool {
    let begun = chunks.iter().filter_map(|chunk| match chunk {
        Chunk::ToolCallStart { index, id, name } => Some((*index, id, name)),
        _ => None,
    });
    let done = chunks.iter().filter_map(|chunk| match chunk {
        Chunk::ToolCall(call) => Some((call.index, &call.id, &call.name)),
        _ => None,
    });
    let (begun, mut done): (Vec<_>, Vec<_>) = (begun.collect(), done.collect());
    done.sort_unstable();
    let ids: std::collections::BTreeSet<_> = begun.iter().map(|(_, id, _)| id).collect();
    begun == done && ids.len() == begun.len()
}

/// Names that mean something in a reply.
const NAMES: &[&str] = &[
    "type",
    "item",
    "id",
    "item_id",
    "output_index",
    "delta",
    "response",
    "output",
    "status",
    "content",
    "text",
    "refusal",
    "summary",
    "arguments",
    "call_id",
    "name",
    "annotations",
    "annotation",
    "url",
    "action",
    "outputs",
    "error",
    "code",
    "message",
    "usage",
    "object",
];
/// Words that do.
const WORDS: &[&str] = &[
    "message",
    "reasoning",
    "function_call",
    "web_search_call",
    "completed",
    "incomplete",
    "a",
    "b",
    "{}",
    "response",
    "url_citation",
];

/// An item that may be a call.
fn any_item() -> impl Strategy<Value = Value> {
    let id = prop::sample::select(vec!["", "a", "b"]);
    let name = prop::sample::select(vec!["", "read"]);
    (id, name, any_json(NAMES, WORDS)).prop_map(|(id, name, arguments)| {
        json!({
            "type": "function_call", "id": id, "call_id": id, "name": name,
            "arguments": arguments,
        })
    })
}

/// An event of a known type with arbitrary members.
fn any_event() -> impl Strategy<Value = Value> {
    let kinds = vec![
        "response.created",
        "response.output_item.added",
        "response.output_item.done",
        "response.output_text.delta",
        "response.refusal.delta",
        "response.reasoning_text.delta",
        "response.reasoning_summary_text.delta",
        "response.function_call_arguments.delta",
        "response.output_text.annotation.added",
        "response.web_search_call.searching",
        "response.completed",
        "response.incomplete",
        "response.failed",
        "error",
    ];
    let members = (
        prop_oneof![any_json(NAMES, WORDS), any_item()],
        any_json(NAMES, WORDS),
        any_json(NAMES, WORDS),
        0..3_u8,
        0..3_u8,
    );
    (prop::sample::select(kinds), members).prop_map(|(kind, (item, delta, response, id, at))| {
        let response = match response {
            Value::Object(_) => response,
            output => json!({ "status": "completed", "output": [output] }),
        };
        let id = ["", "a", "b"][usize::from(id)];
        json!({
            "type": kind, "item": item, "delta": delta, "response": response,
            "item_id": id, "output_index": at,
        })
    })
}

fn any_part() -> impl Strategy<Value = Part> {
    let opaque = prop_oneof![Just("plain"), Just("other")];
    prop_oneof![
        "[a-z ]{0,8}".prop_map(Part::text),
        ("[a-z]{0,4}", opaque, any_json(NAMES, WORDS)).prop_map(|(text, provider, value)| {
            let part = json!({
                "type": "reasoning", "text": text,
                "opaque": {"provider": provider, "value": value},
            });
            serde_json::from_value(part).expect("a part")
        }),
        ("[ab]{0,70}", any_json(NAMES, WORDS)).prop_map(|(id, arguments)| Part::ToolCall {
            id,
            name: "read".into(),
            arguments,
        }),
        "[ab]{0,70}".prop_map(|call_id| Part::ToolResult {
            call_id,
            name: "read".into(),
            parts: vec![Part::text("x")],
            is_error: false,
        }),
    ]
}

fn any_turn() -> impl Strategy<Value = Turn> {
    let roles = vec![Role::User, Role::Assistant, Role::Assistant, Role::Tool];
    let parts = prop::collection::vec(any_part(), 0..5);
    (prop::sample::select(roles), parts).prop_map(|(role, parts)| Turn {
        role,
        parts,
        origin: Some(Origin {
            provider: "plain".into(),
            model: "m".into(),
        }),
    })
}

proptest! {
    #[test]
    fn any_payloads_give_exactly_one_end(
        payloads in prop::collection::vec(prop_oneof![any_json(NAMES, WORDS), any_event(), any_event()], 0..10),
    ) {
        let payloads: Vec<_> = payloads.iter().map(|it| it.to_string().into_bytes()).collect();
        let (chunks, end) = play(&payloads);
        prop_assert!(has_one_end(&chunks, &end), "{chunks:?} {end:?}");
        prop_assert!(end.is_err() || has_whole_calls(&chunks), "{chunks:?}");
    }

    #[test]
    fn any_bytes_give_a_fault(payloads in prop::collection::vec(any::<Vec<u8>>(), 0..5)) {
        let (chunks, end) = play(&payloads);
        prop_assert!(end.is_err() && has_one_end(&chunks, &end));
    }

    /// Strict servers answer 400 otherwise.
    #[test]
    fn every_call_is_answered_and_every_output_answers(turns in prop::collection::vec(any_turn(), 0..6)) {
        let call = Call { turns, ..Call::default() };
        let request = backend().render(&call).expect("a request");
        prop_assert_eq!(&request, &backend().render(&call).expect("a request"));
        let body: Value = serde_json::from_str(&request.body.expect("a body")).expect("json");
        let ids = |kind: &str| {
            let items = body["input"].as_array().expect("items").iter();
            let items = items.filter(|it| it["type"] == kind && it["call_id"].is_string());
            let mut ids: Vec<_> = items.map(|it| it["call_id"].to_string()).collect();
            ids.sort();
            ids
        };
        prop_assert_eq!(ids("function_call"), ids("function_call_output"));
    }
}
