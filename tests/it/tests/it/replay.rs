//! A recorded run plays again without its servers.

use it::{Massgen, Team};
use support::Fake;

use crate::scripts::{QUESTION, consensus};

#[test]
fn a_replay_of_one_agent_ends_with_the_same_answer() {
    check(&["ann"]);
}

/// Whoever was faster then is faster now.
#[test]
fn a_replay_of_a_team_ends_with_the_same_answer() {
    for _ in 0..3 {
        check(&["ann", "bob", "cy"]);
    }
}

#[track_caller]
fn check(models: &[&str]) {
    let fake = Fake::start(consensus(models));
    let team = Team::on(&fake, models);
    let first = Massgen::new().run(&team).arg(QUESTION).finish().expect(0);
    let run_dir = first.run_dir();
    let asked = fake.all_requests().len();
    let name = run_dir.file_name().unwrap().to_str().unwrap().to_owned();
    let said = first.stdout.clone();
    let mut sandbox = first.sandbox;
    for run in [name, run_dir.to_str().unwrap().to_owned()] {
        let again = Massgen::again_in(sandbox).args(&[
            "run",
            "--config",
            "team.yaml",
            "--replay",
            &run,
            QUESTION,
        ]);
        let again = again.finish().expect(0);
        assert_eq!(again.stdout, said, "{again}");
        sandbox = again.sandbox;
    }
    assert_eq!(fake.all_requests().len(), asked, "a replay asks no server");
}
