//! The step contract where it shows only when the host does something unusual.

use std::time::Duration;

use massgen_plugin::FaultCode;
use massgen_plugin::abi::host::Event;
use massgen_plugin::abi::{EventKind, Verdict as Answer, limits};

use super::each;
use crate::gate::Gate;
use crate::kit::Trial;
use crate::pilot::broken;
use crate::report::Verdict;
use crate::stage::{Next, Stage};
use crate::story;
use crate::transcripts::play;
use crate::world::World;

/// A slow step is tried again, because the machine may have been busy.
const TRIES: usize = 4;

pub(super) fn step_time(trial: &Trial<'_>) -> Verdict {
    let plays = trial.samples.iter().zip(&trial.pilot.plays);
    each(
        plays,
        |(case, _)| case.name.clone(),
        |(case, played)| {
            let mut slowest = longest(&played.steps);
            for _ in 1..TRIES {
                if slowest < limits::SLOW_STEP {
                    return Ok(());
                }
                let again = play(trial.subject, case, &[], trial.give_up)?;
                slowest = slowest.min(longest(&again.steps));
            }
            if slowest < limits::SLOW_STEP {
                return Ok(());
            }
            Err(format!("a step takes {} ms", slowest.as_millis()))
        },
    )
}

fn longest(steps: &[Duration]) -> Duration {
    steps.iter().max().copied().unwrap_or_default()
}

pub(super) fn silent(trial: &Trial<'_>) -> Verdict {
    match trial.pilot.printed.trim() {
        "" => Verdict::Ok,
        text => Verdict::Failed(format!("it printed: {text}")),
    }
}

pub(super) fn requires(trial: &Trial<'_>) -> Verdict {
    each(
        trial.samples.iter().take(1),
        |case| case.name.clone(),
        |case| {
            let mut case = (*case).clone();
            case.call.requires = vec!["massgen-conformance-unknown".into()];
            let played = play(trial.subject, &case, &[], trial.give_up)?;
            match &played.end {
                Some(Err(fault)) if fault.code == FaultCode::UNSUPPORTED => Ok(()),
                Some(Err(fault)) => Err(format!("the fault is `{}`", fault.code.as_str())),
                _ => Err("the call is carried out all the same".into()),
            }
        },
    )
}

/// An event that no version of the contract has.
const UNKNOWN: EventKind = EventKind(987_654);

pub(super) fn unknown_events(trial: &Trial<'_>) -> Verdict {
    let plays = trial.samples.iter().zip(&trial.pilot.plays);
    each(
        plays,
        |(case, _)| case.name.clone(),
        |(case, played)| {
            let Ok(backend) = trial.subject.create(&case.config_text()) else {
                return Ok(());
            };
            let world = World::of(case, &[]);
            let gate = Gate::default();
            let call = case.call_text();
            let Ok(mut stage) = Stage::open(&*backend, &call, world, gate, trial.give_up) else {
                return Ok(());
            };
            for _ in 0..played.steps.len() * 2 {
                for ticket in [0, 1] {
                    let event = Event {
                        kind: UNKNOWN,
                        status: 7,
                        ticket,
                        data: b"\xffno JSON",
                    };
                    stage.advance(Next::This(event));
                }
                if !stage.advance(Next::World) {
                    break;
                }
            }
            let got = story::chunks(&stage.finish());
            if got == story::chunks(played) {
                Ok(())
            } else {
                Err(format!(
                    "with unknown events in between it goes otherwise:\n{got}"
                ))
            }
        },
    )
}

pub(super) fn refusals(trial: &Trial<'_>) -> Verdict {
    let answers = [
        Answer::DENIED,
        Answer::UNKNOWN,
        Answer::TOO_MANY,
        Answer(4711),
    ];
    each(
        answers,
        |it| format!("verdict {}", it.name()),
        |&answer| {
            trial
                .samples
                .iter()
                .try_for_each(|case| refused(trial, case, answer))
        },
    )
}

fn refused(trial: &Trial<'_>, case: &crate::case::Case, answer: Answer) -> Result<(), String> {
    let Ok(backend) = trial.subject.create(&case.config_text()) else {
        return Ok(());
    };
    let gate = Gate {
        refuse: Some(answer),
    };
    let world = World::of(case, &[]);
    let Ok(stage) = Stage::open(&*backend, &case.call_text(), world, gate, trial.give_up) else {
        return Ok(());
    };
    let played = stage.finish();
    match &played.end {
        None => Err("the session goes on for ever".into()),
        Some(Err(fault)) if broken(fault, "no-panic").is_some() => Err(fault.message.clone()),
        Some(_) => Ok(()),
    }
}
