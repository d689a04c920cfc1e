//! The rules by script: what the agents do on the left, what is commanded on the right.
//!
//! A line is `[+SECONDS] AGENT VERB [TEXT]`; without an agent it is `interrupt` or `tick`. Time
//! stands still but for `+SECONDS`.

use events::{Call, FinishReason, Response, RunEvent, VisibleAnswer};
use expect_test::{Expect, expect};
use serde_json::json;

use crate::{Command, Coordination, Failure, Input, Limits, Millis};

/// Runs a script with the default limits.
fn check(team: &str, script: &str, expected: Expect) {
    check_with(Limits::default(), team, script, expected);
}

fn check_with(limits: Limits, team: &str, script: &str, expected: Expect) {
    let team = team.split_whitespace().map(events::AgentId::from);
    let mut rules = Coordination::new(team, limits);
    let mut now = Millis::default();
    let mut log = format!("start -> {}\n", summary(&rules.start(now)));
    for step in script
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
    {
        let commands = take_step(&mut rules, &mut now, step);
        log += &format!("{step} -> {}\n", summary(&commands));
    }
    expected.assert_eq(&log);
}

fn take_step(rules: &mut Coordination, now: &mut Millis, step: &str) -> Vec<Command> {
    let mut words = step.split_whitespace().peekable();
    if let Some(seconds) = words.peek().and_then(|word| word.strip_prefix('+')) {
        *now = *now + Millis::seconds(seconds.parse().unwrap());
        words.next();
    }
    match words.next().unwrap() {
        "tick" => rules.on_deadline(*now),
        "interrupt" => rules.on(*now, Input::Interrupted),
        agent => {
            let verb = words.next().unwrap();
            let rest = words.collect::<Vec<_>>().join(" ");
            let input = input(rules, agent, verb, &rest);
            rules.on(*now, input)
        }
    }
}

fn input(rules: &Coordination, agent: &str, verb: &str, rest: &str) -> Input {
    let failure = |retryable| Failure {
        retryable,
        code: events::FaultCode::UPSTREAM,
        message: "broken".to_owned(),
        retry_after: Millis::default(),
    };
    let seat = rules
        .seats
        .iter()
        .find(|seat| seat.id.as_str() == agent)
        .unwrap();
    let (agent, activation) = (seat.id.clone(), seat.activation);
    let response = match verb {
        "answers" => reply("", Some(("new_answer", json!({"content": rest})))),
        "votes" => {
            let target = rules
                .seats
                .iter()
                .find(|seat| seat.id.as_str() == rest)
                .unwrap();
            let target = target.label.to_string();
            reply(
                "",
                Some(("vote", json!({"agent_id": target, "reason": "why"}))),
            )
        }
        "says" => reply(rest, None),
        "breaks" => {
            return Input::Failed {
                agent,
                activation,
                failure: failure(true),
            };
        }
        "dies" => {
            return Input::Failed {
                agent,
                activation,
                failure: failure(false),
            };
        }
        "presents" => {
            return Input::Presented {
                text: rest.to_owned(),
            };
        }
        "stumbles" => {
            return Input::PresentationFailed {
                failure: failure(true),
            };
        }
        other => panic!("no such verb: {other}"),
    };
    Input::Responded {
        agent,
        activation,
        response,
    }
}

fn reply(text: &str, call: Option<(&str, serde_json::Value)>) -> Response {
    let call = call.map(|(name, arguments)| Call {
        id: "c1".to_owned(),
        name: name.to_owned(),
        arguments,
    });
    Response {
        text: text.to_owned(),
        calls: call.into_iter().collect(),
        finish: FinishReason::Stop,
    }
}

fn summary(commands: &[Command]) -> String {
    commands
        .iter()
        .filter_map(words)
        .collect::<Vec<_>>()
        .join(", ")
}

/// A command in words; remarks that other words already say are left out.
fn words(command: &Command) -> Option<String> {
    Some(match command {
        Command::StartTurn {
            agent,
            activation,
            visible,
            may_answer,
            may_vote,
            ..
        } => {
            let only = match (may_answer, may_vote) {
                (true, true) => "",
                (true, false) => " to answer",
                (false, _) => " to vote",
            };
            format!("start {agent} #{activation}{}{only}", shown(visible))
        }
        Command::ContinueTurn {
            agent,
            activation,
            attempt,
            ..
        } => {
            format!("ask {agent} #{activation} again ({attempt})")
        }
        Command::CancelTurn { agent, activation } => format!("cancel {agent} #{activation}"),
        Command::Present {
            agent,
            answers,
            votes,
            ..
        } => {
            format!(
                "present {agent}{} with {} votes",
                shown(answers),
                votes.len()
            )
        }
        Command::Emit { event, agent } => {
            let agent = agent
                .as_ref()
                .map(|agent| format!("{agent} "))
                .unwrap_or_default();
            format!("{agent}{}", remark(event)?)
        }
        Command::Finish(outcome) => format!(
            "finish {:?}: {} of {}, {} answers, {} votes",
            outcome.status,
            outcome.answer.as_deref().unwrap_or("nothing"),
            outcome
                .winner
                .as_ref()
                .map_or("nobody", events::AgentId::as_str),
            outcome.answers.len(),
            outcome.votes.len(),
        ),
    })
}

fn shown(visible: &[VisibleAnswer]) -> String {
    let labels = visible
        .iter()
        .map(|it| format!("{}{}", it.label, if it.own { "!" } else { "" }));
    format!(" [{}]", labels.collect::<Vec<_>>().join(" "))
}

fn remark(event: &RunEvent) -> Option<String> {
    Some(match event {
        RunEvent::AnswerRecorded { label, .. } => format!("answered {label}"),
        RunEvent::VoteRecorded { target_label, .. } => format!("voted {target_label}"),
        RunEvent::VoteDiscarded { cause } => format!("loses its vote ({cause:?})"),
        RunEvent::Abstained => "abstained".to_owned(),
        RunEvent::AgentFailed {
            retry_in_ms: Some(ms),
            ..
        } => format!("rests {ms} ms"),
        RunEvent::AgentFailed { .. } => "is out".to_owned(),
        RunEvent::ConsensusReached => "consensus".to_owned(),
        RunEvent::Timeout { scope } => format!("{scope:?} timeout"),
        RunEvent::WinnerSelected { winner, tie, .. } => {
            format!("{winner} wins{}", if *tie { " a tie" } else { "" })
        }
        RunEvent::FinalRejected { kind, .. } => format!("rejected ({kind:?})"),
        _ => return None,
    })
}

#[test]
fn an_answer_restarts_everybody_and_votes_end_the_run() {
    check(
        "ann bob",
        "
        ann answers Paris
        bob votes ann
        bob votes ann
        ann votes ann
        ann presents It is Paris.
        ",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            ann answers Paris -> ann answered agent1.1, start ann #2 [agent1.1!]
            bob votes ann -> start bob #2 [agent1.1]
            bob votes ann -> bob voted agent1.1
            ann votes ann -> ann voted agent1.1, consensus, ann wins, present ann [agent1.1!] with 2 votes
            ann presents It is Paris. -> finish Ok: It is Paris. of ann, 1 answers, 2 votes
        "#]],
    );
}

#[test]
fn a_new_answer_voids_every_vote() {
    check(
        "ann bob cid",
        "
        ann answers Paris
        bob answers Rome
        ann votes bob
        ann votes bob
        cid votes ann
        cid answers Oslo
        ",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer, start cid #1 [] to answer
            ann answers Paris -> ann answered agent1.1, start ann #2 [agent1.1!]
            bob answers Rome -> bob answered agent2.1, start bob #2 [agent1.1 agent2.1!]
            ann votes bob -> start ann #3 [agent1.1! agent2.1]
            ann votes bob -> ann voted agent2.1
            cid votes ann -> start cid #2 [agent1.1 agent2.1]
            cid answers Oslo -> cid answered agent3.1, ann loses its vote (NewAnswer), start ann #4 [agent1.1! agent2.1 agent3.1], start cid #3 [agent1.1 agent2.1 agent3.1!]
        "#]],
    );
}

#[test]
fn an_answer_is_accepted_although_a_newer_one_was_not_seen() {
    check(
        "ann bob",
        "
        ann answers Paris
        bob answers Rome
        bob answers Paris
        ann answers Oslo
        ",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            ann answers Paris -> ann answered agent1.1, start ann #2 [agent1.1!]
            bob answers Rome -> bob answered agent2.1, start bob #2 [agent1.1 agent2.1!]
            bob answers Paris -> ask bob #2 again (2)
            ann answers Oslo -> ann answered agent1.2, start ann #3 [agent1.2! agent2.1]
        "#]],
    );
}

#[test]
fn a_rule_broken_under_a_pending_restart_restarts_at_once() {
    check(
        "ann bob",
        "bob says hm \n ann answers Paris \n bob says hm",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            bob says hm -> ask bob #1 again (2)
            ann answers Paris -> ann answered agent1.1, start ann #2 [agent1.1!]
            bob says hm -> start bob #2 [agent1.1]
        "#]],
    );
}

#[test]
fn plain_text_at_the_last_attempt_answers_and_then_abstains() {
    check(
        "ann bob",
        "
        ann says Paris
        ann says Paris
        ann says It is Paris.
        bob says Rome
        bob says Rome
        bob says Rome
        bob says Rome
        ann says Paris
        ann says Paris
        ann says Paris
        ann presents Done.
        ",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            ann says Paris -> ask ann #1 again (2)
            ann says Paris -> ask ann #1 again (3)
            ann says It is Paris. -> ann answered agent1.1, start ann #2 [agent1.1!]
            bob says Rome -> start bob #2 [agent1.1]
            bob says Rome -> ask bob #2 again (2)
            bob says Rome -> ask bob #2 again (3)
            bob says Rome -> bob abstained
            ann says Paris -> ask ann #2 again (2)
            ann says Paris -> ask ann #2 again (3)
            ann says Paris -> ann abstained, consensus, ann wins, present ann [agent1.1!] with 0 votes
            ann presents Done. -> finish Ok: Done. of ann, 1 answers, 0 votes
        "#]],
    );
}

#[test]
fn an_abstention_is_void_after_a_new_answer() {
    check(
        "ann bob",
        "
        ann answers Paris
        bob answers Rome
        ann answers Paris
        ann says fine
        ann says fine
        ann says fine
        bob answers Oslo
        ",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            ann answers Paris -> ann answered agent1.1, start ann #2 [agent1.1!]
            bob answers Rome -> bob answered agent2.1, start bob #2 [agent1.1 agent2.1!]
            ann answers Paris -> start ann #3 [agent1.1! agent2.1]
            ann says fine -> ask ann #3 again (2)
            ann says fine -> ask ann #3 again (3)
            ann says fine -> ann abstained
            bob answers Oslo -> bob answered agent2.2, start ann #4 [agent1.1! agent2.2], start bob #3 [agent1.1 agent2.2!]
        "#]],
    );
}

#[test]
fn a_lone_agent_presents_its_answer_without_a_vote() {
    check(
        "ann",
        "ann answers Paris \n ann presents It is Paris.",
        expect![[r#"
            start -> start ann #1 [] to answer
            ann answers Paris -> ann answered agent1.1, consensus, ann wins, present ann [agent1.1!] with 0 votes
            ann presents It is Paris. -> finish Ok: It is Paris. of ann, 1 answers, 0 votes
        "#]],
    );
}

#[test]
fn the_last_live_agent_with_the_only_answer_stops_judging_itself() {
    check(
        "ann bob",
        "ann answers Paris \n bob dies \n ann presents Paris!",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            ann answers Paris -> ann answered agent1.1, start ann #2 [agent1.1!]
            bob dies -> bob is out, consensus, cancel ann #2, ann wins, present ann [agent1.1!] with 0 votes
            ann presents Paris! -> finish Partial: Paris! of ann, 1 answers, 0 votes
        "#]],
    );
}

#[test]
fn the_last_live_agent_still_judges_the_answers_of_the_failed() {
    check(
        "ann bob",
        "ann answers Paris \n ann dies \n bob votes ann \n bob votes ann",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            ann answers Paris -> ann answered agent1.1, start ann #2 [agent1.1!]
            ann dies -> ann is out
            bob votes ann -> start bob #2 [agent1.1]
            bob votes ann -> bob voted agent1.1, consensus, ann wins, finish Partial: Paris of ann, 1 answers, 1 votes
        "#]],
    );
}

#[test]
fn failed_activations_rest_longer_and_longer_and_then_end_the_agent() {
    check(
        "ann bob",
        "
        ann breaks
        tick
        +1 tick
        ann breaks
        +2 tick
        ann breaks
        ",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            ann breaks -> ann rests 1000 ms
            tick -> 
            +1 tick -> start ann #2 [] to answer
            ann breaks -> ann rests 2000 ms
            +2 tick -> start ann #3 [] to answer
            ann breaks -> ann is out
        "#]],
    );
}

#[test]
fn a_decision_between_failures_makes_them_not_consecutive() {
    check(
        "ann bob",
        "
        ann breaks
        +1 tick
        ann breaks
        +2 tick
        ann answers Paris
        ann breaks
        ",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            ann breaks -> ann rests 1000 ms
            +1 tick -> start ann #2 [] to answer
            ann breaks -> ann rests 2000 ms
            +2 tick -> start ann #3 [] to answer
            ann answers Paris -> ann answered agent1.1, start ann #4 [agent1.1!]
            ann breaks -> ann rests 1000 ms
        "#]],
    );
}

#[test]
fn without_any_live_agent_answers_are_still_delivered() {
    check(
        "ann bob",
        "ann answers Paris \n bob dies \n ann dies",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            ann answers Paris -> ann answered agent1.1, start ann #2 [agent1.1!]
            bob dies -> bob is out, consensus, cancel ann #2, ann wins, present ann [agent1.1!] with 0 votes
            ann dies -> 
        "#]],
    );
    check(
        "ann bob",
        "bob answers Rome \n bob dies \n ann dies",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            bob answers Rome -> bob answered agent2.1, start bob #2 [agent2.1!]
            bob dies -> bob is out
            ann dies -> ann is out, bob wins, finish Partial: Rome of bob, 1 answers, 0 votes
        "#]],
    );
    check(
        "ann bob",
        "bob dies \n ann dies",
        expect![[r#"
        start -> start ann #1 [] to answer, start bob #1 [] to answer
        bob dies -> bob is out
        ann dies -> ann is out, finish Failed: nothing of nobody, 0 answers, 0 votes
    "#]],
    );
}

#[test]
fn a_turn_that_takes_too_long_fails() {
    check(
        "ann bob",
        "bob answers Rome \n +600 tick \n ann answers Paris \n +1 tick",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            bob answers Rome -> bob answered agent2.1, start bob #2 [agent2.1!]
            +600 tick -> cancel ann #1, ann Turn timeout, ann rests 1000 ms, cancel bob #2, bob Turn timeout, bob rests 1000 ms
            ann answers Paris -> 
            +1 tick -> start ann #2 [agent2.1], start bob #3 [agent2.1!]
        "#]],
    );
}

#[test]
fn the_deadline_of_coordination_ends_it_with_what_there_is() {
    let script = "
        ann answers Paris
        bob answers Rome
        ann votes bob
        ann votes bob
        +1800 bob votes ann
        +599 bob presents Rome!
    ";
    let limits = Limits {
        turn: Millis::seconds(9999),
        ..Limits::default()
    };
    check_with(
        limits.clone(),
        "ann bob",
        script,
        expect![[r#"
        start -> start ann #1 [] to answer, start bob #1 [] to answer
        ann answers Paris -> ann answered agent1.1, start ann #2 [agent1.1!]
        bob answers Rome -> bob answered agent2.1, start bob #2 [agent1.1 agent2.1!]
        ann votes bob -> start ann #3 [agent1.1! agent2.1]
        ann votes bob -> ann voted agent2.1
        +1800 bob votes ann -> Coordination timeout, cancel bob #2, bob wins, present bob [agent1.1 agent2.1!] with 1 votes
        +599 bob presents Rome! -> finish Partial: Rome! of bob, 2 answers, 1 votes
    "#]],
    );
    check_with(
        limits,
        "ann bob",
        "+1800 tick",
        expect![[r#"
        start -> start ann #1 [] to answer, start bob #1 [] to answer
        +1800 tick -> Coordination timeout, cancel ann #1, cancel bob #1, finish Deadline: nothing of nobody, 0 answers, 0 votes
    "#]],
    );
}

#[test]
fn a_presentation_that_cannot_be_used_gives_way_to_the_stored_answer() {
    check(
        "ann",
        "ann answers Paris \n ann presents",
        expect![[r#"
        start -> start ann #1 [] to answer
        ann answers Paris -> ann answered agent1.1, consensus, ann wins, present ann [agent1.1!] with 0 votes
        ann presents -> ann rejected (Empty), finish Partial: Paris of ann, 1 answers, 0 votes
    "#]],
    );
    check(
        "ann",
        "ann answers Paris \n ann stumbles",
        expect![[r#"
        start -> start ann #1 [] to answer
        ann answers Paris -> ann answered agent1.1, consensus, ann wins, present ann [agent1.1!] with 0 votes
        ann stumbles -> ann rejected (Failed), finish Partial: Paris of ann, 1 answers, 0 votes
    "#]],
    );
    check(
        "ann",
        "ann answers Paris \n +600 ann presents Paris! \n tick",
        expect![[r#"
            start -> start ann #1 [] to answer
            ann answers Paris -> ann answered agent1.1, consensus, ann wins, present ann [agent1.1!] with 0 votes
            +600 ann presents Paris! -> cancel ann #2, Presentation timeout, ann rejected (Deadline), finish Partial: Paris of ann, 1 answers, 0 votes
            tick -> 
        "#]],
    );
}

#[test]
fn an_interrupted_run_gives_its_best_answer() {
    check(
        "ann bob",
        "interrupt",
        expect![[r#"
        start -> start ann #1 [] to answer, start bob #1 [] to answer
        interrupt -> cancel ann #1, cancel bob #1, finish Interrupted: nothing of nobody, 0 answers, 0 votes
    "#]],
    );
    check(
        "ann bob",
        "bob answers Rome \n interrupt \n interrupt",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            bob answers Rome -> bob answered agent2.1, start bob #2 [agent2.1!]
            interrupt -> cancel ann #1, cancel bob #2, bob wins, finish Interrupted: Rome of bob, 1 answers, 0 votes
            interrupt -> 
        "#]],
    );
    check(
        "ann",
        "ann answers Paris \n interrupt \n ann presents Paris!",
        expect![[r#"
            start -> start ann #1 [] to answer
            ann answers Paris -> ann answered agent1.1, consensus, ann wins, present ann [agent1.1!] with 0 votes
            interrupt -> cancel ann #2, ann rejected (Interrupted), finish Interrupted: Paris of ann, 1 answers, 0 votes
            ann presents Paris! -> 
        "#]],
    );
}

#[test]
fn registration_order_decides_a_tie_and_a_run_without_votes() {
    check(
        "ann bob cid",
        "
        cid answers Oslo
        bob answers Rome
        cid votes bob
        cid votes bob
        bob votes cid
        ann votes cid
        ann says Paris
        ann says Paris
        ann says Paris
        ",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer, start cid #1 [] to answer
            cid answers Oslo -> cid answered agent3.1, start cid #2 [agent3.1!]
            bob answers Rome -> bob answered agent2.1, start bob #2 [agent2.1! agent3.1]
            cid votes bob -> start cid #3 [agent2.1 agent3.1!]
            cid votes bob -> cid voted agent2.1
            bob votes cid -> bob voted agent3.1
            ann votes cid -> start ann #2 [agent2.1 agent3.1]
            ann says Paris -> ask ann #2 again (2)
            ann says Paris -> ask ann #2 again (3)
            ann says Paris -> ann abstained, consensus, bob wins a tie, present bob [agent2.1! agent3.1] with 2 votes
        "#]],
    );
    check(
        "ann bob cid",
        "bob answers Rome \n cid answers Oslo \n +1800 tick",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer, start cid #1 [] to answer
            bob answers Rome -> bob answered agent2.1, start bob #2 [agent2.1!]
            cid answers Oslo -> cid answered agent3.1, start cid #2 [agent2.1 agent3.1!]
            +1800 tick -> Coordination timeout, cancel ann #1, cancel bob #2, cancel cid #2, bob wins a tie, present bob [agent2.1! agent3.1] with 0 votes
        "#]],
    );
}

#[test]
fn after_its_last_allowed_answer_an_agent_can_only_vote() {
    let limits = Limits {
        new_answers: std::num::NonZeroU32::new(1),
        ..Limits::default()
    };
    check_with(
        limits,
        "ann bob",
        "ann answers Paris \n ann answers Rome",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            ann answers Paris -> ann answered agent1.1, start ann #2 [agent1.1!] to vote
            ann answers Rome -> ask ann #2 again (2)
        "#]],
    );
}

#[test]
fn with_wait_for_peers_a_lonely_answer_is_not_judged() {
    let limits = Limits {
        wait_for_peers: true,
        ..Limits::default()
    };
    check_with(
        limits.clone(),
        "ann bob",
        "ann answers Paris \n bob votes ann \n bob votes ann \n ann votes ann",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            ann answers Paris -> ann answered agent1.1
            bob votes ann -> start ann #2 [agent1.1!], start bob #2 [agent1.1]
            bob votes ann -> bob voted agent1.1
            ann votes ann -> ann voted agent1.1, consensus, ann wins, present ann [agent1.1!] with 2 votes
        "#]],
    );
    check_with(
        limits,
        "ann bob",
        "ann answers Paris \n bob breaks \n +1 tick",
        expect![[r#"
            start -> start ann #1 [] to answer, start bob #1 [] to answer
            ann answers Paris -> ann answered agent1.1
            bob breaks -> bob rests 1000 ms, start ann #2 [agent1.1!]
            +1 tick -> start bob #2 [agent1.1]
        "#]],
    );
}

#[test]
fn a_team_of_nobody_fails_at_once() {
    check(
        "",
        "tick",
        expect![[r#"
        start -> finish Failed: nothing of nobody, 0 answers, 0 votes
        tick -> 
    "#]],
    );
}
