//! Plays the cases of a folder and compares what came out with what stands beside them.
//!
//! Each case is played whole, which gives the files, then with its bytes cut in every other way,
//! which must give the same. With `UPDATE_TRANSCRIPTS=1` in the environment the files are written
//! instead of compared: read them afterwards. `TRANSCRIPT=NAME` plays that case only.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use massgen_plugin::Fault;
use massgen_plugin::sdk::Entry;
use similar::TextDiff;

use crate::case::{self, CHUNKS, Case, PROCESS, REQUESTS};
use crate::cuts::ways;
use crate::frames::Happening;
use crate::gate::Gate;
use crate::stage::{GiveUp, Played, Stage};
use crate::story;
use crate::subject::{Backend, Linked, Subject};
use crate::watch::watched;
use crate::world::World;

/// Longest time for one case with all its cuts.
const PATIENCE: Duration = Duration::from_secs(120);

/// Of the ways to cut that change nothing for the plugin, one in so many is played all the same.
const PLAYED_ANYWAY: usize = 97;

/// Plays every case of `folder` against the backend `E`, which is linked into the test.
///
/// A test of one line in each plugin's crate, where `E` is what `export!` is given, for a
/// translator [`Translating`](massgen_plugin::sdk::Translating) of it.
///
/// # Panics
///
/// When a case comes out otherwise than its files say, with the difference, and when the folder
/// has no case.
#[track_caller]
pub fn transcripts<E: Entry>(folder: impl AsRef<Path>) {
    let folder = folder.as_ref();
    let problems = match case::all(folder) {
        Err(problem) => vec![problem],
        Ok(cases) if cases.is_empty() => vec![format!("no case in `{}`", folder.display())],
        Ok(cases) => {
            let subject: Arc<dyn Subject> = Arc::new(Linked::entry::<E>());
            let update = std::env::var_os("UPDATE_TRANSCRIPTS").is_some_and(|it| it == "1");
            let only = std::env::var("TRANSCRIPT").ok();
            let is_meant = |case: &&Case| only.as_ref().is_none_or(|it| *it == case.name);
            let problem = |case: &Case| check(&subject, case, update).err();
            cases.iter().filter(is_meant).filter_map(problem).collect()
        }
    };
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Plays one case in all its ways, and compares or writes its files.
fn check(subject: &Arc<dyn Subject>, case: &Case, update: bool) -> Result<(), String> {
    let about = |problem: String| format!("case `{}`: {problem}", case.name);
    let (subject, played) = (Arc::clone(subject), case.clone());
    let whole = watched(PATIENCE, move |give_up| {
        let whole = play(&*subject, &played, &[], give_up)?;
        same_however_cut(&*subject, &played, &whole, give_up)?;
        Ok(whole)
    });
    let whole = whole.and_then(|it| it).map_err(about)?;
    if update {
        write(case, &whole).map_err(about)
    } else {
        compare(case, &whole, &[CHUNKS, REQUESTS, PROCESS]).map_err(about)
    }
}

/// Plays a case with its bodies cut at these places.
///
/// # Errors
///
/// A fault before the first step, and whatever the case has no answer to.
pub(crate) fn play(
    subject: &dyn Subject,
    case: &Case,
    cuts: &[Vec<usize>],
    give_up: &GiveUp,
) -> Result<Played, String> {
    let played = match subject.create(&case.config_text()) {
        Ok(backend) => session(&*backend, case, cuts, give_up),
        Err(fault) => ended(fault),
    };
    match played.unanswered {
        Some(what) => Err(what),
        None => Ok(played),
    }
}

/// One session of a backend that is there already.
pub(crate) fn session(
    backend: &dyn Backend,
    case: &Case,
    cuts: &[Vec<usize>],
    give_up: &GiveUp,
) -> Played {
    let world = World::of(case, cuts);
    match Stage::open(backend, &case.call_text(), world, Gate::default(), give_up) {
        Ok(stage) => stage.finish(),
        Err(fault) => ended(fault),
    }
}

/// A session that never began.
fn ended(fault: Fault) -> Played {
    Played {
        end: Some(Err(fault)),
        ..Played::default()
    }
}

/// Plays a case cut in other ways; each gives what the whole gave.
///
/// # Errors
///
/// The first way that does not, with the difference.
pub(crate) fn same_however_cut(
    subject: &dyn Subject,
    case: &Case,
    whole: &Played,
    give_up: &GiveUp,
) -> Result<(), String> {
    let lengths: Vec<_> = case.answers.iter().map(|it| it.body.len()).collect();
    let expected = story::chunks(whole);
    let uncut = vec![Vec::new(); lengths.len()];
    for (at, cuts) in ways(&lengths).iter().enumerate() {
        // What the plugin is told is the same to the byte: playing it again shows nothing new.
        if at % PLAYED_ANYWAY != 0 && told(case, whole, cuts) == told(case, whole, &uncut) {
            continue;
        }
        let got = story::chunks(&play(subject, case, cuts, give_up)?);
        if got != expected {
            let places = places(cuts);
            let difference = difference(&expected, &got);
            return Err(format!("cut {places} the chunks differ:\n{difference}"));
        }
    }
    Ok(())
}

/// The events of every response of a case, cut so.
fn told(case: &Case, whole: &Played, cuts: &[Vec<usize>]) -> Vec<Happening> {
    let asked = case.answers.iter().zip(&whole.requests).zip(cuts);
    asked
        .flat_map(|((answer, request), cuts)| answer.events(1, request.framing, cuts))
        .collect()
}

fn places(cuts: &[Vec<usize>]) -> String {
    let all: Vec<_> = cuts
        .iter()
        .enumerate()
        .filter(|(_, it)| !it.is_empty())
        .collect();
    match all.as_slice() {
        [(body, places)] if places.len() <= 16 => format!("in body {body} at {places:?}"),
        _ => "at every byte".into(),
    }
}

/// Compares what a case gave with these of its files.
///
/// # Errors
///
/// The differences.
pub(crate) fn compare(case: &Case, played: &Played, which: &[&str]) -> Result<(), String> {
    let mut problem = String::new();
    let files = files(case, played);
    for (file, got) in files.into_iter().filter(|(file, _)| which.contains(file)) {
        match case.expected(file) {
            None => {
                let hint = "hint: `UPDATE_TRANSCRIPTS=1` writes it; read it afterwards";
                let _ = writeln!(problem, "`{file}` is missing\n{hint}");
            }
            Some(expected) if meaning(file, &expected) != meaning(file, &got) => {
                let difference = difference(&expected, &got);
                let _ = writeln!(problem, "`{file}` differs:\n{difference}");
            }
            Some(_) => {}
        }
    }
    if problem.is_empty() {
        Ok(())
    } else {
        Err(problem)
    }
}

/// The values of a file, whatever its white space and order of keys.
fn meaning(file: &str, text: &str) -> Vec<serde_json::Value> {
    let parse = |text: &str| serde_json::from_str(text).unwrap_or_default();
    if file == REQUESTS {
        return vec![parse(text)];
    }
    let lines = text.lines().filter(|it| !it.trim().is_empty());
    lines.map(parse).collect()
}

fn write(case: &Case, played: &Played) -> Result<(), String> {
    for (file, got) in files(case, played) {
        let expected = case.expected(file);
        if expected.is_some_and(|it| meaning(file, &it) == meaning(file, &got)) {
            continue;
        }
        let Some(folder) = &case.folder else {
            continue;
        };
        fs::write(folder.join(file), got)
            .map_err(|error| format!("cannot write `{file}`: {error}"))?;
    }
    Ok(())
}

/// The files of a case and what they would be.
fn files(case: &Case, played: &Played) -> Vec<(&'static str, String)> {
    let mut files = vec![(CHUNKS, story::chunks(played))];
    if !played.requests.is_empty() || case.process.is_empty() {
        files.push((REQUESTS, story::requests(played)));
    }
    if !case.process.is_empty() {
        files.push((PROCESS, story::process(&played.script)));
    }
    files
}

fn difference(expected: &str, got: &str) -> String {
    TextDiff::from_lines(expected, got)
        .unified_diff()
        .context_radius(2)
        .header("expected", "got")
        .to_string()
}
