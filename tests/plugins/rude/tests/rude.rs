//! The rude plugin does what its configuration says, so that a test of the host tests the host.

#![expect(clippy::expect_used, reason = "a broken fixture should fail the test")]

use massgen_backend_rude::Rude;
use massgen_plugin::FaultCode;
use massgen_plugin::abi::host::{Backend, Context, Emitted, Event, Root};
use massgen_plugin::abi::{EventKind, OpKind, Progress, Verdict};
use massgen_plugin::{Fault, metadata::Manifest};
use serde_json::json;

#[derive(Default)]
struct Recorder(Vec<String>);

impl Context for Recorder {
    fn emit(&mut self, chunk: Emitted<'_>) {
        self.0
            .push(format!("{} {}{}", chunk.kind.0, chunk.text, chunk.json));
    }

    fn begin(&mut self, op: OpKind, ticket: u64, _: &[u8]) -> Verdict {
        self.0.push(format!("{} under {ticket}", op.name()));
        Verdict::ACCEPTED
    }

    fn abandon(&mut self, _: u64) {}

    fn ask(&mut self, _: &str) -> String {
        String::new()
    }
}

fn create(misbehave: &str) -> Result<Backend, Fault> {
    let options = json!({ "misbehave": misbehave });
    let config = json!({ "backend_type": "rude", "options": options });
    Root::linked::<Rude>().create(&config.to_string())
}

/// The first step and those of two timers, and how the last one ended.
fn play(misbehave: &str, call: &str) -> (Vec<String>, Result<Progress, FaultCode>) {
    let mut session = create(misbehave)
        .expect("a backend")
        .open(call)
        .expect("a session");
    let mut recorder = Recorder::default();
    let timer = |ticket| Event {
        kind: EventKind::TIMER,
        ticket,
        ..Event::START
    };
    let mut last = Ok(Progress::MORE);
    for event in [Event::START, timer(1), timer(2)] {
        last = session
            .step(event, &mut recorder)
            .map_err(|fault| fault.code);
        if last != Ok(Progress::MORE) {
            break;
        }
    }
    (recorder.0, last)
}

const CALL: &str = r#"{"id":"1","turns":[]}"#;

#[test]
fn the_manifest_offers_exactly_what_it_can_do() {
    let manifest: Manifest = serde_json::from_str(include_str!("../plugin.json")).expect("JSON");
    let names = &manifest.types[0].config["properties"]["misbehave"]["enum"];
    let names = names
        .as_array()
        .expect("names")
        .iter()
        .filter_map(|it| it.as_str());
    for name in names.filter(|it| *it != "panic_in_create") {
        assert!(create(name).is_ok(), "{name}");
    }
    let code = |name| create(name).err().map(|fault| fault.code);
    assert_eq!(code("panic_in_create"), Some(FaultCode::PANICKED));
    assert_eq!(code("polite"), Some(FaultCode::CONFIG));
}

#[test]
fn a_decent_session_streams_and_answers() {
    let call = r#"{"id":"1","turns":[],"tools":[
        {"name":"vote","description":"","parameters":{"properties":{"agent_id":{"enum":["agent1"]}}}},
        {"name":"new_answer","description":"","parameters":{}}]}"#;
    let (seen, last) = play("decent", call);
    assert_eq!(last, Ok(Progress::DONE));
    let text: String = seen.iter().filter_map(|it| it.strip_prefix("1 ")).collect();
    assert_eq!(text, "I behave well.");
    assert!(seen.iter().any(|it| it.contains("new_answer")), "{seen:?}");
    let asked = call.replace(
        r#""turns":[]"#,
        r#""turns":[{"role":"user","parts":[{"type":"text","text":"<agent1> hi"}]}]"#,
    );
    let (seen, _) = play("decent", &asked);
    assert!(seen.iter().any(|it| it.contains("\"vote\"")), "{seen:?}");
}

#[test]
fn rude_sessions_break_their_rule() {
    assert_eq!(play("panic_in_step", CALL).1, Err(FaultCode::PANICKED));
    assert_eq!(play("no_done", CALL), (vec![], Ok(Progress::DONE)));
    assert_eq!(
        play("repeat_ticket", CALL).0[..2],
        ["timer under 7", "timer under 7"]
    );
    assert_eq!(play("zero_ticket", CALL).0[0], "timer under 0");
    assert_eq!(play("too_many_ops", CALL).0.len(), 3 * 65);
    let dones = |name| {
        play(name, CALL)
            .0
            .iter()
            .filter(|it| it.starts_with("15 "))
            .count()
    };
    assert_eq!((dones("two_dones"), dones("after_done")), (2, 1));
    assert!(play("never_ends", CALL).1 == Ok(Progress::MORE));
    assert_eq!(play("garbage_kinds", CALL).1, Ok(Progress(99)));
}
