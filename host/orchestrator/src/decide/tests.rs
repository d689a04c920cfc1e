//! The table of orchestration §1.4, row by row, and what we added to it.

use expect_test::{Expect, expect};
use serde_json::json;

use super::*;

/// What the agent saw: `agent1.1` "Paris", `agent3.2` "Rome", of another agent each.
fn two_answers() -> Vec<VisibleAnswer> {
    let shown = |position, number, text: &str| VisibleAnswer {
        label: Label::agent(position).answer(number),
        text: text.to_owned(),
        own: false,
    };
    vec![shown(1, 1, "Paris"), shown(3, 2, "Rome")]
}

const FIRST: Situation<'static> = Situation {
    frozen: &[],
    may_answer: true,
    restart_pending: false,
    last_attempt: false,
};

fn call(name: &str, arguments: Value) -> Call {
    Call {
        id: String::new(),
        name: name.to_owned(),
        arguments,
    }
}

fn answer(text: &str) -> Call {
    call(NEW_ANSWER, json!({"content": text}))
}

fn vote(target: &str) -> Call {
    call(VOTE, json!({"agent_id": target, "reason": "why"}))
}

fn reply(text: &str, calls: impl IntoIterator<Item = Call>) -> Response {
    let numbered = calls.into_iter().zip(1..);
    Response {
        text: text.to_owned(),
        calls: numbered
            .map(|(call, n)| Call {
                id: format!("c{n}"),
                ..call
            })
            .collect(),
        finish: FinishReason::Stop,
    }
}

/// The decision in all four situations that depend on time: with and without a pending restart,
/// at an attempt with others after it and at the last one.
fn check(response: &Response, frozen: &[VisibleAnswer], may_answer: bool, expected: Expect) {
    let mut table = String::new();
    for (name, last_attempt, restart_pending) in [
        ("early", false, false),
        ("early, restart", false, true),
        ("last", true, false),
        ("last, restart", true, true),
    ] {
        let situation = Situation {
            frozen,
            may_answer,
            restart_pending,
            last_attempt,
        };
        table += &format!("{name}: {}\n", line(decide(response, situation)));
    }
    expected.assert_eq(&table);
}

fn line(decision: Decision) -> String {
    match decision {
        Decision::Answer { text, source } => format!("answer {text:?} by {source:?}"),
        Decision::Vote { target, reason } => format!("vote {target} because {reason:?}"),
        Decision::DiscardVote => "discard vote".to_owned(),
        Decision::Abstain => "abstain".to_owned(),
        Decision::Restart(rejection) => format!("restart ({rejection})"),
        Decision::Fail(rejection) => format!("fail ({rejection})"),
        Decision::Retry { replies, .. } => {
            format!(
                "retry {}",
                replies.iter().map(told).collect::<Vec<_>>().join(", ")
            )
        }
    }
}

fn told(reply: &Reply) -> String {
    let text = |kind: &ReplyKind| match kind {
        ReplyKind::Rejected(rejection) => rejection.to_string(),
        ReplyKind::AlsoRejected => "also rejected".to_owned(),
        ReplyKind::NotOffered => "not offered".to_owned(),
    };
    match reply {
        Reply::ToolResult { call_id, kind, .. } => format!("{call_id}: {}", text(kind)),
        Reply::UserMessage(kind) => format!("message: {}", text(kind)),
    }
}

#[test]
fn a_valid_answer_is_taken_although_a_restart_is_pending() {
    check(
        &reply("", [answer(" Oslo\n")]),
        &two_answers(),
        true,
        expect![[r#"
            early: answer " Oslo\n" by Tool
            early, restart: answer " Oslo\n" by Tool
            last: answer " Oslo\n" by Tool
            last, restart: answer " Oslo\n" by Tool
        "#]],
    );
}

#[test]
fn a_valid_vote_counts_unless_a_restart_is_pending() {
    check(
        &reply("", [vote("agent3")]),
        &two_answers(),
        true,
        expect![[r#"
            early: vote agent3 because "why"
            early, restart: discard vote
            last: vote agent3 because "why"
            last, restart: discard vote
        "#]],
    );
}

#[test]
fn row_1_several_votes() {
    let response = reply("", [vote("agent1"), vote("agent1"), answer("x")]);
    check(
        &response,
        &two_answers(),
        true,
        expect![[r#"
        early: retry c1: 2 votes in one reply, c2: also rejected, c3: also rejected
        early, restart: restart (2 votes in one reply)
        last: fail (2 votes in one reply)
        last, restart: restart (2 votes in one reply)
    "#]],
    );
}

#[test]
fn row_2_vote_and_answer() {
    check(
        &reply("", [answer("x"), vote("agent1")]),
        &two_answers(),
        true,
        expect![[r#"
            early: retry c1: a vote and an answer in one reply, c2: also rejected
            early, restart: restart (a vote and an answer in one reply)
            last: fail (a vote and an answer in one reply)
            last, restart: restart (a vote and an answer in one reply)
        "#]],
    );
}

#[test]
fn row_2_several_answers() {
    check(
        &reply("", [answer("x"), answer("y")]),
        &[],
        true,
        expect![[r#"
            early: retry c1: 2 answers in one reply, c2: also rejected
            early, restart: restart (2 answers in one reply)
            last: fail (2 answers in one reply)
            last, restart: restart (2 answers in one reply)
        "#]],
    );
}

#[test]
fn row_3_vote_without_any_answer() {
    check(
        &reply("I vote", [vote("agent1")]),
        &[],
        true,
        expect![[r#"
        early: retry c1: a vote, but there is no answer yet
        early, restart: restart (a vote, but there is no answer yet)
        last: fail (a vote, but there is no answer yet)
        last, restart: restart (a vote, but there is no answer yet)
    "#]],
    );
}

#[test]
fn row_4_vote_for_somebody_unknown_or_without_an_answer() {
    check(
        &reply("", [vote("agent2")]),
        &two_answers(),
        true,
        expect![[r#"
            early: retry c1: a vote for `agent2`, who is unknown
            early, restart: restart (a vote for `agent2`, who is unknown)
            last: fail (a vote for `agent2`, who is unknown)
            last, restart: restart (a vote for `agent2`, who is unknown)
        "#]],
    );
}

#[test]
fn row_5_duplicate_of_a_visible_answer() {
    check(
        &reply("", [answer(" Paris \n")]),
        &two_answers(),
        true,
        expect![[r#"
            early: retry c1: an answer that repeats agent1.1
            early, restart: restart (an answer that repeats agent1.1)
            last: abstain
            last, restart: restart (an answer that repeats agent1.1)
        "#]],
    );
}

#[test]
fn row_5_white_space_at_the_ends_makes_no_difference_but_inside_it_does() {
    let frozen = [VisibleAnswer {
        label: Label::agent(1).answer(1),
        text: "if rain:\n    stay()\ngo()".to_owned(),
        own: false,
    }];
    let judged = |text: &str| {
        line(decide(
            &reply("", [answer(text)]),
            Situation {
                frozen: &frozen,
                ..FIRST
            },
        ))
    };
    assert_eq!(
        judged("\n if rain:\n    stay()\ngo() \n"),
        "retry c1: an answer that repeats agent1.1"
    );
    assert_eq!(
        judged("if rain:\n    stay()\n    go()"),
        r#"answer "if rain:\n    stay()\n    go()" by Tool"#
    );
}

#[test]
fn row_6_plain_text_before_any_answer() {
    check(
        &reply("It is Paris.", []),
        &[],
        true,
        expect![[r#"
        early: retry message: neither an answer nor a vote
        early, restart: restart (neither an answer nor a vote)
        last: answer "It is Paris." by Text
        last, restart: answer "It is Paris." by Text
    "#]],
    );
}

#[test]
fn row_6_plain_text_when_there_are_answers() {
    check(
        &reply("It is Paris.", []),
        &two_answers(),
        true,
        expect![[r#"
            early: retry message: neither an answer nor a vote
            early, restart: restart (neither an answer nor a vote)
            last: abstain
            last, restart: restart (neither an answer nor a vote)
        "#]],
    );
}

#[test]
fn row_6_nothing_at_all() {
    check(
        &reply(" \n", []),
        &[],
        true,
        expect![[r#"
        early: retry message: neither an answer nor a vote
        early, restart: restart (neither an answer nor a vote)
        last: fail (neither an answer nor a vote)
        last, restart: restart (neither an answer nor a vote)
    "#]],
    );
    check(
        &reply("", []),
        &two_answers(),
        true,
        expect![[r#"
        early: retry message: neither an answer nor a vote
        early, restart: restart (neither an answer nor a vote)
        last: fail (neither an answer nor a vote)
        last, restart: restart (neither an answer nor a vote)
    "#]],
    );
}

#[test]
fn row_6_other_tools_get_their_results_too() {
    let response = reply("", [call("search", json!({})), call("submit", json!({}))]);
    check(
        &response,
        &[],
        true,
        expect![[r#"
        early: retry c1: not offered, c2: not offered, message: neither an answer nor a vote
        early, restart: restart (neither an answer nor a vote)
        last: fail (neither an answer nor a vote)
        last, restart: restart (neither an answer nor a vote)
    "#]],
    );
}

#[test]
fn row_7_empty_answer() {
    check(
        &reply("", [answer(" ")]),
        &[],
        true,
        expect![[r#"
        early: retry c1: an empty answer
        early, restart: restart (an empty answer)
        last: fail (an empty answer)
        last, restart: restart (an empty answer)
    "#]],
    );
}

#[test]
fn an_answer_after_the_last_allowed_one() {
    check(
        &reply("", [answer("Oslo")]),
        &two_answers(),
        false,
        expect![[r#"
            early: retry c1: an answer after its last allowed one
            early, restart: restart (an answer after its last allowed one)
            last: abstain
            last, restart: restart (an answer after its last allowed one)
        "#]],
    );
}

#[test]
fn arguments_that_are_no_object() {
    check(
        &reply("", [call(VOTE, json!("agent1"))]),
        &two_answers(),
        true,
        expect![[r#"
            early: retry c1: tool arguments that are no JSON object
            early, restart: restart (tool arguments that are no JSON object)
            last: fail (tool arguments that are no JSON object)
            last, restart: restart (tool arguments that are no JSON object)
        "#]],
    );
}

#[test]
fn other_tools_beside_a_valid_answer_do_not_matter() {
    let response = reply("", [call("search", json!({})), answer("Oslo")]);
    check(
        &response,
        &two_answers(),
        true,
        expect![[r#"
        early: answer "Oslo" by Tool
        early, restart: answer "Oslo" by Tool
        last: answer "Oslo" by Tool
        last, restart: answer "Oslo" by Tool
    "#]],
    );
}

#[test]
fn without_the_argument_the_text_beside_the_call_is_the_answer() {
    let response = reply("It is Paris.", [call(NEW_ANSWER, json!({}))]);
    check(
        &response,
        &[],
        true,
        expect![[r#"
        early: answer "It is Paris." by Tool
        early, restart: answer "It is Paris." by Tool
        last: answer "It is Paris." by Tool
        last, restart: answer "It is Paris." by Tool
    "#]],
    );
}

#[test]
fn a_vote_may_name_the_answer_but_not_an_older_one() {
    let frozen = two_answers();
    let target = |given: &str| {
        line(decide(
            &reply("", [vote(given)]),
            Situation {
                frozen: &frozen,
                ..FIRST
            },
        ))
    };
    assert_eq!(target(" agent3 "), "vote agent3 because \"why\"");
    assert_eq!(target("agent3.2"), "vote agent3 because \"why\"");
    assert_eq!(
        target("agent3.1"),
        "retry c1: a vote for `agent3.1`, who is unknown"
    );
    assert_eq!(target("ann"), "retry c1: a vote for `ann`, who is unknown");
}

#[test]
fn a_reply_that_was_cut_off_is_told_so() {
    let response = Response {
        finish: FinishReason::Length,
        ..reply("It is", [])
    };
    assert_eq!(
        line(decide(&response, FIRST)),
        "retry message: cut off before any decision"
    );
}
