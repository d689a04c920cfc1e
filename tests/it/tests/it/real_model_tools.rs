//! Tool calls over each protocol of a real server: one request with one tool, through the plugin,
//! the host's call loop and its transport.
//!
//! The server holds a call's arguments to the tool's schema, but lets prose stand before the call.
//! The tiny model comes to an end with its prose only where it saw calls: the conversation has
//! some, which also shows that the server takes calls and results back in each protocol.

use std::time::Duration;

use backends::{BackendSpec, Backends, CallEvent};
use it::plugin_folder;
use massgen_plugin::chat::{
    Call, Chunk, FinishReason, Origin, Params, Part, Role, Tool, ToolChoice, Turn,
};
use serde_json::{Value, json};
use services::Lent;
use transport::{Secret, Settings, Tape, Transport};

use crate::libraries::load_whole;
use crate::real_model::Server;

/// Types, the library each lies in, and what ends its base URL.
const SPEAKERS: [(&str, &str, &str); 4] = [
    ("vllm", "vllm", "/v1"),
    ("chatcompletion", "chat_completions", "/v1"),
    ("openai", "openai", "/v1"),
    ("claude", "claude", ""),
];
const TOOL: &str = "new_answer";
/// Longer than the call takes on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(240);

fn turn(role: Role, part: Part) -> Turn {
    let parts = vec![part];
    let origin = Origin {
        provider: "elsewhere".into(),
        model: "other".into(),
    };
    let origin = (role == Role::Assistant).then_some(origin);
    Turn {
        role,
        parts,
        origin,
    }
}

/// A question, the call that answered it, and the call's result.
fn answered(country: &str, city: &str) -> [Turn; 3] {
    let id = format!("call_{country}");
    let called = Part::ToolCall {
        id: id.clone(),
        name: TOOL.into(),
        arguments: json!({ "content": city }),
    };
    let result = Part::ToolResult {
        call_id: id,
        name: TOOL.into(),
        parts: vec![Part::text("Taken.")],
        is_error: false,
    };
    [
        Turn::text(Role::User, country),
        turn(Role::Assistant, called),
        turn(Role::Tool, result),
    ]
}

/// What was answered before, without which the tiny model falls into prose.
const EXAMPLES: [(&str, &str); 5] = [
    ("Italy", "Rome"),
    ("Spain", "Madrid"),
    ("Greece", "Athens"),
    ("Egypt", "Cairo"),
    ("Japan", "Tokyo"),
];

/// The examples, and the question of the test.
fn conversation() -> Vec<Turn> {
    let examples = EXAMPLES.into_iter();
    let examples = examples.flat_map(|(country, city)| answered(country, city));
    examples.chain([Turn::text(Role::User, "France")]).collect()
}

fn request() -> Call {
    let tool = Tool {
        name: TOOL.into(),
        description: "Gives an answer".into(),
        parameters: json!({
            "type": "object",
            "properties": {"content": {"type": "string"}},
            "required": ["content"],
            "additionalProperties": false,
        }),
    };
    Call {
        turns: conversation(),
        tools: vec![tool],
        tool_choice: ToolChoice::Required,
        params: Params {
            temperature: Some(0.0),
            max_output_tokens: Some(64),
            ..Params::default()
        },
        ..Call::default()
    }
}

/// What the model said to [`request`], by this type over its protocol.
async fn ask(server: &Server, (kind, library, path): (&str, &str, &str)) -> Vec<Chunk> {
    let settings = Settings {
        user_agent: "massgen".into(),
        ca_file: None,
        tape: Tape::Off,
    };
    let backends = Backends::new(Transport::new(settings).expect("a transport"));
    let spec = BackendSpec {
        type_name: kind.into(),
        model: Some("local".into()),
        base_url: Some(server.url(path)),
        api_key: Some(Secret::new("none")),
        ..BackendSpec::default()
    };
    let plugin = load_whole(&plugin_folder(), library);
    let backend = backends
        .open(plugin, spec, "ann", Lent::default(), &|_| None)
        .expect("a backend");
    let mut calling = backend.call(request());
    let mut chunks = Vec::new();
    while let Some(event) = calling.next().await {
        match event {
            CallEvent::Chunk(chunk) => chunks.push(chunk),
            CallEvent::Ended(ended) => assert_eq!(ended, Ok(()), "{kind}"),
            _ => {}
        }
    }
    chunks
}

/// The call, in pieces and whole, and that it is the end of the reply.
#[track_caller]
fn assert_called(kind: &str, chunks: &[Chunk]) {
    let whole = |it: &Chunk| match it {
        Chunk::ToolCall(call) => Some((call.name.clone(), call.arguments.clone())),
        _ => None,
    };
    let calls: Vec<_> = chunks.iter().filter_map(whole).collect();
    assert!(
        matches!(&calls[..], [(name, arguments)] if name == TOOL && is_answer(arguments)),
        "{kind}: {chunks:#?}"
    );
    let piece = |it: &&Chunk| matches!(it, Chunk::ToolCallDelta { .. });
    assert!(chunks.iter().filter(piece).count() > 1, "{kind} streams");
    let done = chunks.iter().find_map(|it| match it {
        Chunk::Done(done) => Some(done.finish),
        _ => None,
    });
    assert_eq!(done, Some(FinishReason::ToolCalls), "{kind}: {chunks:#?}");
}

/// An object of the tool's schema.
fn is_answer(arguments: &Value) -> bool {
    let members = arguments.as_object();
    members.is_some_and(|it| it.len() == 1 && it.get("content").is_some_and(Value::is_string))
}

#[test]
fn a_tool_is_called_over_each_protocol_of_a_real_server() {
    let Some(server) = Server::start() else {
        println!("skipped: no real model (run `cargo xtask test`)");
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    for speaker in SPEAKERS {
        let asked = async { tokio::time::timeout(PATIENCE, ask(&server, speaker)).await };
        let chunks = runtime.block_on(asked).expect("an end in time");
        assert_called(speaker.0, &chunks);
    }
}
