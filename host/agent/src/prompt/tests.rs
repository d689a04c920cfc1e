//! What the messages say, whole, so that a change of a prompt is seen as such.

use events::{Ballot, Label, Rejection, ReplyKind, VisibleAnswer};
use expect_test::{Expect, expect};
use massgen_plugin::chat::{Origin, Params};

use super::*;
use crate::{Abilities, Lending};

fn setup() -> Setup {
    Setup {
        question: "What is {task}?\n".into(),
        instructions: Some("You like short answers.".into()),
        today: "2026-01-31".into(),
        origin: Origin {
            provider: "vllm".into(),
            model: "m".into(),
        },
        model: Abilities::default(),
        params: Params::default(),
        lending: Lending::default(),
    }
}

fn two_answers() -> Vec<VisibleAnswer> {
    let shown = |position, text: &str, own| VisibleAnswer {
        label: Label::agent(position).answer(2),
        text: text.to_owned(),
        own,
    };
    vec![
        shown(1, "Paris.\n", false),
        shown(3, "Rome. Shall I go on?", true),
    ]
}

#[test]
fn the_first_coordination_message() {
    expect![[r#"
        # Task

        What is {task}?

        There is no answer yet.

        Now call `new_answer` with your complete answer."#]]
    .assert_eq(&coordination_user(&setup(), &[], true));
}

#[test]
fn a_coordination_message_with_answers() {
    expect![[r##"
        # Task

        What is {task}?

        # Answers

        These answers are material from agents. Questions and offers in them are not for you to pass on: settle them by a decision.

        <answer agent="agent1">
        Paris.
        </answer>
        <answer agent="agent3" yours="yes">
        Rome. Shall I go on?
        </answer>

        Now call `vote` for one of: agent1, agent3, or `new_answer` only if you have a clearly better one."##]].assert_eq(&coordination_user(&setup(), &two_answers(), true));
}

#[test]
fn a_coordination_message_for_an_agent_that_may_only_vote() {
    let message = coordination_user(&setup(), &two_answers(), false);
    assert!(message.ends_with("Now call `vote` for one of: agent1, agent3."));
}

#[test]
fn the_presentation_message() {
    let votes = [Ballot {
        voter: Label::agent(1),
        target: Label::agent(3),
        reason: "It is shorter.".into(),
    }];
    expect![[r##"
        # Task

        What is {task}?

        # Answers

        These answers are material from agents. Questions and offers in them are not for you to pass on: settle them by a decision.

        <answer agent="agent3" yours="yes">
        Rome. Shall I go on?
        </answer>
        <answer agent="agent1">
        Paris.
        </answer>

        # Votes

        agent1 voted for agent3: It is shorter.

        Write the complete final answer now. Nobody will reply: decide what is open, and end without a question or an offer."##]].assert_eq(&presentation_user(&setup(), &two_answers(), &votes));
}

#[test]
fn a_system_message_goes_from_what_never_changes_to_the_day() {
    for system in [coordination_system(&setup()), presentation_system(&setup())] {
        assert!(system.ends_with(
            "\n\nYour own instructions:\nYou like short answers.\n\nToday is 2026-01-31."
        ));
        assert!(
            !system.contains("agent3"),
            "the team's state is no part of the rules"
        );
    }
}

fn with_workspace() -> Setup {
    let read = massgen_plugin::chat::Tool {
        name: "mcp__fs__read".into(),
        description: String::new(),
        parameters: serde_json::Value::Null,
    };
    Setup {
        lending: Lending {
            tools: vec![read],
            has_workspace: true,
            briefing: Some("Your workspace is /w.".into()),
            ..Lending::default()
        },
        ..setup()
    }
}

#[test]
fn what_is_lent_stands_between_the_rules_and_the_agents_own_instructions() {
    let plain = [coordination_system(&setup()), presentation_system(&setup())];
    let lent = [
        coordination_system(&with_workspace()),
        presentation_system(&with_workspace()),
    ];
    let own = "\n\nYour own instructions:";
    for (plain, lent) in plain.iter().zip(&lent) {
        let (rules, rest) = plain.split_once(own).unwrap();
        let end = format!("\n\nYour workspace is /w.{own}{rest}");
        assert!(lent.starts_with(&format!("{rules}\n\n")) && lent.ends_with(&end));
        assert!(!plain.contains("workspace"));
    }
    let [coordination, presentation] = lent;
    assert!(coordination.contains("Only `new_answer` or `vote` decides."));
    assert!(presentation.contains("Your first reply without a tool call is the final answer"));
}

/// Rules (a) to (d) of orchestration §3.4, whatever the words.
#[test]
fn the_rules_for_files_are_one_set() {
    let systems = [
        coordination_system(&with_workspace()),
        presentation_system(&with_workspace()),
    ];
    for words in [
        "in your own workspace",
        "strictly read-only",
        "copy from them",
    ] {
        assert!(systems.iter().all(|it| it.contains(words)), "{words}");
    }
    let [coordination, presentation] = systems;
    for words in ["that you may not change", "which file belongs where"] {
        assert!(coordination.contains(words), "{words}");
        assert!(!presentation.contains(words), "{words}");
    }
    for words in ["read them back", "Remove there only", "permission already"] {
        assert!(presentation.contains(words), "{words}");
    }
    assert!(!presentation.contains("production"));
}

#[test]
fn an_agent_without_instructions_gets_no_empty_section() {
    let blank = Setup {
        instructions: Some(" \n".into()),
        ..setup()
    };
    let none = Setup {
        instructions: None,
        ..setup()
    };
    assert_eq!(coordination_system(&blank), coordination_system(&none));
    assert!(!coordination_system(&none).contains("instructions"));
}

/// Rules that every prompt of its kind must state (orchestration §4.4), whatever the words.
#[test]
fn both_forms_of_the_autonomy_contract_are_there() {
    for word in ["nobody will reply", "assumption", "vote for it only if"] {
        assert!(coordination_system(&setup()).contains(word), "{word}");
    }
    for word in [
        "No reply can come",
        "permission",
        "Assumptions",
        "end with a question",
        "ask the user",
    ] {
        assert!(presentation_system(&setup()).contains(word), "{word}");
    }
}

/// Small models have 4k tokens of context; the prompts must leave most of it to the task.
#[test]
fn prompts_are_short() {
    let longest = [coordination_system(&setup()), presentation_system(&setup())];
    let lent = [
        coordination_system(&with_workspace()),
        presentation_system(&with_workspace()),
    ];
    assert!(lent.iter().all(|system| system.len() < 3000));
    assert!(
        longest.iter().all(|system| system.len() < 2000),
        "{:?}",
        longest.map(|it| it.len())
    );
}

#[test]
fn every_rejection_says_what_to_do_instead() {
    fn check(rejection: Rejection, expected: Expect) {
        let targets = [Label::agent(1), Label::agent(3)];
        expected.assert_eq(&reply(
            &ReplyKind::Rejected(rejection),
            "vote",
            true,
            &targets,
        ));
    }
    check(
        Rejection::SeveralVotes { count: 2 },
        expect!["Not accepted: you voted 2 times. Vote exactly once."],
    );
    check(
        Rejection::SeveralAnswers { count: 3 },
        expect!["Not accepted: you gave 3 answers. Give exactly one."],
    );
    check(
        Rejection::VoteAndAnswer,
        expect!["Not accepted: you called both `vote` and `new_answer`. Choose one of the two."],
    );
    check(
        Rejection::NothingToVoteFor,
        expect!["Not accepted: there is no answer to vote for. Call `new_answer`."],
    );
    let valid = vec![Label::agent(1), Label::agent(3)];
    check(
        Rejection::UnknownTarget {
            given: "bob".into(),
            valid,
        },
        expect![[r#"Not accepted: you voted for "bob". Vote for one of: agent1, agent3"#]],
    );
    check(
        Rejection::BadArguments,
        expect!["Not accepted: the arguments are not a JSON object."],
    );
    check(
        Rejection::EmptyAnswer,
        expect!["Not accepted: the answer is empty. Put your complete answer in `content`."],
    );
    check(
        Rejection::DuplicateAnswer {
            of: Label::agent(3).answer(1),
        },
        expect![
            "Not accepted: agent3 already gave this answer. Vote for it, or give a better one."
        ],
    );
    check(
        Rejection::AnswerLimit,
        expect!["Not accepted: you have given your last answer. Call `vote`."],
    );
    check(
        Rejection::NoDecision { cut_off: false },
        expect![[r#"
            Not counted: your reply called no tool. Reply again and call `vote` for one of: agent1, agent3, or `new_answer` only if you have a clearly better one. If you cannot call tools, write only the call, like this:
            {"name": "new_answer", "arguments": {"content": "your complete answer"}}
            {"name": "vote", "arguments": {"agent_id": "agent1", "reason": "why it is the best"}}"#]],
    );
    check(
        Rejection::NoDecision { cut_off: true },
        expect![[r#"
            Not counted: your reply was too long and was cut off. Be shorter, and call `vote` for one of: agent1, agent3, or `new_answer` only if you have a clearly better one. If you cannot call tools, write only the call, like this:
            {"name": "new_answer", "arguments": {"content": "your complete answer"}}
            {"name": "vote", "arguments": {"agent_id": "agent1", "reason": "why it is the best"}}"#]],
    );
}

#[test]
fn replies_name_only_tools_that_are_on_offer() {
    let kind = ReplyKind::Rejected(Rejection::NoDecision { cut_off: false });
    assert!(!reply(&kind, "", true, &[]).contains("vote"));
    assert!(!reply(&kind, "", false, &[Label::agent(1)]).contains("new_answer"));
    assert_eq!(
        reply(&ReplyKind::NotOffered, "search", true, &[]),
        "There is no tool `search` here."
    );
}
