//! What a child holds, and how its end is told.

#![expect(clippy::expect_used, reason = "a broken test should fail")]

use std::time::{Duration, Instant};

use isolation::{End, Patience, Plugin, Runner, Session};
use massgen_backend_rude::Rude;
use massgen_plugin::abi::host::{Context, Emitted, Event, Root};
use massgen_plugin::abi::{EventKind, OpKind, Progress, Verdict};
use massgen_plugin::{Fault, FaultCode};
use serde_json::json;

type Test = (&'static str, fn());

pub(crate) const TESTS: &[Test] = &[
    (
        "a_session_does_the_same_here_and_there",
        a_session_does_the_same_here_and_there,
    ),
    (
        "sessions_of_several_backends_do_not_mix",
        sessions_of_several_backends_do_not_mix,
    ),
    (
        "what_goes_wrong_while_loading_is_told",
        what_goes_wrong_while_loading_is_told,
    ),
    (
        "a_library_is_loaded_with_nothing_around_it",
        a_library_is_loaded_with_nothing_around_it,
    ),
    (
        "a_locked_child_ends_at_a_forbidden_call",
        a_locked_child_ends_at_a_forbidden_call,
    ),
    (
        "without_the_lock_the_first_filter_says_no",
        without_the_lock_the_first_filter_says_no,
    ),
    (
        "whatever_ends_the_child_ends_only_the_child",
        whatever_ends_the_child_ends_only_the_child,
    ),
    (
        "a_step_that_does_not_return_ends_the_child_in_time",
        a_step_that_does_not_return_ends_the_child_in_time,
    ),
    (
        "printing_breaks_nothing_and_is_seen",
        printing_breaks_nothing_and_is_seen,
    ),
    (
        "sessions_may_be_dropped_at_any_time",
        sessions_may_be_dropped_at_any_time,
    ),
    (
        "a_child_ends_when_nobody_is_left",
        a_child_ends_when_nobody_is_left,
    ),
    ("large_events_and_chunks_pass", large_events_and_chunks_pass),
];

fn runner() -> Runner {
    Runner::new(std::env::current_exe().expect("this program"))
}

fn start(file: &str) -> Plugin {
    runner().start(file.as_ref()).expect("a child")
}

fn config(misbehave: &str) -> String {
    json!({ "backend_type": "rude", "options": { "misbehave": misbehave } }).to_string()
}

const CALL: &str = r#"{"id":"1","turns":[]}"#;

/// Accepts timers and nothing else, and notes everything.
#[derive(Default)]
struct Recorder(Vec<String>);

impl Context for Recorder {
    fn emit(&mut self, chunk: Emitted<'_>) {
        let Emitted {
            kind,
            index,
            text,
            json,
        } = chunk;
        self.0.push(format!("{}/{index} {text} {json}", kind.0));
    }

    fn begin(&mut self, op: OpKind, ticket: u64, payload: &[u8]) -> Verdict {
        self.0
            .push(format!("{} {ticket} of {}", op.name(), payload.len()));
        match op {
            OpKind::TIMER if payload.len() < 100 => Verdict::ACCEPTED,
            OpKind::TIMER => Verdict::TOO_MANY,
            _ => Verdict::UNKNOWN,
        }
    }

    fn abandon(&mut self, ticket: u64) {
        self.0.push(format!("abandoned {ticket}"));
    }

    fn ask(&mut self, query: &str) -> String {
        self.0.push(format!("asked {query}"));
        "because".into()
    }
}

fn timer(ticket: u64) -> Event<'static> {
    Event {
        kind: EventKind::TIMER,
        ticket,
        ..Event::START
    }
}

/// Plays up to five steps, and says everything that was seen.
fn play(mut step: impl FnMut(Event<'_>, &mut Recorder) -> Result<Progress, Fault>) -> Vec<String> {
    let mut recorder = Recorder::default();
    for event in [Event::START, timer(1), timer(2), timer(3), Event::CANCEL] {
        let outcome = step(event, &mut recorder);
        recorder.0.push(format!("{outcome:?}"));
        if outcome != Ok(Progress::MORE) {
            break;
        }
    }
    recorder.0
}

fn play_there(session: &mut Session) -> Vec<String> {
    play(|event, recorder| session.step(event, recorder))
}

fn a_session_does_the_same_here_and_there() {
    let ways = [
        "decent",
        "panic_in_open",
        "panic_in_create",
        "panic_in_step",
        "garbage_kinds",
        "repeat_ticket",
        "zero_ticket",
        "never_ends",
        "too_many_ops",
        "huge_payload",
        "after_done",
        "two_dones",
        "no_done",
        "polite",
    ];
    for way in ways {
        let here = Root::linked::<Rude>()
            .create(&config(way))
            .and_then(|it| it.open(CALL));
        let here = here.map(|mut it| play(|event, recorder| it.step(event, recorder)));
        let child = start("a");
        child.lock().expect("a filter");
        let there = child.create(&config(way)).and_then(|it| it.open(CALL));
        let there = there.map(|mut it| play_there(&mut it));
        // Where it panicked: the place may differ between builds, but here it is one program.
        assert_eq!(there, here, "{way}");
    }
}

fn sessions_of_several_backends_do_not_mix() {
    let child = start("a");
    let decent = child.create(&config("decent")).expect("a backend");
    let talker = child.create(&config("never_ends")).expect("a backend");
    child.lock().expect("a filter");
    let mut sessions: Vec<_> = [&decent, &talker, &decent]
        .map(|backend| backend.open(CALL).expect("a session"))
        .into();
    drop((decent, talker));
    let mut seen = [const { Vec::new() }; 3];
    for event in [Event::START, timer(1), timer(2)] {
        for (session, seen) in sessions.iter_mut().zip(&mut seen) {
            let mut recorder = Recorder::default();
            session.step(event, &mut recorder).expect("a step");
            seen.push(recorder.0.first().cloned().expect("a chunk"));
        }
    }
    let [first, talked, second] = seen;
    assert_eq!(first, second);
    assert!(first[2].contains("well"), "{first:?}");
    assert!(
        talked.iter().all(|it| it.contains("and so on")),
        "{talked:?}"
    );
}

fn what_goes_wrong_while_loading_is_told() {
    let patience = Patience {
        start: Duration::from_millis(300),
        ..Patience::default()
    };
    let end = |file: &str| {
        let failure = runner().with_patience(patience).start(file.as_ref());
        failure.expect_err("no child").end
    };
    assert_eq!(end("abort"), End::Signal(6));
    assert_eq!(end("exit"), End::Exit(7));
    assert_eq!(end("hang"), End::Late(patience.start));
    let refused = start("refused");
    assert_eq!(refused.report()["file"], "refused");
    assert_eq!(refused.describe(), None);
    refused.finish().expect("a good end");
    let nobody = Runner::new("/nowhere")
        .start("a".as_ref())
        .expect_err("no program");
    assert!(matches!(nobody.end, End::NotStarted(_)), "{nobody}");
}

fn a_library_is_loaded_with_nothing_around_it() {
    let child = start("look");
    assert_eq!(child.unfiltered(), None);
    let expected = json!({
        "variables": 0,
        "folder": [],
        "descriptors": 6,
        "socket": "permission denied",
        "program": "permission denied",
        "thread": "permission denied",
    });
    assert_eq!(*child.report(), expected);
    child.finish().expect("a good end");
}

/// The fault of the first step of a child that was locked, or not.
fn fault(way: &str, locked: bool) -> Result<Progress, Fault> {
    let child = start("a");
    let backend = child.create(&config(way)).expect("a backend");
    if locked {
        child.lock().expect("a filter");
    }
    let mut session = backend.open(CALL).expect("a session");
    let first = session.step(Event::START, &mut Recorder::default());
    if let Err(fault) = &first {
        let again = session.step(timer(1), &mut Recorder::default());
        assert_eq!(
            again.as_ref(),
            Err(fault),
            "a child that is gone stays gone"
        );
    }
    first
}

fn a_locked_child_ends_at_a_forbidden_call() {
    let calls = [
        ("open_file", "`openat`"),
        ("open_socket", "`socket`"),
        ("slow_step", "`clock_nanosleep`"),
    ];
    for (way, call) in calls {
        let fault = fault(way, true).expect_err("a fault");
        assert_eq!(fault.code, FaultCode::PROTOCOL);
        assert_eq!(
            fault.message,
            format!(
                "the plugin's process is gone: the child made the system call {call}, which a plugin must not"
            )
        );
    }
    for way in ["start_thread", "start_program"] {
        let fault = fault(way, true).expect_err("a fault");
        assert!(fault.message.contains("made the system call"), "{fault}");
    }
}

fn without_the_lock_the_first_filter_says_no() {
    for way in ["open_socket", "start_thread", "start_program"] {
        assert_eq!(fault(way, false), Ok(Progress::MORE), "{way}");
    }
}

fn whatever_ends_the_child_ends_only_the_child() {
    for locked in [false, true] {
        let said = |way| fault(way, locked).expect_err("a fault");
        let exit = said("exit");
        assert_eq!(exit.code, FaultCode::PANICKED);
        assert!(exit.message.contains("the child exited with 3"), "{exit}");
        let abort = said("abort");
        assert!(abort.message.contains("signal 6 (abort)"), "{abort}");
        let overflow = said("overflow");
        assert!(overflow.message.contains("stack overflow"), "{overflow}");
        let flood = said("flood");
        assert!(flood.message.contains("sends without end"), "{flood}");
    }
}

fn a_step_that_does_not_return_ends_the_child_in_time() {
    let patience = Patience {
        request: Duration::from_millis(300),
        ..Patience::default()
    };
    let child = runner()
        .with_patience(patience)
        .start("a".as_ref())
        .expect("a child");
    let backend = child.create(&config("endless_loop")).expect("a backend");
    let mut session = backend.open(CALL).expect("a session");
    let began = Instant::now();
    let fault = session
        .step(Event::START, &mut Recorder::default())
        .expect_err("a fault");
    assert!(
        fault.message.contains("did not answer within 0.3 s"),
        "{fault}"
    );
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
    assert!(child.create(&config("decent")).is_err());
}

fn printing_breaks_nothing_and_is_seen() {
    let child = start("chatty");
    assert_eq!(
        child.printed(),
        "a library that prints while it is loaded\n"
    );
    let backend = child.create(&config("print")).expect("a backend");
    child.lock().expect("a filter");
    let mut session = backend.open(CALL).expect("a session");
    session
        .step(Event::START, &mut Recorder::default())
        .expect("a step");
    assert!(child.printed().ends_with("a plugin must not print\n"));
}

fn sessions_may_be_dropped_at_any_time() {
    let child = start("a");
    let backend = child.create(&config("decent")).expect("a backend");
    child.lock().expect("a filter");
    let mut session = backend.open(CALL).expect("a session");
    for event in [Event::START, timer(1), timer(2)] {
        session
            .step(event, &mut Recorder::default())
            .expect("a step");
    }
    drop(session);
    for _ in 0..100 {
        drop(backend.open(CALL).expect("a session"));
    }
    child
        .create(&config("panic_in_drop"))
        .and_then(|it| it.open(CALL))
        .expect("a session");
    assert!(
        child.create(&config("decent")).is_ok(),
        "a panic in a drop is no end"
    );
    drop(backend);
    child.finish().expect("a good end");
}

fn a_child_ends_when_nobody_is_left() {
    let child = start("a");
    let backend = child.create(&config("decent")).expect("a backend");
    let mut session = backend.open(CALL).expect("a session");
    drop((child, backend));
    session
        .step(Event::START, &mut Recorder::default())
        .expect("it still lives");
    drop(session);
    let children =
        std::fs::read_to_string("/proc/thread-self/children").expect("a list of children");
    assert_eq!(children, "");
}

fn large_events_and_chunks_pass() {
    let child = start("a");
    let backend = child.create(&config("decent")).expect("a backend");
    child.lock().expect("a filter");
    let mut session = backend.open(CALL).expect("a session");
    let event = Event {
        kind: EventKind::HTTP_FRAME,
        data: &vec![b'x'; 16 << 20],
        ..Event::START
    };
    let outcome = session.step(event, &mut Recorder::default());
    assert_eq!(outcome, Ok(Progress::MORE));
}
