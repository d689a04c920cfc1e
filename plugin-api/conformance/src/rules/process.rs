//! Programs that fail, for plugins that start one.

use massgen_plugin::{Fault, FaultCode};
use serde_json::Value;

use super::skipped;
use crate::case::Case;
use crate::kit::Trial;
use crate::pilot::broken;
use crate::process::Line;
use crate::report::Verdict;
use crate::transcripts::play;

const NONE: &str = "it starts no program";

/// A sample whose program's script ends well.
fn sample<'a>(trial: &'a Trial<'_>) -> Option<&'a Case> {
    let plays = trial.samples.iter().zip(&trial.pilot.plays);
    let well = |(case, played): &(&Case, &crate::stage::Played)| {
        !case.process.is_empty() && matches!(played.end, Some(Ok(())))
    };
    let (case, _) = plays.into_iter().find(well)?;
    Some(case)
}

/// The sample with another script.
fn ended(trial: &Trial<'_>, script: fn(&[Line]) -> Vec<Line>) -> Option<Result<(), Fault>> {
    let mut case = sample(trial)?.clone();
    case.process = script(&case.process);
    let played = play(trial.subject, &case, &[], trial.give_up);
    let waits = || {
        Fault::new(
            FaultCode::PROTOCOL,
            "the plugin broke the step contract: it waits",
        )
    };
    Some(match played {
        Ok(played) => played.end.unwrap_or_else(|| Err(waits())),
        Err(problem) => Err(Fault::new(FaultCode::INTERNAL, problem)),
    })
}

fn is_fault(end: Option<Result<(), Fault>>) -> Verdict {
    match end {
        None => skipped(NONE),
        Some(Ok(())) => Verdict::Failed("the reply counts as complete".into()),
        Some(Err(fault)) if broken(&fault, "no-panic").is_some() => Verdict::Failed(fault.message),
        Some(Err(_)) => Verdict::Ok,
    }
}

pub(super) fn missing(trial: &Trial<'_>) -> Verdict {
    let end = ended(trial, |script| {
        let first = script.iter().find(|it| matches!(it, Line::Spawn { .. }));
        let fault = Some(Fault::new(FaultCode::CONFIG, "no such program"));
        match first {
            Some(Line::Spawn { spawn, .. }) => vec![Line::Spawn {
                spawn: spawn.clone(),
                fault,
            }],
            _ => Vec::new(),
        }
    });
    match end {
        Some(Err(fault)) if fault.code == FaultCode::CONFIG => Verdict::Ok,
        Some(Err(fault)) => Verdict::Failed(format!("the fault is `{}`", fault.code.as_str())),
        other => is_fault(other),
    }
}

/// The script up to the first line that the program prints, and then this end.
fn until_output(script: &[Line], end: u32) -> Vec<Line> {
    let prints = script.iter().position(|it| matches!(it, Line::Out { .. }));
    let mut lines = script[..prints.unwrap_or(script.len())].to_vec();
    lines.push(Line::Err {
        err: "conformance: something went wrong\n".into(),
    });
    lines.push(Line::End { end });
    lines
}

pub(super) fn exit(trial: &Trial<'_>) -> Verdict {
    is_fault(ended(trial, |script| until_output(script, 3)))
}

pub(super) fn early(trial: &Trial<'_>) -> Verdict {
    is_fault(ended(trial, |script| until_output(script, 0)))
}

pub(super) fn noise(trial: &Trial<'_>) -> Verdict {
    let end = ended(trial, |script| {
        let prints = script.iter().position(|it| matches!(it, Line::Out { .. }));
        let mut lines = script.to_vec();
        for text in ["no JSON {", "{\"type\":\"massgen-unknown\",\"x\":1}"] {
            lines.insert(
                prints.unwrap_or(0),
                Line::Out {
                    out: Value::String(text.into()),
                },
            );
        }
        lines
    });
    match end {
        None => skipped(NONE),
        Some(Err(fault)) if broken(&fault, "no-panic").is_some() => Verdict::Failed(fault.message),
        Some(_) => Verdict::Ok,
    }
}
