//! A conversation that another provider's model began can be continued by any: nothing of it is
//! lost without a word, nothing that only its provider can read is sent elsewhere, and what was
//! sent once is sent again byte for byte.

use massgen_plugin::Config;
use massgen_plugin::abi::OpKind;
use massgen_plugin::abi::host::{Event, Root};
use massgen_plugin::chat::{Call, Image, Opaque, Origin, Part, Role, Tool, Turn};
use massgen_plugin::wire::HttpRequest;
use referee::{Effects, Referee, Refusal};
use serde_json::{Value, json};
use support::{Called, Request};

use it::plugin_folder;

use super::{SPEAKERS, Speaker};
use crate::libraries::load;
use crate::scripts::assert_every_call_has_its_result;

/// What only the provider that made it can read.
const SEALED: &str = "c2VhbGVkLWVsc2V3aGVyZQ==";

fn opaque() -> Opaque {
    Opaque {
        provider: "elsewhere".into(),
        value: json!({"type": "thinking", "thinking": "Hm.", "signature": SEALED}),
    }
}

fn said(role: Role, parts: Vec<Part>) -> Turn {
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

fn call(id: &str, text: &str) -> Part {
    Part::ToolCall {
        id: id.into(),
        name: "look".into(),
        arguments: json!({ "text": text }),
    }
}

fn result(call_id: &str, parts: Vec<Part>, is_error: bool) -> Part {
    Part::ToolResult {
        call_id: call_id.into(),
        name: "look".into(),
        parts,
        is_error,
    }
}

/// Thinking, pictures, calls beside each other, a failed one, and a tool of the provider's own.
fn turns() -> Vec<Turn> {
    let thought = |text: &str| Part::Reasoning {
        text: text.into(),
        opaque: Some(opaque()),
    };
    let picture = || {
        Part::Image(Image {
            mime: "image/png".into(),
            data: Some("iVBORw0KGgo=".into()),
            url: None,
        })
    };
    // An id as another provider makes them: too long for some, with letters that some refuse.
    let long = format!("call|{}:1", "a".repeat(70));
    vec![
        Turn::text(Role::System, "Be brief."),
        said(Role::User, vec![Part::text("What is this?"), picture()]),
        said(
            Role::Assistant,
            vec![
                thought("It may be a tower."),
                Part::text("Let me see."),
                call(&long, "a"),
                call("b", "b"),
            ],
        ),
        said(
            Role::Tool,
            vec![
                result(&long, vec![Part::text("a tower"), picture()], false),
                result("b", vec![Part::text("nobody there")], true),
            ],
        ),
        said(
            Role::Assistant,
            vec![
                thought(""),
                Part::ServerTool { opaque: opaque() },
                Part::text("A tower."),
            ],
        ),
        Turn::text(Role::User, "Go on."),
    ]
}

fn later() -> Vec<Turn> {
    let mut turns = turns();
    turns.push(said(Role::Assistant, vec![Part::text("It is in Paris.")]));
    turns.push(Turn::text(Role::User, "Thanks."));
    turns
}

/// The request that this type makes of these turns.
fn render(speaker: Speaker, root: &Root, turns: Vec<Turn>) -> (String, Request) {
    let config = Config {
        backend_type: speaker.kind.into(),
        base_url: Some(format!("http://127.0.0.1:9{}", speaker.path)),
        model: Some("ann".into()),
        ..Config::default()
    };
    let tool = Tool {
        name: "look".into(),
        description: "Looks".into(),
        parameters: json!({"type": "object", "properties": {"text": {"type": "string"}}}),
    };
    let call = Call {
        turns,
        tools: vec![tool],
        ..Call::default()
    };
    let config = serde_json::to_string(&config).expect("json");
    let call = serde_json::to_string(&call).expect("json");
    let backend = root.create(&config).expect("a backend");
    let mut session = backend.open(&call).expect("a session");
    let keep = |_: OpKind, payload: &[u8]| Ok::<_, Refusal>(payload.to_vec());
    let mut referee = Referee::new(keep, |_: Effects<Vec<u8>>| {});
    referee.begin_step();
    session
        .step(Event::START, &mut referee)
        .expect("a good step");
    let begun = referee.take().begun;
    let request: HttpRequest = serde_json::from_slice(&begun[0].1).expect("a request");
    let text = request.body.expect("a body");
    let body: Value = serde_json::from_str(&text).expect("a body of JSON");
    let request = Request {
        order: 0,
        wire: Some(speaker.wire),
        model: "ann".into(),
        call: 1,
        method: request.method,
        path: request.url,
        headers: request.headers,
        body,
    };
    (text, request)
}

/// Whose turn, and what is called in it.
fn outline(request: &Request) -> Vec<(support::Role, Vec<(String, Value)>)> {
    let named = |it: Called| (it.name, it.arguments);
    let turns = request.turns().into_iter();
    let turns = turns.map(|it| (it.role, it.calls.into_iter().map(named).collect()));
    // Where a picture of a result stands in a turn of its own, that is no other conversation.
    let mut outline: Vec<_> = turns.collect();
    outline.dedup_by(|a, b| a.0 == support::Role::User && a == b);
    outline
}

#[test]
fn any_model_continues_what_another_began() {
    for speaker in SPEAKERS {
        let root = load(&plugin_folder(), speaker.library);
        let (text, request) = render(speaker, &root, turns());
        let name = speaker.kind;
        assert_eq!(request.complaint(), None, "{name}: {text}");
        assert_every_call_has_its_result(&request);
        assert!(
            !text.contains(SEALED),
            "{name} sends what it cannot read: {text}"
        );
        let words = request.words();
        for said in [
            "Be brief.",
            "What is this?",
            "Let me see.",
            "a tower",
            "nobody there",
            "A tower.",
            "Go on.",
        ] {
            assert_eq!(words.matches(said).count(), 1, "{name}, `{said}`: {text}");
        }
        let calls: Vec<_> = outline(&request).into_iter().flat_map(|it| it.1).collect();
        let expected = ["a", "b"].map(|it| ("look".to_owned(), json!({ "text": it })));
        assert_eq!(calls, expected, "{name}");
        // The thinking and the other provider's tool are told of in words.
        assert!(
            text.contains("It may be a tower.") || words.contains("elsewhere"),
            "{name}: {text}"
        );
        assert_eq!(text.matches("iVBORw0KGgo=").count(), 2, "{name}: {text}");
    }
}

#[test]
fn what_was_sent_once_is_sent_again_byte_for_byte() {
    for speaker in SPEAKERS {
        let root = load(&plugin_folder(), speaker.library);
        let (once, before) = render(speaker, &root, turns());
        let (again, _) = render(speaker, &root, turns());
        assert_eq!(once, again, "{}", speaker.kind);
        let (_, after) = render(speaker, &root, later());
        let known = before.messages();
        assert_eq!(known, &after.messages()[..known.len()], "{}", speaker.kind);
        assert_eq!(
            before.body["tools"], after.body["tools"],
            "{}",
            speaker.kind
        );
    }
}
