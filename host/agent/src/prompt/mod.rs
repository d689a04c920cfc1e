//! What agents are told. The words stand in the `.md` files beside this one; here they are put
//! together.
//!
//! Order is fixed, from what never changes to what is newest, so that a provider's prefix cache
//! hits: role and rules, what the host lends, the agent's own instructions, the day; then task,
//! answers, what to do.
//! Models see anonymous labels only, never the user's names for agents (orchestration §1.6).

mod fill;
mod reply;
mod tools;

use events::{Ballot, Label, VisibleAnswer};

use self::fill::fill;
pub(crate) use self::reply::reply;
pub(crate) use self::tools::{bad_json, in_words, no_such_tool, result, rounds_over};
use crate::Setup;

pub(crate) const TOOL_NEW_ANSWER: &str = include_str!("tool_new_answer.md");
pub(crate) const TOOL_NEW_ANSWER_CONTENT: &str = include_str!("tool_new_answer_content.md");
pub(crate) const TOOL_VOTE: &str = include_str!("tool_vote.md");
pub(crate) const TOOL_VOTE_AGENT_ID: &str = include_str!("tool_vote_agent_id.md");
pub(crate) const TOOL_VOTE_REASON: &str = include_str!("tool_vote_reason.md");
pub(crate) const TRIMMED: &str = include_str!("trimmed.md");
const REMINDER: &str = include_str!("contract_reminder.md");

/// The texts that tell the two kinds of turn apart.
struct Kind {
    role: &'static str,
    rules: &'static str,
    /// What to know when there are tools.
    tools: &'static str,
    /// What to know when there is a workspace, beside what always holds.
    workspace: &'static str,
}

const COORDINATION: Kind = Kind {
    role: include_str!("coordinate.md"),
    rules: include_str!("autonomy.md"),
    tools: include_str!("tools_coordinate.md"),
    workspace: include_str!("workspace_coordinate.md"),
};

const PRESENTATION: Kind = Kind {
    role: include_str!("present.md"),
    rules: include_str!("contract.md"),
    tools: include_str!("tools_present.md"),
    workspace: include_str!("workspace_present.md"),
};

/// The system message of every coordination turn of this agent: the same bytes all day.
pub(crate) fn coordination_system(setup: &Setup) -> String {
    system(&COORDINATION, setup)
}

/// The system message of the presentation.
pub(crate) fn presentation_system(setup: &Setup) -> String {
    system(&PRESENTATION, setup)
}

fn system(kind: &Kind, setup: &Setup) -> String {
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
    let mut pieces = vec![kind.role, kind.rules];
    let workspace = format!("{}{}", include_str!("workspace.md"), kind.workspace);
    pieces.extend((!setup.lending.tools.is_empty()).then_some(kind.tools));
    pieces.extend(setup.lending.has_workspace.then_some(&*workspace));
    pieces.extend(setup.lending.briefing.as_deref());
    pieces.extend(own.as_deref());
    pieces.push(&today);
    paragraphs(&pieces)
}

/// The user message of a coordination turn.
pub(crate) fn coordination_user(
    setup: &Setup,
    visible: &[VisibleAnswer],
    may_answer: bool,
) -> String {
    let targets: Vec<Label> = visible.iter().map(|answer| answer.label.owner()).collect();
    let next = next(may_answer, &targets);
    paragraphs(&[&task(setup), &answers(visible), &next])
}

fn next(may_answer: bool, targets: &[Label]) -> String {
    let options = options(may_answer, targets);
    fill(include_str!("next.md"), &[("options", &options)])
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
    paragraphs(&[&task(setup), &answers(&ordered), &ballots(votes), REMINDER])
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

/// What stands in place of a picture.
pub(crate) fn no_picture(mime: &str) -> String {
    let text = fill(include_str!("no_picture.md"), &[("mime", mime)]);
    text.trim_end().to_owned()
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
