//! From a call to a decision: classify, find the paths, judge each.

use crate::candidates::{self, Candidate};
use crate::classify::{self, Class};
use crate::decision::{Call, Decision};
use crate::keys::End;
use crate::ledger::Ledger;
use crate::managed::Effect;
use crate::rule::Rule;
use crate::{batch, command, words};

/// Judges one call.
pub(crate) fn call(call: &Call<'_>, mut ledger: Ledger<'_>) -> Decision {
    if call.remote && !call.filesystem {
        ledger.note("the server runs on another machine: its paths are not ours");
        return ledger.decide(Rule::RemoteServer);
    }
    let class = classify::of(call);
    ledger.note(format!(
        "`{}` is judged as: {class:?}",
        words::bare(call.tool)
    ));
    if class == Class::Command && command::judge(call, &mut ledger) {
        return ledger.decide(Rule::CommandPermitted);
    }
    if batch::is_one(call.tool) {
        batch::judge(call.arguments, &mut ledger);
        return ledger.decide(Rule::Permitted);
    }
    paths(call, class, ledger)
}

fn paths(call: &Call<'_>, class: Class, mut ledger: Ledger<'_>) -> Decision {
    let found = match candidates::of(call.arguments, call.schema) {
        Ok(found) => found,
        Err(denial) => {
            ledger.deny(denial);
            return ledger.decide(Rule::Internal);
        }
    };
    let mut elsewhere = false;
    for candidate in &found {
        let effect = effect(class, candidate.end);
        if ledger.policy().belongs_to_server(call, &candidate.text) {
            ledger.record(&candidate.text, None, effect, None);
            elsewhere = true;
        } else if candidate.sure || !is_word_without_base(candidate, &ledger) {
            ledger.touch(&candidate.text, ledger.policy().workspace(), effect);
        }
    }
    let allowed = match (elsewhere, ledger.has_paths()) {
        (true, _) => Rule::ServerFolder,
        (false, true) => Rule::Permitted,
        (false, false) => Rule::NoPath,
    };
    ledger.decide(allowed)
}

/// `to: "de"` of an agent without a workspace.
fn is_word_without_base(candidate: &Candidate, ledger: &Ledger<'_>) -> bool {
    ledger.policy().workspace().is_none()
        && !candidate.text.contains(['/', '\\', '~', ':'])
        && candidate.text != ".."
}

fn effect(class: Class, end: End) -> Effect {
    match (class, end) {
        (Class::Read, End::Destination) => Effect::Write,
        (Class::Read, _) => Effect::Read,
        (Class::Copy, End::Source) => Effect::Read,
        (Class::Move, End::Destination | End::Towards) => Effect::Write,
        (Class::Move | Class::Remove, _) => Effect::Remove,
        (Class::Copy | Class::Write | Class::Command, _) => Effect::Write,
    }
}
