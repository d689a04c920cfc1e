//! The files of a run: what is in them when, and how they are found and read again.

#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use std::fs;
use std::path::Path;

use events::{AnswerSource, Envelope, Label, Paths, RunEvent, RunReport, Status};
use expect_test::{Expect, expect};
use run_log::{LogError, RunDir, RunLog, find_run, read_events};
use tempfile::tempdir;

fn event(seq: u64, ms: u64, event: RunEvent) -> Envelope {
    Envelope::new(seq, ms, Some("a/b".into()), event)
}

fn delta(seq: u64, ms: u64, text: &str) -> Envelope {
    let text = text.to_owned();
    event(seq, ms, RunEvent::TextDelta { text })
}

fn answer(seq: u64, text: &str) -> Envelope {
    let recorded = RunEvent::AnswerRecorded {
        label: Label::agent(1).answer(2),
        text: text.to_owned(),
        source: AnswerSource::Tool,
    };
    event(seq, seq, recorded)
}

fn report(answer: Option<&str>) -> RunReport {
    RunReport {
        schema: 1,
        status: Status::Ok,
        answer: answer.map(str::to_owned),
        winner: None,
        agents: Vec::new(),
        answers: Vec::new(),
        votes: Vec::new(),
        usage: events::UsageReport::default(),
        timings: events::Timings::default(),
        paths: Paths::default(),
    }
}

fn files(dir: &Path) -> String {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let size = fs::metadata(&path).unwrap().len();
                let name = path.strip_prefix(dir).unwrap().display().to_string();
                found.push(format!("{name} {size}\n"));
            }
        }
    }
    found.sort();
    found.concat()
}

fn lines(dir: &RunDir) -> usize {
    fs::read_to_string(dir.events()).unwrap().lines().count()
}

fn check_read(log: &str, expected: Expect) {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("events.jsonl"), log).unwrap();
    let read = read_events(dir.path()).unwrap().map(|event| match event {
        Ok(envelope) => format!("{} ", envelope.seq),
        Err(LogError::Line { line, .. }) => format!("!{line} "),
        Err(other) => panic!("{other}"),
    });
    expected.assert_eq(read.collect::<String>().trim_end());
}

#[test]
fn a_run_leaves_its_events_its_answers_and_its_result() {
    let base = tempdir().unwrap();
    let dir = RunDir::create(base.path()).unwrap();
    let mut log = RunLog::create(&dir).unwrap();
    log.write(&answer(0, "tea\r\n\n")).unwrap();
    log.finish(&report(Some("tea at five"))).unwrap();
    expect![[r#"
        a_b-agent1/agent1.2/answer.txt 6
        events.jsonl 122
        final/answer.txt 11
        result.json 347
    "#]]
    .assert_eq(&files(dir.path()));
    let kept = fs::read(dir.path().join("a_b-agent1/agent1.2/answer.txt")).unwrap();
    assert_eq!(kept, b"tea\r\n\n");
    let result = fs::read(dir.path().join("result.json")).unwrap();
    let result: RunReport = serde_json::from_slice(&result).unwrap();
    assert_eq!(result, report(Some("tea at five")));
}

#[test]
fn without_an_answer_there_is_no_answer_file() {
    let base = tempdir().unwrap();
    let dir = RunDir::create(base.path()).unwrap();
    RunLog::create(&dir).unwrap().finish(&report(None)).unwrap();
    assert!(!dir.path().join("final").exists());
}

#[test]
fn a_state_event_is_written_at_once_and_deltas_wait_a_little() {
    let base = tempdir().unwrap();
    let dir = RunDir::create(base.path()).unwrap();
    let mut log = RunLog::create(&dir).unwrap();
    log.write(&delta(0, 0, "a")).unwrap();
    log.write(&delta(1, 199, "b")).unwrap();
    assert_eq!(lines(&dir), 0);
    log.write(&delta(2, 200, "c")).unwrap();
    assert_eq!(lines(&dir), 3);
    log.write(&delta(3, 201, "d")).unwrap();
    log.write(&event(4, 202, RunEvent::Abstained)).unwrap();
    assert_eq!(lines(&dir), 5);
    log.write(&delta(5, 203, &"x".repeat(70_000))).unwrap();
    assert_eq!(lines(&dir), 6);
    log.write(&delta(6, 204, "e")).unwrap();
    drop(log);
    assert_eq!(lines(&dir), 7);
}

#[test]
fn what_was_written_is_read_again() {
    let base = tempdir().unwrap();
    let dir = RunDir::create(base.path()).unwrap();
    let written = [delta(0, 1, "a\nb\u{2028}"), answer(1, "tea")];
    let mut log = RunLog::create(&dir).unwrap();
    for envelope in &written {
        log.write(envelope).unwrap();
    }
    let read: Vec<Envelope> = read_events(dir.path())
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(read, written);
}

#[test]
fn only_the_last_line_may_be_cut_off() {
    let one = r#"{"schema":1,"seq":1,"ms":0,"event":"consensus_reached"}"#;
    let two = r#"{"schema":1,"seq":2,"ms":0,"event":"consensus_reached"}"#;
    check_read("", expect![[""]]);
    check_read(&format!("{one}\n{two}\n"), expect!["1 2"]);
    check_read(&format!("{one}\n{two}"), expect!["1 2"]);
    check_read(&format!("{one}\n{}", &two[..20]), expect!["1"]);
    check_read(
        &format!("{one}\n{}\n{two}\n", &two[..20]),
        expect!["1 !2 2"],
    );
}

#[test]
fn runs_have_names_of_their_own_and_are_found_by_them() {
    let base = tempdir().unwrap();
    let logs = base.path().join("deep/massgen_logs");
    let (one, two) = (
        RunDir::create(&logs).unwrap(),
        RunDir::create(&logs).unwrap(),
    );
    assert_ne!(one, two);
    RunLog::create(&one).unwrap();
    let name = one.path().file_name().unwrap().to_str().unwrap();
    let shape: String = name
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    assert!(shape.starts_with("log_00000000_000000_000000_"), "{name}");
    assert_eq!(name.len(), "log_00000000_000000_000000_xxxx".len());

    assert_eq!(find_run(&logs, name).unwrap(), one.path());
    let as_dir = one.path().to_str().unwrap();
    assert_eq!(find_run(Path::new("/nowhere"), as_dir).unwrap(), one.path());
    let empty = two.path().file_name().unwrap().to_str().unwrap();
    for missing in [empty, "", ".", "..", "none", "../massgen_logs"] {
        let found = find_run(&logs, missing);
        assert!(matches!(found, Err(LogError::NoRun { .. })), "{missing}");
    }
}

#[test]
fn a_place_that_cannot_be_written_is_one_error() {
    let base = tempdir().unwrap();
    let file = base.path().join("file");
    fs::write(&file, "").unwrap();
    let failed = RunDir::create(&file.join("logs"));
    assert!(matches!(failed, Err(LogError::Create { .. })));

    let dir = RunDir::create(base.path()).unwrap();
    RunLog::create(&dir).unwrap();
    let twice = RunLog::create(&dir);
    assert!(matches!(twice, Err(LogError::Write { .. })));
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_enter_a_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let base = tempdir().unwrap();
    let dir = RunDir::create(base.path()).unwrap();
    let mode = fs::metadata(dir.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn a_discarded_run_takes_what_it_made_and_nothing_else() {
    let base = tempdir().unwrap();
    RunDir::create(base.path()).unwrap().discard();
    assert!(base.path().exists());
    RunDir::create(&base.path().join("a/b")).unwrap().discard();
    assert_eq!(fs::read_dir(base.path()).unwrap().count(), 0);

    let used = RunDir::create(&base.path().join("a")).unwrap();
    fs::write(used.path().join("mine"), "").unwrap();
    used.clone().discard();
    assert!(used.path().join("mine").exists());
}
