//! What is dropped from a long conversation, and what never is.

use massgen_plugin::chat::{Part, Role, Turn};
use proptest::prelude::*;
use serde_json::json;

use super::trim::trim;

/// What follows an assistant's words in one round.
#[derive(Debug, Clone, Copy)]
enum Round {
    /// So many native calls, with results.
    Native(usize),
    /// Results in a message.
    Written,
    /// Native calls that the rules rejected, and a message of theirs.
    Rejected(usize),
}

fn conversation(rounds: &[Round]) -> Vec<Turn> {
    let mut turns = vec![
        Turn::text(Role::System, "rules"),
        Turn::text(Role::User, "task"),
    ];
    for (n, round) in rounds.iter().enumerate() {
        let calls = match round {
            Round::Native(calls) | Round::Rejected(calls) => *calls,
            Round::Written => 0,
        };
        let id = |call| format!("{n}.{call}");
        let turn = |role, parts| Turn {
            role,
            parts,
            origin: None,
        };
        let asked = (0..calls).map(|call| Part::ToolCall {
            id: id(call),
            name: "t".into(),
            arguments: json!({}),
        });
        let text = [Part::text(format!("says {n}"))];
        turns.push(turn(
            Role::Assistant,
            text.into_iter().chain(asked).collect(),
        ));
        let results = (0..calls).map(|call| Part::ToolResult {
            call_id: id(call),
            name: "t".into(),
            parts: vec![],
            is_error: false,
        });
        if calls > 0 {
            turns.push(turn(Role::Tool, results.collect()));
        }
        if !matches!(round, Round::Native(_)) {
            turns.push(Turn::text(Role::User, format!("told {n}")));
        }
    }
    turns
}

fn ids(turn: &Turn) -> Vec<&str> {
    let ids = turn.parts.iter().filter_map(|part| match part {
        Part::ToolCall { id, .. } => Some(&**id),
        Part::ToolResult { call_id, .. } => Some(&**call_id),
        _ => None,
    });
    ids.collect()
}

fn texts(turns: &[Turn]) -> Vec<String> {
    turns.iter().map(Turn::joined_text).collect()
}

#[test]
fn the_oldest_rounds_go_at_once_and_the_rest_stays_as_it_was() {
    let before = conversation(&[Round::Native(1); 6]);
    let mut turns = before.clone();
    trim(&mut turns, 12);
    assert_eq!(turns.len(), 8);
    assert_eq!(turns[0], before[0]);
    assert_eq!(
        turns[1].joined_text(),
        "task\n\n(Your oldest tool calls and their results are left out here.)"
    );
    assert_eq!(turns[2..], before[8..]);
    let once = turns.clone();
    trim(&mut turns, 12);
    assert_eq!(
        turns, once,
        "until the limit is reached again nothing moves"
    );
    turns.extend(conversation(&[Round::Native(1); 4]).split_off(2));
    trim(&mut turns, 12);
    assert_eq!(turns[1], once[1], "what is missing is said once");
}

#[test]
fn the_last_message_stays_even_when_it_is_old() {
    let mut turns = conversation(&[
        Round::Native(1),
        Round::Rejected(1),
        Round::Native(1),
        Round::Native(1),
        Round::Native(1),
    ]);
    trim(&mut turns, 6);
    let kept = texts(&turns[2..]);
    assert_eq!(kept, ["says 1", "", "told 1", "says 4", ""]);
}

#[test]
fn zero_is_no_limit_and_what_fits_is_left_alone() {
    for most in [0, 6, 7] {
        let before = conversation(&[Round::Native(2); 2]);
        let mut turns = before.clone();
        trim(&mut turns, most);
        assert_eq!(turns, before);
    }
}

fn rounds() -> impl Strategy<Value = Vec<Round>> {
    let round = prop_oneof![
        (1..4_usize).prop_map(Round::Native),
        Just(Round::Written),
        (0..3_usize).prop_map(Round::Rejected),
    ];
    proptest::collection::vec(round, 0..40)
}

proptest! {
    #[test]
    fn calls_and_results_are_never_parted(rounds in rounds(), most in 0..60_usize) {
        let before = conversation(&rounds);
        let mut turns = before.clone();
        trim(&mut turns, most);
        prop_assert_eq!(&turns[0], &before[0]);
        prop_assert_eq!(&turns[1].parts[0], &before[1].parts[0]);
        let last = |turns: &[Turn]| {
            let last = turns.iter().rfind(|turn| turn.role == Role::User);
            last.and_then(|turn| turn.parts.first().cloned())
        };
        prop_assert_eq!(last(&turns), last(&before));
        prop_assert_eq!(turns[1..].last().map(ids), before.last().map(ids));
        for (at, turn) in turns.iter().enumerate() {
            match turn.role {
                Role::Tool => prop_assert_eq!(ids(turn), ids(&turns[at - 1])),
                Role::Assistant if !ids(turn).is_empty() => {
                    prop_assert_eq!(turns[at + 1].role, Role::Tool);
                }
                _ => {}
            }
        }
        let mut left = before[2..].iter();
        prop_assert!(turns[2..].iter().all(|turn| left.any(|it| it == turn)), "order is kept");
        // The newest round and that of the last message, of three turns at most each.
        prop_assert!(most == 0 || turns.len() <= most.max(8), "{} > {most}", turns.len());
    }
}
