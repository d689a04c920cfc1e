//! What observers are told about each agent: its rounds, its status, the rules it breaks.

use events::RunEvent;
use expect_test::{Expect, expect};

use super::play;
use crate::{Command, Limits, Millis};

/// Runs a script in which no turn takes too long, however much time passes.
fn check(team: &str, script: &str, expected: Expect) {
    let limits = Limits {
        turn: Millis::seconds(9999),
        ..Limits::default()
    };
    expected.assert_eq(&play(limits, team, script, words));
}

fn words(command: &Command) -> Option<String> {
    let Command::Emit { agent, event } = command else {
        return None;
    };
    let said = match event {
        RunEvent::AgentActivated { round, .. } => format!("in round {round}"),
        RunEvent::AgentStatus { status } => format!("{status:?}"),
        RunEvent::RuleViolation {
            attempt, message, ..
        } => format!("broke a rule at attempt {attempt}: {message}"),
        RunEvent::AgentFailed { message, .. } => format!("failed: {message}"),
        RunEvent::RestartRequested { by } => format!("is behind {by}"),
        _ => return None,
    };
    Some(format!("{} {said}", agent.as_ref()?))
}

#[test]
fn each_step_of_an_agent_has_its_status() {
    check(
        "ann bob",
        "
        ann answers Paris
        ann votes ann
        bob answers Rome
        bob votes ann
        ann votes bob
        bob presents Paris.
        ",
        expect![[r#"
            start -> ann in round 0, ann Working, bob in round 0, bob Working
            ann answers Paris -> ann Answered, bob is behind ann, ann in round 1, ann Working
            ann votes ann -> ann Voted
            bob answers Rome -> bob Answered, ann is behind bob, ann Restarting, ann in round 2, ann Working, bob in round 1, bob Working
            bob votes ann -> bob Voted
            ann votes bob -> ann Voted, ann Presenting
            bob presents Paris. -> ann Done, bob Done
        "#]],
    );
}

#[test]
fn only_a_restart_begins_a_new_round() {
    check(
        "ann bob",
        "
        ann breaks
        +1 tick
        ann answers Paris
        bob says hm
        ann answers Oslo
        bob votes ann
        ",
        expect![[r#"
            start -> ann in round 0, ann Working, bob in round 0, bob Working
            ann breaks -> ann failed: broken, ann Retrying
            +1 tick -> ann in round 0, ann Working
            ann answers Paris -> ann Answered, bob is behind ann, ann in round 1, ann Working
            bob says hm -> bob broke a rule at attempt 1: neither an answer nor a vote, bob Restarting, bob in round 1, bob Working
            ann answers Oslo -> ann Answered, bob is behind ann, ann in round 2, ann Working
            bob votes ann -> bob Restarting, bob in round 2, bob Working
        "#]],
    );
}

#[test]
fn a_broken_rule_is_named_at_each_attempt() {
    check(
        "ann bob",
        "ann answers \n ann votes bob \n ann says",
        expect![[r#"
            start -> ann in round 0, ann Working, bob in round 0, bob Working
            ann answers -> ann broke a rule at attempt 1: an empty answer
            ann votes bob -> ann broke a rule at attempt 2: a vote, but there is no answer yet
            ann says -> ann broke a rule at attempt 3: neither an answer nor a vote, ann failed: still neither an answer nor a vote at attempt 3, ann Retrying
        "#]],
    );
    check(
        "ann bob",
        "bob answers Rome \n ann votes bob",
        expect![[r#"
            start -> ann in round 0, ann Working, bob in round 0, bob Working
            bob answers Rome -> bob Answered, ann is behind bob, bob in round 1, bob Working
            ann votes bob -> ann broke a rule at attempt 1: a vote, but there is no answer yet, ann Restarting, ann in round 1, ann Working
        "#]],
    );
}

#[test]
fn at_the_deadline_only_live_agents_that_have_not_settled_time_out() {
    check(
        "ann bob cid dan",
        "
        ann answers Paris
        bob says hm
        bob votes ann
        cid dies
        dan breaks
        +1800 tick
        ",
        expect![[r#"
            start -> ann in round 0, ann Working, bob in round 0, bob Working, cid in round 0, cid Working, dan in round 0, dan Working
            ann answers Paris -> ann Answered, bob is behind ann, cid is behind ann, dan is behind ann, ann in round 1, ann Working
            bob says hm -> bob broke a rule at attempt 1: neither an answer nor a vote, bob Restarting, bob in round 1, bob Working
            bob votes ann -> bob Voted
            cid dies -> cid failed: broken, cid Failed
            dan breaks -> dan failed: broken, dan Retrying
            +1800 tick -> ann failed: the run's time is over, ann Timeout, dan failed: the run's time is over, dan Timeout, ann Presenting
        "#]],
    );
}
