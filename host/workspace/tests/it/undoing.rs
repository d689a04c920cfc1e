//! The journal, and taking back.

use std::io::Write as _;

use expect_test::expect;
use proptest::prelude::*;
use serde_json::{Value, json};
use workspace::undo::{Options, Outcome, apply, preview};
use workspace::{Journal, JournalError};

use crate::rooms::{Rooms, picture};

fn outcomes(steps: Result<Vec<workspace::undo::Step>, JournalError>) -> Vec<String> {
    let steps = steps.expect("a journal");
    steps
        .into_iter()
        .map(|step| {
            let name = step.path.file_name().expect("a name").display().to_string();
            format!("{} {} {name}: {:?}", step.seq, step.action, step.outcome)
        })
        .collect()
}

fn write(rooms: &Rooms, path: &str, content: &str) {
    let output = rooms.call("write_file", json!({"path": path, "content": content}));
    assert!(!output.is_error, "{output:?}");
}

fn forced() -> Options {
    Options {
        force: true,
        ..Options::default()
    }
}

#[test]
fn one_agent_is_taken_back_and_the_other_stays() {
    let mut rooms = Rooms::new();
    write(&rooms, "a", "A");
    write(&rooms, "both", "A");
    let other = rooms.other_agent("agent2");
    for path in ["b", "both"] {
        other.write(path, b"B", &rooms).expect("written");
    }
    drop(other);
    rooms.run_ends();
    let only = |agent: &str| Options {
        agent: Some(agent.into()),
        ..Options::default()
    };
    let wanted = [
        "2 delete both: Conflict(\"it was changed since\")",
        "1 delete a: Done",
    ];
    assert_eq!(outcomes(apply(&rooms.at("j"), &only("agent1"))), wanted);
    assert_eq!(picture(&rooms.at("w")), ["b 644 \"B\"", "both 644 \"B\""]);
    assert!(outcomes(apply(&rooms.at("j"), &only("agent3"))).is_empty());
}

#[test]
fn a_change_is_taken_back_where_the_file_is_what_the_agent_left() {
    let mut rooms = Rooms::new();
    rooms.put("w/kept", "old");
    rooms.put("w/edited", "old");
    write(&rooms, "kept", "new");
    write(&rooms, "kept", "newer");
    write(&rooms, "edited", "new");
    write(&rooms, "made", "new");
    rooms.put("w/edited", "by a person");
    rooms.run_ends();
    let journal = rooms.at("j");
    expect![[r#"
        [
            "4 delete made: Ready",
            "3 restore 3 bytes edited: Conflict(\"it was changed since\")",
            "2 restore 3 bytes kept: Ready",
            "1 restore 3 bytes kept: Ready",
        ]
    "#]]
    .assert_debug_eq(&outcomes(preview(&journal, &Options::default())));
    assert_eq!(
        rooms.content("w/kept"),
        "newer",
        "a preview changes nothing"
    );
    expect![[r#"
        [
            "4 delete made: Done",
            "3 restore 3 bytes edited: Conflict(\"it was changed since\")",
            "2 restore 3 bytes kept: Done",
            "1 restore 3 bytes kept: Done",
        ]
    "#]]
    .assert_debug_eq(&outcomes(apply(&journal, &Options::default())));
    assert_eq!(rooms.content("w/kept"), "old");
    assert_eq!(rooms.content("w/edited"), "by a person");
    let again = outcomes(apply(&journal, &forced()));
    assert_eq!(again[1], "3 restore 3 bytes edited: Done");
    assert!(
        again
            .iter()
            .enumerate()
            .all(|(at, line)| at == 1 || line.ends_with("Already"))
    );
    assert_eq!(rooms.content("w/edited"), "old");
}

#[test]
fn nothing_is_taken_back_while_the_run_goes_on() {
    let mut rooms = Rooms::new();
    write(&rooms, "a", "A");
    let journal = rooms.at("j");
    let refused = |result: Result<_, JournalError>| {
        let text = result
            .map(drop)
            .expect_err("somebody has it open")
            .to_string();
        text.replace(rooms.base.to_str().expect("text"), "BASE")
    };
    assert_eq!(
        refused(apply(&journal, &forced())),
        "cannot take back BASE/j/journal.jsonl: the run is still going on"
    );
    assert!(
        Journal::open(&journal).is_err(),
        "nor does another run write to it"
    );
    assert_eq!(rooms.content("w/a"), "A");
    assert_eq!(
        outcomes(preview(&journal, &Options::default())),
        ["1 delete a: Ready"]
    );
    rooms.run_ends();
    assert_eq!(
        outcomes(apply(&journal, &Options::default())),
        ["1 delete a: Done"]
    );
}

#[test]
fn a_half_written_last_line_is_left_out_and_written_over() {
    let mut rooms = Rooms::new();
    write(&rooms, "a", "A");
    let path = rooms.at("j/journal.jsonl");
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .expect("a journal");
    file.write_all(b"{\"seq\":2,\"at").expect("half a line");
    rooms.run_ends();
    assert_eq!(
        outcomes(preview(&rooms.at("j"), &Options::default())),
        ["1 delete a: Ready"]
    );
    Journal::open(&rooms.at("j")).expect("reopened");
    let text = std::fs::read_to_string(&path).expect("text");
    assert!(text.ends_with("}\n") && text.lines().count() == 1);
    std::fs::write(&path, "nonsense\n").expect("written");
    assert!(preview(&rooms.at("j"), &Options::default()).is_err());
    assert!(preview(&rooms.at("none"), &Options::default()).is_err());
}

#[test]
fn what_was_too_large_to_keep_is_said_to_be_lost() {
    let mut rooms = Rooms::new();
    let file = std::fs::File::create(rooms.at("w/big")).expect("a file");
    file.set_len(Journal::FILE_CAP + 1).expect("a hole");
    write(&rooms, "big", "small now");
    let lost =
        Outcome::Impossible("it was larger than the 64 MiB that are kept of one file".into());
    rooms.run_ends();
    let steps = apply(&rooms.at("j"), &Options::default()).expect("a journal");
    assert_eq!(steps[0].outcome, lost);
    assert_eq!(rooms.content("w/big"), "small now");
}

#[test]
fn nothing_changes_when_the_journal_cannot_be_written() {
    let rooms = Rooms::new();
    rooms.put("w/a", "old");
    std::fs::remove_dir_all(rooms.at("j")).expect("removed");
    let text = rooms.text("write_file", json!({"path": "a", "content": "new"}));
    assert!(
        text.starts_with("error: BASE/w/a was not changed, because the journal failed"),
        "{text}"
    );
    assert_eq!(rooms.content("w/a"), "old");
}

#[test]
fn a_person_s_file_in_a_made_directory_keeps_the_directory() {
    let mut rooms = Rooms::new();
    rooms.call("create_directory", json!({"path": "d"}));
    write(&rooms, "d/a", "A");
    rooms.put("w/d/mine", "M");
    rooms.run_ends();
    let journal = rooms.at("j");
    let wanted = [
        "2 delete a: Ready",
        "1 delete d: Conflict(\"the directory is not empty\")",
    ];
    assert_eq!(outcomes(preview(&journal, &Options::default())), wanted);
    assert_eq!(outcomes(apply(&journal, &forced()))[1], wanted[1]);
    assert_eq!(picture(&rooms.at("w")), ["d/", "d/mine 644 \"M\""]);
}

const NAMES: [&str; 8] = ["a", "b", "d", "d/a", "d/e", "d/e/f", "g/h", "r1"];

fn operation() -> impl Strategy<Value = (&'static str, Value)> {
    let name = || prop::sample::select(&NAMES[..]);
    let content = "[xyz]{0,3}";
    prop_oneof![
        3 => (name(), content).prop_map(|(path, content)| ("write_file", json!({"path": path, "content": content}))),
        1 => (name(), "[xyz]").prop_map(|(path, old)| ("edit_file", json!({"path": path, "edits": [{"oldText": old, "newText": "w"}]}))),
        2 => name().prop_map(|path| ("create_directory", json!({"path": path}))),
        2 => (name(), name()).prop_map(|(a, b)| ("move_file", json!({"source": a, "destination": b}))),
        2 => name().prop_map(|path| ("delete_file", json!({"path": path, "recursive": true}))),
        2 => (name(), name()).prop_map(|(a, b)| ("copy_file", json!({"source_path": a, "destination_path": b, "overwrite": true}))),
        1 => (name(), name()).prop_map(|(a, b)| ("copy_files_batch", json!({"source_base_path": a, "destination_base_path": b, "overwrite": true}))),
        1 => name().prop_map(|path| ("delete_files_batch", json!({"base_path": path, "include_patterns": ["*a"]}))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_an_agent_did_is_taken_back(operations in prop::collection::vec(operation(), 1..12)) {
        let mut rooms = Rooms::new();
        rooms.put("w/a", "first");
        rooms.put("w/d/e/f", "second");
        rooms.put("w/d/a", "third");
        rooms.link("w/d/l", "e/f");
        let before = picture(&rooms.at("w"));
        let mut worked = 0;
        for (tool, arguments) in operations {
            worked += usize::from(!rooms.call(tool, arguments).is_error);
        }
        let after = picture(&rooms.at("w"));
        prop_assert!(worked > 0 || after == before);
        let foreseen = preview(&rooms.at("j"), &Options::default()).expect("a journal");
        prop_assert_eq!(picture(&rooms.at("w")), after);
        rooms.run_ends();
        let done = apply(&rooms.at("j"), &Options::default()).expect("a journal");
        prop_assert_eq!(picture(&rooms.at("w")), before);
        for (seen, done) in foreseen.iter().zip(&done) {
            let same = matches!((&seen.outcome, &done.outcome), (Outcome::Ready, Outcome::Done) | (Outcome::Already, Outcome::Already));
            prop_assert!(same, "{:?} became {:?}", seen, done);
        }
        let again = apply(&rooms.at("j"), &Options::default()).expect("a journal");
        prop_assert!(again.iter().all(|step| step.outcome == Outcome::Already));
    }
}
