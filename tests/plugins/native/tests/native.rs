//! The native plugin against a host that plays its part: what it asks, and what it makes of answers.

#![expect(clippy::expect_used, reason = "a broken fixture should fail the test")]

use massgen_backend_native::Native;
use massgen_plugin::abi::host::{Context, Emitted, Event, Root};
use massgen_plugin::abi::{EventKind, OpKind, Progress, Verdict};
use massgen_plugin::chat::{Call, Chunk, Role, Turn};
use massgen_plugin::sdk::Asynchronous;
use massgen_plugin::serde_json::to_string;

/// Writes down what is asked, and refuses what it is told to.
#[derive(Default)]
struct Recorder {
    refuse: Option<Verdict>,
    asked: Vec<String>,
    given_up: Vec<u64>,
    text: String,
}

impl Context for Recorder {
    fn emit(&mut self, chunk: Emitted<'_>) {
        if let Ok(Chunk::Text { text }) = chunk.decode() {
            self.text.push_str(&text);
        }
    }

    fn begin(&mut self, op: OpKind, ticket: u64, payload: &[u8]) -> Verdict {
        let payload = String::from_utf8_lossy(payload).replace('\n', "|");
        self.asked.push(format!("{ticket} {} {payload}", op.name()));
        self.refuse.unwrap_or(Verdict::ACCEPTED)
    }

    fn abandon(&mut self, ticket: u64) {
        self.given_up.push(ticket);
    }

    fn ask(&mut self, query: &str) -> String {
        format!("the answer to `{query}`")
    }
}

/// Plays one order; `answer` is the event that the host sends for it.
fn play(order: &str, recorder: &mut Recorder, answer: Option<(EventKind, u32, &str)>) -> Progress {
    let call = Call {
        turns: vec![Turn::text(Role::User, format!("native: {order}"))],
        ..Call::default()
    };
    let config = r#"{"backend_type":"native","workspace":"/w"}"#;
    let backend = Root::linked::<Asynchronous<Native>>()
        .create(config)
        .expect("a backend");
    let call = to_string(&call).expect("JSON");
    let mut session = backend.open(&call).expect("a session");
    let mut last = session.step(Event::START, recorder).expect("a step");
    if let Some((kind, status, data)) = answer {
        let event = Event {
            kind,
            status,
            ticket: 1,
            data: data.as_bytes(),
        };
        last = session.step(event, recorder).expect("a step");
    }
    last
}

#[test]
fn each_operation_is_asked_for_and_its_result_is_read() {
    const DONE: EventKind = EventKind::COMPLETED;
    let table = [
        (
            "read a b",
            "1 read {\"path\":\"a b\"}",
            (DONE, 0, "words"),
            "words",
        ),
        (
            "write a x y",
            "1 write {\"path\":\"a\"}|x y",
            (DONE, 0, ""),
            "written",
        ),
        (
            "list .",
            "1 list {\"path\":\".\"}",
            (DONE, 0, r#"[{"name":"a","kind":"file","size":3}]"#),
            "file a 3",
        ),
        (
            "tool t {\"k\":1}",
            "1 tool {\"id\":\"native_0\",\"name\":\"t\",\"arguments\":{\"k\":1}}",
            (
                DONE,
                0,
                r#"{"is_error":true,"parts":[{"type":"text","text":"no"}]}"#,
            ),
            "failed no",
        ),
        (
            "check Bash {}",
            "1 check {\"tool\":\"Bash\",\"arguments\":{}}",
            (DONE, 0, r#"{"allowed":false,"reason":"outside"}"#),
            "not allowed: outside",
        ),
        ("get k", "1 store_get {\"key\":\"k\"}", (DONE, 0, "v"), "v"),
        (
            "get k",
            "1 store_get {\"key\":\"k\"}",
            (DONE, 1, ""),
            "nothing",
        ),
        (
            "put k v",
            "1 store_put {\"key\":\"k\"}|v",
            (DONE, 0, ""),
            "kept",
        ),
        (
            "forget k",
            "1 store_put {\"key\":\"k\",\"remove\":true}|",
            (DONE, 0, ""),
            "forgotten",
        ),
        (
            "read a",
            "1 read {\"path\":\"a\"}",
            (
                EventKind::FAILED,
                11,
                r#"{"code":11,"message":"not there"}"#,
            ),
            ": not there",
        ),
        (
            "list a",
            "1 list {\"path\":\"a\"}",
            (DONE, 0, "no JSON"),
            "protocol: the host's result cannot be read: expected ident at line 1 column 2",
        ),
    ];
    for (order, asked, answer, result) in table {
        let mut recorder = Recorder::default();
        assert_eq!(play(order, &mut recorder, Some(answer)), Progress::DONE);
        assert_eq!(recorder.asked, [asked]);
        assert!(recorder.text.ends_with(result), "{}", recorder.text);
    }
}

#[test]
fn a_refusal_is_an_answer_and_comes_in_the_same_step() {
    let table = [
        (Verdict::DENIED, "denied: the answer to `denied`"),
        (Verdict::TOO_MANY, "protocol: too many operations"),
        (
            Verdict::UNKNOWN,
            "unsupported: the host has no operation `read`",
        ),
        (Verdict(99), "unsupported: the host has no operation `read`"),
    ];
    for (verdict, said) in table {
        let mut recorder = Recorder {
            refuse: Some(verdict),
            ..Recorder::default()
        };
        assert_eq!(play("read a", &mut recorder, None), Progress::DONE);
        assert_eq!(recorder.text, format!("read a: {said}"));
    }
}

#[test]
fn the_workspace_is_in_the_configuration() {
    let mut recorder = Recorder::default();
    assert_eq!(play("workspace", &mut recorder, None), Progress::DONE);
    assert_eq!(recorder.text, "workspace: /w");
}

/// Plays an order that starts a program: the host's events, each in a step of its own.
fn play_program(order: &str, recorder: &mut Recorder, events: &[(EventKind, u64, &str)]) {
    let call = Call {
        turns: vec![Turn::text(Role::User, format!("native: {order}"))],
        ..Call::default()
    };
    let backend = Root::linked::<Asynchronous<Native>>()
        .create(r#"{"backend_type":"native"}"#)
        .expect("a backend");
    let call = to_string(&call).expect("JSON");
    let mut session = backend.open(&call).expect("a session");
    let mut last = session.step(Event::START, recorder).expect("a step");
    for (kind, ticket, data) in events {
        assert_eq!(last, Progress::MORE);
        let event = Event {
            kind: *kind,
            status: 3,
            ticket: *ticket,
            data: data.as_bytes(),
        };
        last = session.step(event, recorder).expect("a step");
    }
    assert_eq!(last, Progress::DONE);
}

#[test]
fn a_program_is_started_fed_and_given_up() {
    let mut recorder = Recorder::default();
    let events = [
        (EventKind::PROCESS_OUT, 1, "one"),
        (EventKind::COMPLETED, 2, ""),
        (EventKind::PROCESS_ERR, 1, "noise"),
        (EventKind::PROCESS_OUT, 1, "two"),
        (EventKind::PROCESS_END, 1, r#"{"stderr_tail":"noise"}"#),
    ];
    play_program("run sh x", &mut recorder, &events);
    assert_eq!(recorder.text, "run sh x: one|two (3, \"noise\")");
    let spawn = r#"1 spawn {"argv":["sh","x"],"secrets":[{"variable":"NATIVE_KEY","secret":"api_key"}],"framing":"ndjson","max_line":16777216,"grace_ms":2000}"#;
    assert_eq!(
        recorder.asked,
        [spawn, r#"2 stdin {"process":1,"close":true}|"#]
    );
    assert!(recorder.given_up.is_empty());

    let mut recorder = Recorder::default();
    let events = [
        (EventKind::COMPLETED, 2, ""),
        (EventKind::PROCESS_OUT, 1, "a b"),
    ];
    play_program("feed a b", &mut recorder, &events);
    assert_eq!(recorder.text, "feed a b: a b");
    assert_eq!(recorder.asked[1], r#"2 stdin {"process":1}|a b|"#);
    assert_eq!(recorder.given_up, [1]);
}
