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
    for (place, agent) in ["ann", "bob"].into_iter().enumerate() {
        let failed = finished.events_named("agent_failed", Some(&agent_id(agent)));
        assert_eq!(failed.len(), 1, "{finished}");
        assert_eq!(
            (&failed[0]["cause"], &failed[0]["final"]),
            (&"run_deadline".into(), &true.into())
        );
        is_cut_off(&finished, place, agent);
    }
}

/// Every place where people and programs look says what the agent waited for.
fn is_cut_off(finished: &Finished, place: usize, agent: &str) {
    let report = &finished.document()["agents"][place];
    assert_eq!(report["id"], agent_id(agent), "{finished}");
    assert_eq!(
        (&report["state"], &report["backend"]),
        (&"cut_off".into(), &"vllm".into())
    );
    let message = report["failure"]["message"].as_str().unwrap_or_default();
    assert!(
        message.starts_with("no reply from vLLM at 127.0.0.1 within "),
        "{finished}"
    );
    assert!(message.ends_with("; the run's time is over"), "{finished}");
    assert!(finished.stderr.contains(message), "{finished}");
    let result: Value = serde_json::from_str(&finished.logged("result.json")).unwrap();
    assert_eq!(result["agents"], finished.document()["agents"]);
}

#[test]
fn a_provider_that_never_answers_costs_its_agent_and_says_so() {
    let script = Script::new().rule(on("bob"), Fault::Stall);
    let settings = json!({"orchestrator_timeout_seconds": 2});
    let finished = run(decent(script, "ann"), settings, 0);
    assert_eq!(finished.document()["status"], "partial", "{finished}");
    assert_eq!(finished.document()["answer"], FINAL, "{finished}");
    let ann = &finished.document()["agents"][0];
    assert_eq!(ann["state"], "voted", "{finished}");
    assert_eq!(ann["failure"], Value::Null, "{finished}");
    is_cut_off(&finished, 1, "bob");
    let said = format!("[{}] failed: no reply from vLLM", agent_id("bob"));
    assert!(finished.stderr.contains(&said), "{finished}");
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
    // Who has answered is cut off too, but not out: it may present.
    let failed = finished.events_named("agent_failed", Some(&agent_id("ann")));
    assert_eq!(failed[0]["final"], false, "{finished}");
    assert_eq!(document["agents"][0]["state"], "cut_off", "{finished}");
    is_cut_off(&finished, 1, "bob");
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
    let failure = &document["agents"][0]["failure"];
    assert_eq!(failure["cause"], "presentation", "{finished}");
    let message = failure["message"].as_str().unwrap_or_default();
    assert!(message.starts_with("no reply from vLLM"), "{finished}");
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
