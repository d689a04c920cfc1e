//! The forms of output, and a reader that goes away.

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, symlink};
use std::path::PathBuf;

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

fn writing_to(name: &str) -> (Massgen, PathBuf, Fake) {
    let fake = Fake::start(consensus(&["ann", "bob"]));
    let massgen = massgen(&fake).args(&["--output-file", name, QUESTION]);
    let work = massgen.sandbox().work();
    (massgen, work, fake)
}

#[test]
fn an_output_file_that_cannot_be_written_costs_no_answer() {
    let (massgen, _, _fake) = writing_to("nowhere/answer.txt");
    let finished = massgen.finish().expect(1);
    assert_eq!(finished.stdout, format!("{FINAL}\n"));
    let folder = finished.run_dir();
    for words in ["nowhere/answer.txt", folder.to_str().unwrap()] {
        assert!(finished.stderr.contains(words), "`{words}`\n{finished}");
    }
}

#[test]
fn an_output_file_may_be_a_link_or_a_device() {
    let (massgen, work, _fake) = writing_to("link");
    symlink("target.txt", work.join("link")).unwrap();
    let finished = massgen.finish().expect(0);
    assert!(work.join("link").is_symlink(), "{finished}");
    assert_eq!(fs::read_to_string(work.join("target.txt")).unwrap(), FINAL);

    let (massgen, work, _fake) = writing_to("null");
    symlink("/dev/null", work.join("null")).unwrap();
    let finished = massgen.finish().expect(0);
    let null = fs::metadata(work.join("null")).unwrap();
    assert!(null.file_type().is_char_device(), "{finished}");
}

#[test]
fn an_output_file_has_the_usual_permissions_and_the_run_its_owners() {
    let (massgen, work, _fake) = writing_to("answer.txt");
    fs::write(work.join("usual"), "").unwrap();
    let finished = massgen.finish().expect(0);
    let mode = |path: PathBuf| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!(mode(work.join("answer.txt")), mode(work.join("usual")));
    assert_eq!(mode(finished.run_dir()), 0o700);
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
