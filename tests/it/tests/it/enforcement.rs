//! Replies that break a rule: the model is told, in a conversation that every provider accepts,
//! and may try again.

use it::{Finished, Massgen, Team, agent_id};
use serde_json::json;
use support::{Fake, Reply, Script, Target, When, answer, call, on, text, vote};

use crate::scripts::{FINAL, QUESTION, assert_told_well, decent, first_answer};

/// Bob is decent; Ann begins every conversation that `when` matches with this reply.
fn run(when: fn(When) -> When, reply: Reply) -> (Finished, Fake) {
    let script = Script::new().rule(when(on("ann").attempt(1)).coordinating(), reply);
    let script = decent(decent(script, "ann"), "bob");
    let fake = Fake::start(script);
    let massgen = Massgen::new().run(&Team::on(&fake, &["bob", "ann"]));
    let finished = massgen.arg(QUESTION).finish().expect(0);
    assert_eq!(finished.stdout, format!("{FINAL}\n"));
    (finished, fake)
}

/// Checks that Ann was told off for this, in words that hold `said`, and then did better.
#[track_caller]
fn check(when: fn(When) -> When, reply: Reply, violation: &str, said: &str) {
    let (finished, fake) = run(when, reply);
    assert_told_well(&fake);
    let violations = finished.events_named("rule_violation", Some(&agent_id("ann")));
    assert!(!violations.is_empty(), "{finished}");
    for event in violations {
        assert_eq!(event["kind"], violation);
    }
    let requests = fake.requests("ann");
    let second = requests.iter().find(|it| it.attempt() == 2);
    let second = second.unwrap_or_else(|| panic!("there was no second attempt\n{finished}"));
    let told: String = second.messages()[3..]
        .iter()
        .map(|it| it["content"].to_string())
        .collect();
    assert!(told.contains(said), "`{said}` is not in: {told}");
}

fn with_answers(when: When) -> When {
    when.offering("vote")
}

fn whenever(when: When) -> When {
    when
}

#[test]
fn an_empty_answer() {
    check(
        whenever,
        answer(" \n"),
        "empty_answer",
        "the answer is empty",
    );
}

#[test]
fn an_answer_that_is_there_already() {
    let copy = format!("  {}\n", first_answer("bob"));
    check(with_answers, answer(&copy), "duplicate_answer", "agent1");
}

#[test]
fn no_tool_at_all() {
    check(
        whenever,
        text("I think it is Paris."),
        "no_decision",
        "new_answer",
    );
}

#[test]
fn a_tool_that_is_not_on_offer() {
    check(
        whenever,
        call("web_search", json!({"q": "France"})),
        "no_decision",
        "web_search",
    );
}

#[test]
fn a_vote_for_nobody_we_know() {
    let stranger = vote(Target::Label("agent9".into()));
    check(with_answers, stranger, "unknown_target", "agent9");
}

#[test]
fn two_votes() {
    let twice = vote(Target::FirstOffered).and_vote(Target::FirstOffered);
    check(with_answers, twice, "several_votes", "2 times");
}

#[test]
fn two_answers() {
    let twice = answer("Paris").and_call("new_answer", json!({"content": "Lyon"}));
    check(whenever, twice, "several_answers", "2 answers");
}

#[test]
fn both_tools() {
    let both = answer("Lyon").and_vote(Target::FirstOffered);
    check(with_answers, both, "vote_and_answer", "both");
}

#[test]
fn arguments_that_are_no_json() {
    let raw = text("").and_raw_call("new_answer", "content: Paris");
    check(whenever, raw, "bad_arguments", "JSON");
}

/// Alone, because a peer's answer would give her something to vote for.
#[test]
fn a_vote_before_there_is_an_answer() {
    let early = vote(Target::Label("agent1".into()));
    let script = Script::new().rule(on("ann").call(1), early);
    let fake = Fake::start(decent(script, "ann"));
    let massgen = Massgen::new().run(&Team::on(&fake, &["ann"]));
    let finished = massgen.arg(QUESTION).finish().expect(0);
    assert_told_well(&fake);
    let violations = finished.events_named("rule_violation", None);
    assert_eq!(violations.len(), 1, "{finished}");
    assert_eq!(violations[0]["kind"], "nothing_to_vote_for");
}

/// Within one activation every request repeats the one before it and adds to its end.
#[test]
fn a_second_attempt_goes_on_where_the_first_one_ended() {
    let (_finished, fake) = run(whenever, text("I think it is Paris."));
    let requests = fake.requests("ann");
    let pairs = requests.windows(2).filter(|it| it[1].attempt() == 2);
    let mut seen = 0;
    for pair in pairs {
        let before = pair[0].messages();
        assert_eq!(before, &pair[1].messages()[..before.len()]);
        assert_eq!(pair[0].body["tools"], pair[1].body["tools"]);
        seen += 1;
    }
    assert!(seen > 0);
}
