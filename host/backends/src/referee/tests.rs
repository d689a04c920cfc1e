//! Rules of the step contract, one by one.

use super::*;
use massgen_plugin::chat::ChunkKind;
use massgen_plugin::wire::StoreKey;

fn referee() -> Referee<fn(Effects)> {
    let hosts = vec!["localhost:1".to_owned()];
    Referee::new(
        Arc::new(Grant {
            hosts,
            secrets: vec![],
        }),
        |_| {},
    )
}

fn emit(referee: &mut Referee<fn(Effects)>, kind: ChunkKind, text: &str, json: &str) {
    referee.emit(Emitted {
        kind,
        index: 0,
        text,
        json,
    });
}

const DONE: &str = r#"{"finish":"stop"}"#;

/// Plays one step and says how the session ended.
fn check(expected: &str, done: bool, play: impl FnOnce(&mut Referee<fn(Effects)>)) {
    let mut referee = referee();
    referee.begin_step();
    play(&mut referee);
    referee.end_step(Ok(done));
    let end = match referee.take().end {
        None => "goes on".to_owned(),
        Some(Ok(())) => "ends well".to_owned(),
        Some(Err(fault)) => fault
            .message
            .replace("the plugin broke the step contract: ", ""),
    };
    assert_eq!(end, expected);
}

fn timer(referee: &mut Referee<fn(Effects)>, ticket: u64) -> Verdict {
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
    referee.end_step(Ok(false));
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
        referee.end_step(Ok(false));
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
        assert_eq!(it.ask("denied"), "this host has no operation `4711`");
        assert_eq!(it.ask("what else"), "");
    });
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
fn hosts_that_are_not_granted_are_denied_with_the_reason() {
    check("goes on", false, |it| {
        let request = |url: &str| serde_json::to_vec(&HttpRequest::get(url)).unwrap();
        let there = request("http://localhost:1/v1");
        assert_eq!(it.begin(OpKind::HTTP, 1, &there), Verdict::ACCEPTED);
        let elsewhere = request("http://example.com/");
        assert_eq!(it.begin(OpKind::HTTP, 2, &elsewhere), Verdict::DENIED);
        assert_eq!(it.ask("denied"), "host `example.com` is not granted");
        assert_eq!(it.begin(OpKind::HTTP, 3, b"{"), Verdict::DENIED);
    });
}

#[test]
fn what_is_not_lent_is_denied_with_the_reason() {
    let table: [(OpKind, &[u8], &str); 9] = [
        (
            OpKind::TOOL,
            br#"{"id":"1","name":"read_file","arguments":{}}"#,
            "this agent has no tool `read_file`",
        ),
        (OpKind::TOOL, b"read_file", "the payload cannot be read"),
        (
            OpKind::CHECK,
            br#"{"tool":1}"#,
            "the payload cannot be read",
        ),
        (
            OpKind::READ,
            br#"{"path":"a"}"#,
            "this agent has no workspace",
        ),
        (OpKind::WRITE, b"\xff\n", "this agent has no workspace"),
        (OpKind::LIST, b"", "this agent has no workspace"),
        (
            OpKind::STORE_GET,
            br#"{"key":"k"}"#,
            "this host keeps no store for plugins",
        ),
        (
            OpKind::STORE_PUT,
            b"{}\nvalue",
            "the payload cannot be read",
        ),
        (
            OpKind::STORE_PUT,
            b"{\"key\":\"k\"}\nvalue",
            "this host keeps no store for plugins",
        ),
    ];
    for (op, payload, reason) in table {
        check("goes on", false, |it| {
            timer(it, 2);
            assert_eq!(it.begin(op, 1, payload), Verdict::DENIED, "{}", op.name());
            let said = it.ask("denied");
            assert!(said.starts_with(reason), "{}: {said}", op.name());
            assert_eq!(it.take().begun.len(), 1);
        });
    }
}

#[test]
fn a_question_and_the_store_need_no_workspace() {
    let folder = std::env::temp_dir();
    check("goes on", false, |it| {
        it.lend(Loan {
            store: Some(crate::store::Store::of(&folder, "echo")),
            ..Loan::default()
        });
        let question = br#"{"tool":"Bash","arguments":{"command":"ls"}}"#;
        assert_eq!(it.begin(OpKind::CHECK, 1, question), Verdict::ACCEPTED);
        let put = b"{\"key\":\"k\"}\n\0\n";
        assert_eq!(it.begin(OpKind::STORE_PUT, 2, put), Verdict::ACCEPTED);
        let key = || StoreKey { key: "k".into() };
        let expected = LentOp::StorePut(key(), Some(b"\0\n".to_vec()));
        assert_eq!(it.take().begun[1], (2, Op::Lent(expected)));
        let key = format!(r#"{{"key":"{}"}}"#, "k".repeat(257));
        assert_eq!(
            it.begin(OpKind::STORE_GET, 3, key.as_bytes()),
            Verdict::DENIED
        );
        assert_eq!(it.ask("denied"), "a key has 1 to 256 bytes, not 257");
    });
}

#[test]
fn payloads_that_wait_are_bounded_together() {
    let body = "x".repeat(limits::PAYLOAD_BYTES - 500);
    let request = HttpRequest::post_json("http://localhost:1/v1", body);
    let request = serde_json::to_vec(&request).unwrap();
    check("goes on", false, |it| {
        let verdicts: Vec<_> = (1..=5)
            .map(|ticket| it.begin(OpKind::HTTP, ticket, &request))
            .collect();
        assert_eq!(verdicts[3], Verdict::ACCEPTED);
        assert_eq!(verdicts[4], Verdict::TOO_MANY);
        it.close(1);
        assert_eq!(it.begin(OpKind::HTTP, 6, &request), Verdict::ACCEPTED);
    });
}

#[test]
fn a_flood_gives_the_thread_up_and_reports_the_end() {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let out = move |effects: Effects| drop(sender.send(effects.end));
        let mut referee = Referee::new(Arc::new(Grant::default()), out);
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
