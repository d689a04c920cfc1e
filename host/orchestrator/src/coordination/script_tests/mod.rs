//! The rules by script: what the agents do on the left, what is commanded on the right.
//!
//! A line is `[+SECONDS] AGENT [late] VERB [TEXT]`; without an agent it is `interrupt` or `tick`.
//! Time stands still but for `+SECONDS`; what comes `late` belongs to the activation before.

mod ending;
mod observers;
mod turns;

use events::{Call, FinishReason, Response, RunEvent, VisibleAnswer, VoteReport};
use expect_test::Expect;
use serde_json::json;

use crate::{Command, Coordination, Failure, Input, Limits, Millis};

/// Runs a script with the default limits.
fn check(team: &str, script: &str, expected: Expect) {
    check_with(Limits::default(), team, script, expected);
}

fn check_with(limits: Limits, team: &str, script: &str, expected: Expect) {
    expected.assert_eq(&play(limits, team, script, words));
}

/// Runs a script; the log has what `words` says of each command.
fn play(limits: Limits, team: &str, script: &str, words: fn(&Command) -> Option<String>) -> String {
    let team = team.split_whitespace().map(events::AgentId::from);
    let mut rules = Coordination::new(team, limits);
    let mut now = Millis::default();
    let summary = |commands: Vec<Command>| {
        let said: Vec<_> = commands.iter().filter_map(words).collect();
        said.join(", ")
    };
    let mut log = format!("start -> {}\n", summary(rules.start(now)));
    for step in script
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
    {
        let commands = take_step(&mut rules, &mut now, step);
        log += &format!("{step} -> {}\n", summary(commands));
    }
    log
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
            let late = words.next_if_eq(&"late").is_some();
            let verb = words.next().unwrap();
            let rest = words.collect::<Vec<_>>().join(" ");
            let input = input(rules, agent, late, verb, &rest);
            rules.on(*now, input)
        }
    }
}

fn input(rules: &Coordination, agent: &str, late: bool, verb: &str, rest: &str) -> Input {
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
    let (agent, activation) = (seat.id.clone(), seat.activation - u32::from(late));
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
                finish: FinishReason::Stop,
            };
        }
        "declines" | "overflows" => {
            let finish = match verb {
                "declines" => FinishReason::Refusal,
                _ => FinishReason::Length,
            };
            if matches!(rules.phase, super::Phase::Presenting(_)) {
                let text = rest.to_owned();
                return Input::Presented { text, finish };
            }
            Response {
                finish,
                ..reply(rest, None)
            }
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
            "finish {:?}: {} of {}, {} answers, votes [{}]",
            outcome.status,
            outcome.answer.as_deref().unwrap_or("nothing"),
            outcome
                .winner
                .as_ref()
                .map_or("nobody", events::AgentId::as_str),
            outcome.answers.len(),
            cast(&outcome.votes),
        ),
    })
}

fn cast(votes: &[VoteReport]) -> String {
    let votes = votes
        .iter()
        .map(|vote| format!("{} for {}", vote.voter, vote.target));
    votes.collect::<Vec<_>>().join(", ")
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
        RunEvent::AgentFailed { r#final: false, .. } => "is cut off".to_owned(),
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
