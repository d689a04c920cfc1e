//! Scripts that several tests use, and what is true of every well-told story.

use support::{Fake, Reply, Request, Script, Target, answer, on, text, vote};

pub(crate) const QUESTION: &str = "What is the capital of France?";

/// The final answer: lines, markup, backslashes, quotes and letters that must come out unchanged.
pub(crate) const FINAL: &str = "**Paris**, says the team.\n\n\\textbf{no} \"doubt\" — ça va\t🗼";

/// What this model answers, before it votes.
pub(crate) fn first_answer(model: &str) -> String {
    format!("{model} says: it is Paris")
}

/// Every model answers once, votes for the first answer it sees, and would present [`FINAL`].
///
/// Whatever the order of calls, the first registered agent wins with everybody's vote: a vote
/// before the last answer is void.
pub(crate) fn consensus(models: &[&str]) -> Script {
    models
        .iter()
        .fold(Script::new(), |script, model| decent(script, model))
}

/// Adds the rules of such a model.
pub(crate) fn decent(script: Script, model: &str) -> Script {
    script
        .rule(on(model).presenting(), text(FINAL).in_pieces(7))
        .rule(on(model).offering("vote"), vote(Target::FirstOffered))
        .rule(on(model), answer(&first_answer(model)))
}

/// What no conversation may break, whoever leads it.
#[track_caller]
pub(crate) fn assert_told_well(fake: &Fake) {
    assert_eq!(fake.unmatched(), Vec::<String>::new());
    for request in fake.all_requests().iter().filter(|it| it.call > 0) {
        assert_every_call_has_its_result(request);
    }
}

/// Every tool call is followed at once by one result, and no result stands alone.
#[track_caller]
pub(crate) fn assert_every_call_has_its_result(request: &Request) {
    let turns = request.turns();
    let mut open: Vec<&str> = Vec::new();
    for turn in &turns {
        if let Some(id) = &turn.result_of {
            let at = open.iter().position(|it| it == id);
            open.remove(at.unwrap_or_else(|| panic!("a result without a call: {request:#?}")));
            continue;
        }
        assert!(
            open.is_empty(),
            "calls without a result: {open:?} in {request:#?}"
        );
        open.extend(turn.calls.iter().map(|it| it.id.as_str()));
    }
    assert!(
        open.is_empty(),
        "calls without a result: {open:?} in {request:#?}"
    );
}

/// This model gives these replies one after another in each conversation, then answers.
pub(crate) fn working(script: Script, model: &str, replies: Vec<Reply>) -> Script {
    let script = script
        .rule(on(model).presenting(), text(FINAL))
        .rule(on(model).offering("vote"), vote(Target::FirstOffered));
    let numbered = replies.into_iter().zip(1..);
    let script = numbered.fold(script, |script, (reply, attempt)| {
        script.rule(on(model).attempt(attempt), reply)
    });
    script.rule(on(model), answer(&first_answer(model)))
}
