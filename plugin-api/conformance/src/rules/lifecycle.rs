//! Sessions side by side, given up, dropped, a thousand of them.

use std::time::{Duration, Instant};

use massgen_plugin::abi::host::Event;
use massgen_plugin::chat::Chunk;

use super::{each, skipped};
use crate::case::Case;
use crate::gate::Gate;
use crate::kit::Trial;
use crate::pilot::broken;
use crate::report::Verdict;
use crate::stage::{Next, Played, Stage};
use crate::story;
use crate::subject::Backend;
use crate::world::World;

/// So many samples are given up at every place.
const SAMPLES: usize = 16;
/// So many places of one sample at most.
const PLACES: usize = 60;
const SESSIONS: usize = 1000;
/// A drop is quicker than this.
const QUICK: Duration = Duration::from_millis(50);
/// Growth that is no leak, in bytes: tables that have reached another size.
const SLACK: u64 = 4096;

fn open(trial: &Trial<'_>, backend: &dyn Backend, case: &Case) -> Option<Stage> {
    let world = World::of(case, &[]);
    let call = case.call_text();
    Stage::open(backend, &call, world, Gate::default(), trial.give_up).ok()
}

fn plays<'a>(trial: &'a Trial<'_>) -> impl Iterator<Item = (&'a Case, &'a Played)> {
    trial.samples.iter().zip(&trial.pilot.plays)
}

fn name(of: &(&Case, &Played)) -> String {
    of.0.name.clone()
}

pub(super) fn drop_quickly(trial: &Trial<'_>) -> Verdict {
    each(plays(trial).take(SAMPLES), name, |(case, _)| {
        let Ok(backend) = trial.subject.create(&case.config_text()) else {
            return Ok(());
        };
        let mut quickest = Duration::MAX;
        for _ in 0..4 {
            let Some(stage) = open(trial, &*backend, case) else {
                return Ok(());
            };
            let (_, session) = stage.play().leave();
            let began = Instant::now();
            drop(session);
            // In a child the drop has happened when the next question is answered.
            trial.subject.live_bytes().map_err(|it| it.message)?;
            quickest = quickest.min(began.elapsed());
            said_panic(trial, &*backend, case)?;
            if quickest < QUICK {
                return Ok(());
            }
        }
        Err(format!("it takes {} ms", quickest.as_millis()))
    })
}

/// A panic in a drop is caught, and told with the next step.
fn said_panic(trial: &Trial<'_>, backend: &dyn Backend, case: &Case) -> Result<(), String> {
    let next = open(trial, backend, case);
    let chunks = next.map(|it| it.leave().0.chunks).unwrap_or_default();
    let told = chunks.into_iter().find_map(|it| match it {
        Chunk::Debug { text, .. } if text.contains("panicked") => Some(text),
        _ => None,
    });
    told.map_or(Ok(()), Err)
}

pub(super) fn interleaved(trial: &Trial<'_>) -> Verdict {
    each(plays(trial), name, |(case, alone)| {
        let Ok(backend) = trial.subject.create(&case.config_text()) else {
            return Ok(());
        };
        let (mut neighbour, beside) = neighbour(trial, &*backend, case, alone);
        let Some(mut one) = open(trial, &*backend, case) else {
            return Ok(());
        };
        loop {
            let first = one.advance(Next::World);
            let second = neighbour.as_mut().is_some_and(|it| it.advance(Next::World));
            if !first && !second {
                break;
            }
        }
        same(&one.finish(), alone, "itself")?;
        let other = neighbour.map(Stage::finish);
        other.map_or(Ok(()), |it| same(&it, beside, "its neighbour"))
    })
}

/// Another sample of the same configuration, or the same one once more.
fn neighbour<'a>(
    trial: &'a Trial<'_>,
    backend: &dyn Backend,
    case: &'a Case,
    alone: &'a Played,
) -> (Option<Stage>, &'a Played) {
    let other = plays(trial).find(|(other, played)| {
        other.name != case.name && other.config == case.config && played.steps.len() > 2
    });
    let (other, beside) = other.unwrap_or((case, alone));
    (open(trial, backend, other), beside)
}

fn same(got: &Played, alone: &Played, whose: &str) -> Result<(), String> {
    let (got, alone) = (story::chunks(got), story::chunks(alone));
    if got == alone {
        return Ok(());
    }
    Err(format!(
        "beside another session {whose} gives other chunks:\n{got}"
    ))
}

pub(super) fn cancelled(trial: &Trial<'_>) -> Verdict {
    given_up(trial, |mut stage| {
        let before = stage.is_over();
        stage.advance(Next::This(Event::CANCEL));
        let played = stage.leave().0;
        match &played.end {
            Some(Err(fault)) if !before && broken(fault, "").is_some_and(str::is_empty) => {
                Err(format!("`CANCEL`: {}", fault.message))
            }
            _ => Ok(()),
        }
    })
}

pub(super) fn abandoned(trial: &Trial<'_>) -> Verdict {
    given_up(trial, |stage| {
        drop(stage);
        Ok(())
    })
}

/// Sessions that end after each of their events. The second round may leave nothing behind that
/// the first did not.
fn given_up(trial: &Trial<'_>, end: impl Fn(Stage) -> Result<(), String>) -> Verdict {
    each(plays(trial).take(SAMPLES), name, |(case, played)| {
        let Ok(backend) = trial.subject.create(&case.config_text()) else {
            return Ok(());
        };
        let live = || trial.subject.live_bytes().map_err(|it| it.message);
        let mut after = [None; 3];
        for round in &mut after {
            for events in 0..played.steps.len().min(PLACES) {
                let Some(mut stage) = open(trial, &*backend, case) else {
                    break;
                };
                for _ in 0..events {
                    stage.advance(Next::World);
                }
                end(stage)?;
            }
            *round = live()?;
        }
        match after {
            [_, Some(first), Some(second)] if second > first + SLACK / 8 => {
                Err(format!("{} bytes are left behind", second - first))
            }
            _ => Ok(()),
        }
    })
}

pub(super) fn steady(trial: &Trial<'_>) -> Verdict {
    if !matches!(trial.subject.live_bytes(), Ok(Some(_))) {
        return skipped("no memory meter");
    }
    let short = plays(trial).filter(|(_, it)| it.steps.len() > 1);
    let Some((case, _)) = short.min_by_key(|(_, it)| it.steps.len()) else {
        return skipped("no session takes a second step");
    };
    let Ok(backend) = trial.subject.create(&case.config_text()) else {
        return skipped("no backend");
    };
    let mut warm = None;
    for at in 0..SESSIONS {
        let stage = open(trial, &*backend, case);
        drop(stage.map(Stage::finish));
        if at == SESSIONS / 10 {
            warm = trial.subject.live_bytes().ok().flatten();
        }
    }
    match (warm, trial.subject.live_bytes()) {
        (Some(warm), Ok(Some(end))) if end > warm + SLACK => {
            let grown = end - warm;
            Verdict::Failed(format!("{grown} bytes more after {SESSIONS} sessions"))
        }
        (_, Err(fault)) => Verdict::Failed(fault.message),
        _ => Verdict::Ok,
    }
}
