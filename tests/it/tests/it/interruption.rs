//! Ctrl-C and a sudden end: what was reached by then is not lost.

use it::{Massgen, Running, Team, agent_id};
use serde_json::Value;
use support::{Fake, Fault, Script, answer, on};

use crate::scripts::QUESTION;

/// Ann has answered, and then nothing moves any more.
fn stuck(arguments: &[&str]) -> (Running, Fake) {
    let script = Script::new()
        .rule(on("ann").call(1), answer("Paris"))
        .rule(on("ann"), Fault::Stall)
        .rule(on("bob"), Fault::Stall);
    let fake = Fake::start(script);
    let team = Team::on(&fake, &["ann", "bob"]);
    let running = Massgen::new()
        .run(&team)
        .args(arguments)
        .arg(QUESTION)
        .start();
    fake.wait_for("ann", 2);
    fake.wait_for("bob", 1);
    (running, fake)
}

#[test]
fn ctrl_c_keeps_what_there_is() {
    let (running, _fake) = stuck(&["--output", "json"]);
    running.interrupt();
    let finished = running.finish().expect(4);
    let document = finished.document();
    assert_eq!(document["status"], "interrupted");
    assert_eq!(document["answers"][0]["text"], "Paris");
    assert_eq!(document["answers"][0]["agent"], agent_id("ann"));
    let last = finished.events().pop().unwrap();
    assert_eq!(
        (&last["event"], &last["exit_code"]),
        (&"run_finished".into(), &4.into())
    );
}

#[test]
fn ctrl_c_before_any_answer() {
    let fake = Fake::start(Script::new().rule(on("ann"), Fault::Stall));
    let team = Team::on(&fake, &["ann"]);
    let running = Massgen::new()
        .run(&team)
        .args(&["--output", "json", QUESTION])
        .start();
    fake.wait_for("ann", 1);
    running.interrupt();
    let finished = running.finish().expect(4);
    assert_eq!(finished.document()["answer"], Value::Null);
    assert_eq!(finished.document()["status"], "interrupted");
}

#[test]
fn ctrl_c_in_the_presentation_leaves_the_stored_answer() {
    let script = Script::new().rule(on("ann").presenting(), Fault::Stall);
    let fake = Fake::start(script.rule(on("ann"), answer("Paris")));
    let team = Team::on(&fake, &["ann"]);
    let running = Massgen::new()
        .run(&team)
        .args(&["--output", "json", QUESTION])
        .start();
    fake.wait_for("ann", 2);
    running.interrupt();
    let finished = running.finish().expect(4);
    assert_eq!(finished.document()["answer"], "Paris", "{finished}");
}

#[test]
fn after_a_sudden_end_every_line_of_the_log_is_whole() {
    let (running, _fake) = stuck(&[]);
    running.kill();
    let finished = running.finish();
    assert_eq!(finished.status.code(), None, "{finished}");
    let events = finished.events();
    assert_eq!(events[0]["event"], "run_started");
    let answers = finished.events_named("answer_recorded", Some(&agent_id("ann")));
    assert_eq!(answers.len(), 1, "{events:#?}");
}
