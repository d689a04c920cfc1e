//! From a call to a decision: classify, find the paths, judge each.

use std::path::{Path, PathBuf};

use crate::candidates::{self, Candidate};
use crate::classify::{self, Class};
use crate::decision::{Call, Decision};
use crate::keys::End;
use crate::ledger::Ledger;
use crate::managed::Effect;
use crate::rule::{Denial, Rule};
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
    let runs = class == Class::Command;
    if command::judge(call, runs, &mut ledger) && (runs || ledger.is_denied()) {
        return ledger.decide(Rule::CommandPermitted);
    }
    if batch::is_one(call.tool) {
        batch::judge(call, &mut ledger);
        let arguments = batch::others(call.arguments);
        let others = Call {
            arguments: &arguments,
            ..*call
        };
        return paths(&others, Class::Copy, ledger);
    }
    paths(call, class, ledger)
}

fn paths(call: &Call<'_>, class: Class, mut ledger: Ledger<'_>) -> Decision {
    let found = match candidates::of(call, ledger.policy().has_roots()) {
        Ok(found) => found,
        Err(denial) => {
            ledger.deny(denial);
            return ledger.decide(Rule::Internal);
        }
    };
    let folders = folders(call, &mut ledger);
    let mut elsewhere = false;
    for candidate in &found {
        let effect = effect(class, candidate.end);
        if ledger.policy().belongs_to_server(call, &candidate.text) {
            ledger.record(&candidate.text, None, effect, None);
            elsewhere = true;
        } else if candidate.sure || !is_word_without_base(candidate, &ledger) {
            ledger.touch(&candidate.text, base(call, &ledger), effect);
            for folder in &folders {
                ledger.permit_from(&candidate.text, folder, effect);
            }
        }
    }
    let allowed = match (elsewhere, ledger.has_paths()) {
        (true, _) => Rule::ServerFolder,
        (false, true) => Rule::Permitted,
        (false, false) => Rule::NoPath,
    };
    ledger.decide(allowed)
}

/// Where relative paths of a call start.
fn base<'a>(call: &Call<'a>, ledger: &Ledger<'a>) -> Option<&'a Path> {
    call.base.or(ledger.policy().workspace())
}

/// The folders that a call names as its start: its relative paths are judged from each of them, too.
fn folders(call: &Call<'_>, ledger: &mut Ledger<'_>) -> Vec<PathBuf> {
    let mut named = Vec::new();
    candidates::starts(call.arguments, &mut named);
    named.sort_unstable();
    named.dedup();
    if named.len() > candidates::MAX_STARTS {
        let most = candidates::MAX_STARTS;
        let reason = format!("the call names more than {most} folders to start from");
        ledger.deny(Denial::new(Rule::TooLarge, reason));
        return Vec::new();
    }
    let from = base(call, ledger);
    let policy = ledger.policy();
    named
        .into_iter()
        .filter_map(|text| policy.resolved(text, from).ok())
        .collect()
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
