//! Ten thousand sessions of one loaded library leave nothing behind.

use std::sync::Arc;

use backends::referee::{Effects, Referee};
use loader::{Environment, Found, Loader, Policy, Prober, inspect};
use massgen_plugin::Config;
use massgen_plugin::abi::EventKind;
use massgen_plugin::abi::host::{Backend, Event, Root};
use massgen_plugin::chat::{Call, Role, Turn};
use transport::Grant;

use it::{binary, fixture_folder};

/// Loads the test plugin `echo` into this process; the binary is the child of the probe.
fn load() -> Root {
    let home = tempfile::tempdir().expect("a folder");
    let environment = Environment {
        state_home: Some(home.path().to_owned()),
        ..Environment::default()
    };
    let file = fixture_folder("good").join(file_name("echo"));
    let inspection = inspect(&Found::named(&file), &Policy::default()).expect("a plugin");
    let loader = Loader::new(&environment, Prober::new(binary()));
    loader.load(&inspection).expect("a fit plugin").root
}

fn file_name(plugin: &str) -> String {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
    format!("{DLL_PREFIX}massgen_backend_{plugin}{DLL_SUFFIX}")
}

fn event(kind: EventKind, status: u32, data: &[u8]) -> Event<'_> {
    Event {
        kind,
        status,
        ticket: 1,
        data,
    }
}

/// One session: some run to the end, some are cancelled half-way, some are just dropped.
fn session(backend: &Backend, call: &str, round: usize) {
    let grant = Grant {
        hosts: vec!["localhost".into()],
        secrets: vec![],
    };
    let mut referee = Referee::new(Arc::new(grant), |_: Effects| {});
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
    let root = load();
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
    let mut after_first = 0;
    for round in 0..10_000 {
        let backend = root.create(&config).expect("a backend");
        session(&backend, &call, round);
        drop(backend);
        if round == 99 {
            after_first = (meter.live)();
        }
    }
    assert_eq!((meter.live)(), after_first, "bytes the plugin still holds");
}
