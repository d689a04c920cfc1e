//! Rules of the step contract, one by one.

use super::*;
use massgen_plugin::chat::ChunkKind;

/// Knows two operations, and denies one of them.
fn gate(op: OpKind, payload: &[u8]) -> Result<usize, Refusal> {
    match op {
        OpKind::TIMER => Ok(payload.len()),
        OpKind::HTTP => Err(denied("not granted")),
        _ => Err((Verdict::UNKNOWN, "no such operation".into())),
    }
}

type Judge = fn(OpKind, &[u8]) -> Result<usize, Refusal>;
type Tested = Referee<Judge, fn(Effects<usize>)>;

fn referee() -> Tested {
    Referee::new(gate, |_| {})
}

fn emit(referee: &mut Tested, kind: ChunkKind, text: &str, json: &str) {
    referee.emit(Emitted {
        kind,
        index: 0,
        text,
        json,
    });
}

const DONE: &str = r#"{"finish":"stop"}"#;

/// Plays one step and says how the session ended.
fn check(expected: &str, done: bool, play: impl FnOnce(&mut Tested)) {
    let mut referee = referee();
    referee.begin_step();
    play(&mut referee);
    referee.end_step(Ok(if done { Progress::DONE } else { Progress::MORE }));
    let end = match referee.take().end {
        None => "goes on".to_owned(),
        Some(Ok(())) => "ends well".to_owned(),
        Some(Err(fault)) => fault
            .message
            .replace("the plugin broke the step contract: ", ""),
    };
    assert_eq!(end, expected);
}

fn timer(referee: &mut Tested, ticket: u64) -> Verdict {
    referee.begin(OpKind::TIMER, ticket, br#"{"ms":1}"#)
}

#[test]
fn a_session_ends_exactly_once_and_says_nothing_after() {
    check("ends well", true, |it| emit(it, ChunkKind::DONE, "", DONE));
    check("it ended without a `done` chunk", true, |_| {});
    check("it sent a `done` chunk and did not end", false, |it| {
        emit(it, ChunkKind::DONE, "", DONE);
    });
    check("it sent a chunk after `done`", true, |it| {
        emit(it, ChunkKind::DONE, "", DONE);
        emit(it, ChunkKind::TEXT, "more", "");
    });
    check("it sent a chunk after `done`", true, |it| {
        emit(it, ChunkKind::DONE, "", DONE);
        emit(it, ChunkKind::DONE, "", DONE);
    });
    check("ends well", true, |it| {
        emit(it, ChunkKind::DONE, "", DONE);
        emit(it, ChunkKind::DEBUG, "a log line", r#"{"level":"debug"}"#);
    });
    check("it waits, and for nothing", false, |_| {});
}

#[test]
fn tickets_are_new_and_not_zero() {
    check("goes on", false, |it| {
        assert_eq!(timer(it, 7), Verdict::ACCEPTED)
    });
    check("it used a ticket twice, or 0", false, |it| {
        timer(it, 0);
    });
    check("it used a ticket twice, or 0", false, |it| {
        timer(it, 7);
        timer(it, 7);
    });
}

#[test]
fn an_operation_that_is_given_up_at_once_is_never_carried_out() {
    let mut referee = referee();
    referee.begin_step();
    timer(&mut referee, 1);
    timer(&mut referee, 2);
    referee.abandon(1);
    referee.end_step(Ok(Progress::MORE));
    let effects = referee.take();
    let begun: Vec<_> = effects.begun.iter().map(|(ticket, _)| *ticket).collect();
    assert_eq!((begun, effects.abandoned), (vec![2], vec![]));
    referee.begin_step();
    referee.abandon(2);
    assert_eq!(referee.take().abandoned, [2]);
}

#[test]
fn a_reply_without_end_is_cut_off() {
    let mut referee = referee();
    let text = "x".repeat(3 << 20);
    let mut steps = 0;
    while referee.effects.end.is_none() {
        referee.begin_step();
        timer(&mut referee, steps + 1);
        emit(&mut referee, ChunkKind::TOOL_CALL_DELTA, &text, "");
        referee.end_step(Ok(Progress::MORE));
        steps += 1;
    }
    assert_eq!(steps, 6);
}

#[test]
fn unknown_numbers_are_values() {
    check("ends well", true, |it| {
        emit(it, ChunkKind(999), "?", "not json");
        emit(it, ChunkKind::DONE, "", DONE);
        assert_eq!(it.begin(OpKind(4711), 1, b""), Verdict::UNKNOWN);
        assert_eq!(it.ask("denied"), "no such operation");
        assert_eq!(it.ask("what else"), "");
    });
}

#[test]
fn what_the_gate_denies_does_not_begin_and_the_reason_can_be_asked_for() {
    check("it waits, and for nothing", false, |it| {
        assert_eq!(it.begin(OpKind::HTTP, 1, b"{}"), Verdict::DENIED);
        assert_eq!(it.ask("denied"), "not granted");
        assert!(!it.is_open(1));
        assert!(it.effects.begun.is_empty());
    });
}

#[test]
fn unknown_progress_is_an_error() {
    let mut referee = referee();
    referee.begin_step();
    timer(&mut referee, 1);
    referee.end_step(Ok(Progress(9)));
    let end = referee.take().end.unwrap().unwrap_err();
    assert_eq!(end.message, "the plugin said unknown progress 9");
}

#[test]
fn limits_of_a_step_are_kept() {
    check("goes on", false, |it| {
        let verdicts: Vec<_> = (1..=65).map(|ticket| timer(it, ticket)).collect();
        assert_eq!(verdicts[63], Verdict::ACCEPTED);
        assert_eq!(verdicts[64], Verdict::TOO_MANY);
    });
    check("it sent more than 4 MiB in one step", false, |it| {
        let text = "x".repeat(5 << 20);
        emit(it, ChunkKind::TEXT, &text, "");
        assert!(it.effects.chunks.is_empty());
    });
}

#[test]
fn payloads_that_wait_are_bounded_together() {
    let payload = vec![b' '; limits::PAYLOAD_BYTES - 500];
    check("goes on", false, |it| {
        let verdicts: Vec<_> = (1..=5)
            .map(|ticket| it.begin(OpKind::TIMER, ticket, &payload))
            .collect();
        assert_eq!(verdicts[3], Verdict::ACCEPTED);
        assert_eq!(verdicts[4], Verdict::TOO_MANY);
        it.close(1);
        assert_eq!(it.begin(OpKind::TIMER, 6, &payload), Verdict::ACCEPTED);
    });
}

#[test]
fn a_flood_gives_the_thread_up_and_reports_the_end() {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let out = move |effects: Effects<usize>| drop(sender.send(effects.end));
        let mut referee = Referee::new(gate, out);
        let text = "x".repeat(1 << 20);
        loop {
            referee.emit(Emitted {
                kind: ChunkKind::TEXT,
                index: 0,
                text: &text,
                json: "",
            });
        }
    });
    let end = receiver.recv().unwrap().unwrap().unwrap_err();
    assert!(
        end.message
            .ends_with("it sends without end inside one step"),
        "{}",
        end.message
    );
}
