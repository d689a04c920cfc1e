//! Transcripts: what comes out, what goes out, and that cuts do not matter.

use super::{each, skipped};
use crate::case::{CHUNKS, Case, PROCESS, REQUESTS};
use crate::kit::Trial;
use crate::report::Verdict;
use crate::stage::Played;
use crate::transcripts::{compare, play, same_however_cut};

fn plays<'a>(trial: &'a Trial<'_>) -> impl Iterator<Item = (&'a Case, &'a Played)> {
    trial.samples.iter().zip(&trial.pilot.plays)
}

fn name(of: &(&Case, &Played)) -> String {
    format!("case `{}`", of.0.name)
}

fn has_transcripts(trial: &Trial<'_>) -> bool {
    trial.samples.iter().any(|it| it.folder.is_some())
}

const NONE: &str = "no transcripts";

pub(super) fn chunks(trial: &Trial<'_>) -> Verdict {
    if !has_transcripts(trial) {
        return skipped(NONE);
    }
    each(plays(trial), name, |(case, played)| {
        if let Some(what) = &played.unanswered {
            return Err(what.clone());
        }
        compare(case, played, &[CHUNKS])
    })
}

pub(super) fn requests(trial: &Trial<'_>) -> Verdict {
    if !has_transcripts(trial) {
        return skipped(NONE);
    }
    each(plays(trial), name, |(case, played)| {
        compare(case, played, &[REQUESTS, PROCESS])?;
        let again = play(trial.subject, case, &[], trial.give_up)?;
        if again.requests == played.requests && again.script == played.script {
            Ok(())
        } else {
            Err("the same call gives other bytes the second time".into())
        }
    })
}

pub(super) fn cuts(trial: &Trial<'_>) -> Verdict {
    each(plays(trial), name, |(case, played)| {
        same_however_cut(trial.subject, case, played, trial.give_up)
    })
}
