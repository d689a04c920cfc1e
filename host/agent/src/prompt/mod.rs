//! What agents are told. The words stand in the `.md` files beside this one; here they are put
//! together.
//!
//! Order is fixed, from what never changes to what is newest, so that a provider's prefix cache
//! hits: role and rules, the agent's own instructions, the day; then task, answers, what to do.
//! Models see anonymous labels only, never the user's names for agents (orchestration §1.6).

mod fill;
mod reply;

use events::{Ballot, Label, VisibleAnswer};

use self::fill::fill;
pub(crate) use self::reply::reply;
use crate::Setup;

pub(crate) const TOOL_NEW_ANSWER: &str = include_str!("tool_new_answer.md");
pub(crate) const TOOL_NEW_ANSWER_CONTENT: &str = include_str!("tool_new_answer_content.md");
pub(crate) const TOOL_VOTE: &str = include_str!("tool_vote.md");
pub(crate) const TOOL_VOTE_AGENT_ID: &str = include_str!("tool_vote_agent_id.md");
pub(crate) const TOOL_VOTE_REASON: &str = include_str!("tool_vote_reason.md");

/// The system message of every coordination turn of this agent: the same bytes all day.
pub(crate) fn coordination_system(setup: &Setup) -> String {
    system(
        include_str!("coordinate.md"),
        include_str!("autonomy.md"),
        setup,
    )
}

/// The system message of the presentation.
pub(crate) fn presentation_system(setup: &Setup) -> String {
    system(
        include_str!("present.md"),
        include_str!("contract.md"),
        setup,
    )
}

fn system(role: &str, rules: &str, setup: &Setup) -> String {
    let own = setup
        .instructions
        .as_deref()
        .map(str::trim)
        .filter(|own| !own.is_empty());
    let own = own.map(|own| {
        fill(
            include_str!("own_instructions.md"),
            &[("instructions", own)],
        )
    });
    let today = fill(include_str!("today.md"), &[("today", &setup.today)]);
    paragraphs(&[role, rules, own.as_deref().unwrap_or_default(), &today])
}

/// The user message of a coordination turn.
pub(crate) fn coordination_user(
    setup: &Setup,
    visible: &[VisibleAnswer],
    may_answer: bool,
) -> String {
    let targets: Vec<Label> = visible.iter().map(|answer| answer.label.owner()).collect();
    let next = fill(
        include_str!("next.md"),
        &[("options", &options(may_answer, &targets))],
    );
    paragraphs(&[&task(setup), &answers(visible), &next])
}

/// The user message of the presentation: own answer first, the rules again last.
pub(crate) fn presentation_user(
    setup: &Setup,
    visible: &[VisibleAnswer],
    votes: &[Ballot],
) -> String {
    let (mut ordered, others): (Vec<_>, Vec<_>) =
        visible.iter().cloned().partition(|answer| answer.own);
    ordered.extend(others);
    let reminder = include_str!("contract_reminder.md");
    paragraphs(&[&task(setup), &answers(&ordered), &ballots(votes), reminder])
}

fn task(setup: &Setup) -> String {
    fill(include_str!("task.md"), &[("task", setup.question.trim())])
}

fn answers(visible: &[VisibleAnswer]) -> String {
    if visible.is_empty() {
        return include_str!("no_answer.md").to_owned();
    }
    let each: Vec<String> = visible.iter().map(answer).collect();
    fill(include_str!("answers.md"), &[("answers", &each.join("\n"))])
}

fn answer(answer: &VisibleAnswer) -> String {
    let template = if answer.own {
        include_str!("answer_own.md")
    } else {
        include_str!("answer.md")
    };
    let agent = answer.label.owner().to_string();
    fill(template, &[("agent", &agent), ("text", answer.text.trim())])
        .trim_end()
        .to_owned()
}

fn ballots(votes: &[Ballot]) -> String {
    if votes.is_empty() {
        return String::new();
    }
    let each: Vec<String> = votes.iter().map(ballot).collect();
    fill(include_str!("votes.md"), &[("votes", &each.join("\n"))])
}

fn ballot(ballot: &Ballot) -> String {
    let (voter, target) = (ballot.voter.to_string(), ballot.target.to_string());
    let values = [
        ("voter", &*voter),
        ("target", &*target),
        ("reason", ballot.reason.trim()),
    ];
    fill(include_str!("vote.md"), &values).trim_end().to_owned()
}

/// What may be called, for the middle of a sentence. Once there are answers `vote` comes first:
/// small models take the first thing on offer, and would only repeat an answer.
fn options(may_answer: bool, targets: &[Label]) -> String {
    let answer = if targets.is_empty() {
        include_str!("option_answer.md")
    } else {
        include_str!("option_better.md")
    };
    let vote = (!targets.is_empty()).then(|| {
        fill(
            include_str!("option_vote.md"),
            &[("agents", &list(targets))],
        )
    });
    let options = vote
        .into_iter()
        .chain(may_answer.then(|| answer.to_owned()));
    options
        .map(|option| option.trim_end().to_owned())
        .collect::<Vec<_>>()
        .join(", or ")
}

fn list(labels: &[Label]) -> String {
    labels
        .iter()
        .map(Label::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

/// Pieces of a message with a blank line between them; empty ones are left out.
fn paragraphs(pieces: &[&str]) -> String {
    let pieces = pieces
        .iter()
        .map(|piece| piece.trim())
        .filter(|piece| !piece.is_empty());
    pieces.collect::<Vec<_>>().join("\n\n")
}

#[cfg(test)]
mod tests;
