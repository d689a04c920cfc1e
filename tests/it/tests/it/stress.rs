//! Thousands of sessions of one loaded library leave nothing behind.

use massgen_plugin::abi::host::{Backend, Event};
use massgen_plugin::abi::{EventKind, OpKind};
use massgen_plugin::chat::{Call, Role, Turn};
use massgen_plugin::{Config, FaultCode};
use referee::{Effects, Referee, Refusal};

use it::fixture_folder;

use crate::libraries::load;

fn event(kind: EventKind, status: u32, data: &[u8]) -> Event<'_> {
    Event {
        kind,
        status,
        ticket: 1,
        data,
    }
}

/// A gate that lets every operation begin.
fn anything(_: OpKind, _: &[u8]) -> Result<(), Refusal> {
    Ok(())
}

/// One session: some run to the end, some are cancelled half-way, some are just dropped.
fn session(backend: &Backend, call: &str, round: usize) {
    let mut referee = Referee::new(anything, |_: Effects<()>| {});
    let mut session = backend.open(call).expect("a session");
    let end: &[_] = match round % 3 {
        0 => &[event(EventKind::HTTP_END, 0, b"")],
        1 => &[Event::CANCEL],
        _ => &[],
    };
    let begin = [Event::START, event(EventKind::HTTP_HEAD, 200, b"{}")];
    let frames = [event(EventKind::HTTP_FRAME, 0, b"a piece of text"); 4];
    for event in begin.iter().chain(&frames).chain(end) {
        referee.begin_step();
        session.step(*event, &mut referee).expect("a good step");
    }
    assert_eq!(
        referee.take().chunks.len(),
        4 + usize::from(round.is_multiple_of(3))
    );
}

#[test]
fn ten_thousand_sessions_leave_nothing_behind() {
    let root = load(&fixture_folder("good"), "echo");
    let meter = root.meter().expect("a meter");
    let config = Config {
        backend_type: "echo".into(),
        base_url: Some("http://localhost/".into()),
        ..Config::default()
    };
    let config = serde_json::to_string(&config).expect("json");
    let call = Call {
        turns: vec![Turn::text(Role::User, "hi")],
        ..Call::default()
    };
    let call = serde_json::to_string(&call).expect("json");
    let (mut live, mut resident) = (0, 0);
    for round in 0..10_000 {
        let backend = root.create(&config).expect("a backend");
        session(&backend, &call, round);
        drop(backend);
        if round == 999 {
            (live, resident) = ((meter.live)(), resident_kib());
        }
    }
    assert_eq!((meter.live)(), live, "bytes the plugin still holds");
    let grown = resident_kib().saturating_sub(resident);
    assert!(grown < 2048, "the process grew by {grown} KiB");
}

#[test]
fn a_thousand_panics_leave_nothing_behind() {
    let root = load(&fixture_folder("good"), "rude");
    let meter = root.meter().expect("a meter");
    let config = r#"{"backend_type":"rude","options":{"misbehave":"panic_in_step"}}"#;
    let call = r#"{"id":"1","turns":[]}"#;
    let mut live = 0;
    for round in 0..1000 {
        let backend = root.create(config).expect("a backend");
        let mut session = backend.open(call).expect("a session");
        let mut referee = Referee::new(anything, |_: Effects<()>| {});
        let mut outcome = session.step(Event::START, &mut referee);
        for ticket in 1..10 {
            if outcome.is_err() {
                break;
            }
            let timer = Event {
                kind: EventKind::TIMER,
                status: 0,
                ticket,
                data: b"",
            };
            outcome = session.step(timer, &mut referee);
        }
        let fault = outcome.expect_err("a panic");
        assert_eq!(fault.code, FaultCode::PANICKED);
        drop((session, backend));
        if round == 99 {
            live = (meter.live)();
        }
    }
    assert_eq!((meter.live)(), live, "bytes the plugin still holds");
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("a status");
    let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
    let number = line.expect("a size").trim().trim_end_matches(" kB");
    number.parse().expect("a number")
}
