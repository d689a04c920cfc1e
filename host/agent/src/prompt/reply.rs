//! What an agent is told after a reply that was not taken.

use events::{Label, Rejection, ReplyKind};

use super::{fill, list, options};

/// The text of a reply to a call of the tool with this name; the name is empty for a message.
pub(crate) fn reply(kind: &ReplyKind, tool: &str, may_answer: bool, targets: &[Label]) -> String {
    let text = match kind {
        ReplyKind::Rejected(rejection) => rejected(rejection, may_answer, targets),
        ReplyKind::AlsoRejected => include_str!("rejection/also_rejected.md").to_owned(),
        ReplyKind::NotOffered => fill(include_str!("rejection/not_offered.md"), &[("name", tool)]),
    };
    text.trim_end().to_owned()
}

fn rejected(rejection: &Rejection, may_answer: bool, targets: &[Label]) -> String {
    match rejection {
        Rejection::SeveralVotes { count } => fill(
            include_str!("rejection/several_votes.md"),
            &[("count", &count.to_string())],
        ),
        Rejection::SeveralAnswers { count } => fill(
            include_str!("rejection/several_answers.md"),
            &[("count", &count.to_string())],
        ),
        Rejection::VoteAndAnswer => include_str!("rejection/vote_and_answer.md").to_owned(),
        Rejection::NothingToVoteFor => include_str!("rejection/nothing_to_vote_for.md").to_owned(),
        Rejection::UnknownTarget { given, valid } => {
            let values = [("given", given.as_str()), ("agents", &list(valid))];
            fill(include_str!("rejection/unknown_target.md"), &values)
        }
        Rejection::BadArguments => include_str!("rejection/bad_arguments.md").to_owned(),
        Rejection::EmptyAnswer => include_str!("rejection/empty_answer.md").to_owned(),
        Rejection::DuplicateAnswer { of } => {
            let agent = of.owner().to_string();
            fill(
                include_str!("rejection/duplicate_answer.md"),
                &[("agent", &agent)],
            )
        }
        Rejection::AnswerLimit => include_str!("rejection/answer_limit.md").to_owned(),
        Rejection::NoDecision { cut_off } => no_decision(*cut_off, may_answer, targets),
    }
}

fn no_decision(cut_off: bool, may_answer: bool, targets: &[Label]) -> String {
    let template = if cut_off {
        include_str!("rejection/cut_off.md")
    } else {
        include_str!("rejection/no_decision.md")
    };
    let values = [
        ("options", &*options(may_answer, targets)),
        ("example", &examples(may_answer, targets)),
    ];
    fill(template, &values)
}

/// Each tool on offer, called as text.
fn examples(may_answer: bool, targets: &[Label]) -> String {
    let answer = may_answer.then(|| include_str!("example_answer.md").to_owned());
    let vote = targets.first().map(|target| {
        fill(
            include_str!("example_vote.md"),
            &[("agent", &target.to_string())],
        )
    });
    answer.into_iter().chain(vote).collect()
}
