//! The forms of output, and a reader that goes away.

use std::fs;

use it::{Massgen, Team};
use support::Fake;

use crate::scripts::{FINAL, QUESTION, consensus};

fn massgen(fake: &Fake) -> Massgen {
    Massgen::new().run(&Team::on(fake, &["ann", "bob"]))
}

#[test]
fn events_on_stdout_are_the_lines_of_the_log() {
    let fake = Fake::start(consensus(&["ann", "bob"]));
    let finished = massgen(&fake)
        .args(&["--output", "events", QUESTION])
        .finish()
        .expect(0);
    assert_eq!(finished.stdout, finished.logged("events.jsonl"));
    assert!(finished.stdout.ends_with('\n'));
}

#[test]
fn an_output_file_holds_the_answer_in_every_form() {
    for form in ["text", "json", "events"] {
        let fake = Fake::start(consensus(&["ann", "bob"]));
        let arguments = ["--output", form, "--output-file", "answer.txt", QUESTION];
        let finished = massgen(&fake).args(&arguments).finish().expect(0);
        let written = fs::read_to_string(finished.sandbox.work().join("answer.txt")).unwrap();
        assert_eq!(written.trim_end_matches('\n'), FINAL, "{form}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_accident() {
    for form in ["text", "json", "events"] {
        let fake = Fake::start(consensus(&["ann", "bob"]));
        let massgen = massgen(&fake).args(&["--output", form, QUESTION]);
        let finished = massgen.closing_stdout_after(1).finish();
        assert!(!finished.stderr.contains("panicked"), "{form}\n{finished}");
        assert!(
            finished.status.code().is_some(),
            "{form}: killed by a signal\n{finished}"
        );
        let last = finished.events().pop().unwrap();
        assert_eq!(last["event"], "run_finished", "{form}\n{finished}");
    }
}

#[test]
fn two_runs_in_one_folder_do_not_touch_each_other() {
    let fake = Fake::start(consensus(&["ann", "bob"]));
    let first = massgen(&fake).arg(QUESTION).finish().expect(0);
    let sandbox = first.sandbox;
    let second = Massgen::again_in(sandbox).args(&["run", "--config", "team.yaml", QUESTION]);
    let second = second.finish().expect(0);
    assert_eq!(second.sandbox.named("events.jsonl").len(), 2);
}
