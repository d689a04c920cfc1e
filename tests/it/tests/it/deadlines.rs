//! Time runs out: with an answer the run still succeeds, without one it says so.

use it::{Finished, Massgen, Team, agent_id};
use serde_json::{Value, json};
use support::{Fake, Fault, Script, answer, on};

use crate::scripts::{FINAL, QUESTION, decent};

fn run(script: Script, settings: Value, code: i32) -> Finished {
    let fake = Fake::start(script);
    let team = Team::on(&fake, &["ann", "bob"]).section("timeout_settings", settings);
    let arguments = ["--output", "json", QUESTION];
    Massgen::new()
        .run(&team)
        .args(&arguments)
        .finish()
        .expect(code)
}

fn stalled() -> Script {
    Script::new()
        .rule(on("ann").coordinating(), Fault::Stall)
        .rule(on("bob").coordinating(), Fault::Stall)
}

#[test]
fn without_an_answer() {
    let finished = run(stalled(), json!({"orchestrator_timeout_seconds": 1}), 3);
    let document = finished.document();
    assert_eq!(
        (&document["status"], &document["answer"]),
        (&"deadline".into(), &Value::Null)
    );
    let timeout = finished.events_named("timeout", None);
    assert_eq!(timeout[0]["scope"], "coordination");
}

#[test]
fn with_an_answer() {
    let script = Script::new()
        .rule(on("ann").call(1), answer("Paris"))
        .rule(on("ann").coordinating(), Fault::Stall)
        .rule(on("bob").coordinating(), Fault::Stall);
    let settings = json!({"orchestrator_timeout_seconds": 2});
    let finished = run(decent(script, "ann"), settings, 0);
    let document = finished.document();
    assert_eq!(
        (&document["status"], &document["answer"]),
        (&"partial".into(), &FINAL.into())
    );
    assert_eq!(document["winner"], agent_id("ann"));
}

#[test]
fn in_the_presentation_the_stored_answer_counts() {
    let script = Script::new()
        .rule(on("ann").presenting(), Fault::Stall)
        .rule(on("ann").call(1), answer("Paris, **as stored**"));
    let script = decent(decent(script, "ann"), "bob");
    let finished = run(script, json!({"final_timeout_seconds": 1}), 0);
    let document = finished.document();
    assert_eq!(document["answer"], "Paris, **as stored**");
    assert_eq!(document["status"], "partial");
    let accepted = finished.events_named("final_accepted", None);
    assert_eq!(accepted[0]["status"], "stored");
}

#[test]
fn a_presentation_that_fails_or_is_empty_gives_way_to_the_stored_answer() {
    for fault in [
        Fault::status(400, "no"),
        Fault::PlainJson(support::text(" \n")),
    ] {
        let script = Script::new().rule(on("ann").presenting(), fault.clone());
        let finished = run(decent(decent(script, "ann"), "bob"), json!({}), 0);
        let document = finished.document();
        assert_eq!(
            document["answer"],
            crate::scripts::first_answer("ann"),
            "{fault:?}"
        );
        assert_eq!(document["status"], "partial", "{fault:?}");
    }
}
