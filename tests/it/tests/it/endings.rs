//! Runs without an answer: the exit code says why, and the document is printed all the same.

use it::{Finished, Massgen, Team, agent_id};
use serde_json::{Value, json};
use support::{Fake, Fault, Script, When};

use crate::scripts::QUESTION;

fn run(arguments: &[&str]) -> Finished {
    let script = Script::new().rule(When::always(), Fault::status(401, "who are you?"));
    let fake = Fake::start(script);
    let massgen = Massgen::new().run(&Team::on(&fake, &["ann", "bob"]));
    massgen.args(arguments).arg(QUESTION).finish().expect(2)
}

#[test]
fn when_all_agents_fail_the_document_has_no_answer() {
    let finished = run(&["--output", "json"]);
    let document = finished.document();
    assert_eq!(document["status"], "failed");
    assert_eq!(
        (&document["answer"], &document["winner"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        (&document["answers"], &document["votes"]),
        (&json!([]), &json!([]))
    );
    let last = finished.events().pop().unwrap();
    assert_eq!(
        (&last["event"], &last["exit_code"]),
        (&"run_finished".into(), &2.into())
    );
}

#[test]
fn when_all_agents_fail_quiet_runs_say_so_too() {
    let finished = run(&["--quiet"]);
    assert_eq!(finished.stdout, "");
    for words in ["who are you?", "no answer: every agent failed"] {
        assert!(finished.stderr.contains(words), "`{words}`\n{finished}");
    }
}

#[test]
fn when_all_agents_fail_stderr_says_why_and_stdout_says_nothing() {
    let finished = run(&[]);
    assert_eq!(finished.stdout, "");
    assert!(finished.stderr.contains("who are you?"), "{finished}");
    for model in ["ann", "bob"] {
        assert!(finished.stderr.contains(&agent_id(model)), "{finished}");
    }
}
