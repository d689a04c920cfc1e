//! A plugin that breaks the contract in our own process: its agent is out, the run is not.

use std::thread;

use it::{Massgen, Team, agent_id};
use serde_json::json;
use support::{Fake, Script};

use crate::scripts::{FINAL, QUESTION, decent};

/// Ways to misbehave after which the agent cannot have taken part.
const FATAL: [&str; 12] = [
    "panic_in_open",
    "panic_in_step",
    "repeat_ticket",
    "zero_ticket",
    "never_ends",
    "endless_loop",
    "flood",
    "too_many_ops",
    "huge_payload",
    "no_done",
    "garbage_kinds",
    "allocate",
];

/// Ways that the host corrects or bears.
const BORNE: [&str; 6] = [
    "decent",
    "panic_in_drop",
    "after_done",
    "two_dones",
    "slow_step",
    "print",
];

#[test]
fn whatever_a_plugin_does_the_others_answer_wins() {
    let fatal = FATAL.map(|way| thread::spawn(move || check(way, true)));
    let borne = BORNE.map(|way| thread::spawn(move || check(way, false)));
    let runs = fatal.into_iter().chain(borne);
    let failed = runs
        .map(thread::JoinHandle::join)
        .filter(Result::is_err)
        .count();
    assert_eq!(
        failed, 0,
        "so many ways were not survived; their messages are above"
    );
}

fn check(way: &str, fatal: bool) {
    let fake = Fake::start(decent(Script::new(), "ann"));
    let backend = json!({"type": "rude", "misbehave": way});
    let team = Team::on(&fake, &["ann"])
        .agent("boor", backend)
        .impatient(5);
    let massgen = Massgen::with_fixtures().run(&team);
    let finished = massgen.args(&["--output", "json", QUESTION]).finish();
    assert_eq!(finished.status.code(), Some(0), "{way}\n{finished}");
    // Whatever a plugin prints: stdout is the document and nothing else.
    let document = finished.document();
    assert_eq!(document["answer"], FINAL, "{way}\n{finished}");
    assert_eq!(document["winner"], agent_id("ann"), "{way}\n{finished}");
    let failed = finished.events_named("agent_failed", Some("boor"));
    let out = failed.iter().any(|it| it["final"] == true);
    assert!(out || !fatal, "{way}: the agent is not out\n{finished}");
    if way == "endless_loop" {
        assert!(
            failed[0]["message"].as_str().unwrap().contains("`step`"),
            "{finished}"
        );
    }
}

#[test]
fn what_a_plugin_prints_does_not_stand_beside_the_answer() {
    let arguments = ["run", "--config", "team.yaml", QUESTION];
    let yaml =
        |way| format!("agents:\n  - id: ann\n    backend: {{type: rude, misbehave: {way}}}\n");
    let run = |way| {
        let massgen = Massgen::with_fixtures().file("team.yaml", &yaml(way));
        massgen.args(&arguments).finish().expect(0)
    };
    let printed = run("print");
    assert_eq!(printed.stdout, run("decent").stdout, "{printed}");
    assert!(
        printed.stderr.contains("a plugin must not print"),
        "{printed}"
    );
}

/// Before the run there is nobody yet who could go on without it.
#[test]
fn a_plugin_that_panics_while_it_is_made_is_an_unfit_one() {
    let yaml = "agents:\n  - id: ann\n    backend: {type: rude, misbehave: panic_in_create}\n";
    let massgen = Massgen::with_fixtures().file("team.yaml", yaml);
    let finished = massgen
        .args(&["run", "--config", "team.yaml", QUESTION])
        .finish()
        .expect(1);
    assert!(finished.stderr.contains("team.yaml:"), "{finished}");
    assert!(
        finished.stderr.contains("told to panic in create"),
        "{finished}"
    );
}
