//! Each sample played once, whole: most rules read what came of it, and whoever does not survive
//! it needs no further questions.

use std::sync::Arc;
use std::time::Duration;

use massgen_plugin::{Fault, FaultCode};

use crate::case::Case;
use crate::gate::Gate;
use crate::stage::{GiveUp, Played, Stage};
use crate::subject::{Source, Subject};
use crate::watch::watched;
use crate::world::World;

/// Longest time for one sample.
const PATIENCE: Duration = Duration::from_secs(20);

/// What came of the samples.
#[derive(Default)]
pub(crate) struct Pilot {
    /// In the order of the samples; short when there was trouble.
    pub(crate) plays: Vec<Played>,
    /// The rule that was broken first, and how it showed.
    pub(crate) trouble: Option<(&'static str, String)>,
    /// What the plugin printed.
    pub(crate) printed: String,
}

impl Pilot {
    /// Plays each sample on a new backend.
    pub(crate) fn fly(source: &Arc<dyn Source>, samples: &Arc<Vec<Case>>) -> Self {
        let mut pilot = Self::default();
        let subject = match source.start() {
            Ok(subject) => subject,
            Err(why) => {
                pilot.trouble = Some(("create", why));
                return pilot;
            }
        };
        for at in 0..samples.len() {
            let name = samples[at].name.clone();
            let (samples, subject) = (Arc::clone(samples), Arc::clone(&subject));
            let flown = watched(PATIENCE, move |give_up| {
                one(&*subject, &samples[at], give_up)
            });
            match flown.unwrap_or_else(|why| Err(given_up(why))) {
                Ok(played) => pilot.plays.push(played),
                Err((rule, what)) => {
                    pilot.trouble = Some((rule, format!("{name}: {what}")));
                    break;
                }
            }
        }
        pilot.printed = subject.printed();
        pilot
    }
}

type Trouble = (&'static str, String);

fn given_up(why: String) -> Trouble {
    let rule = if why.contains("did not come back") {
        "returns"
    } else {
        "limits"
    };
    (rule, why)
}

fn one(subject: &dyn Subject, case: &Case, give_up: &GiveUp) -> Result<Played, Trouble> {
    let ended = |fault: Fault| Played {
        end: Some(Err(fault)),
        ..Played::default()
    };
    let backend = match subject.create(&case.config_text()) {
        Ok(backend) => backend,
        Err(fault) => return judged(ended(fault), "create"),
    };
    let world = World::of(case, &[]);
    let opened = Stage::open(
        &*backend,
        &case.call_text(),
        world,
        Gate::default(),
        give_up,
    );
    let stage = match opened {
        Ok(stage) => stage,
        Err(fault) => return judged(ended(fault), "open"),
    };
    let (played, session) = stage.play().leave();
    // Dropping a session is a rule of its own.
    std::mem::forget(session);
    judged(played, "no-panic")
}

/// The play, unless a rule of the step contract was broken in it; `panicked` is the rule that a
/// panic here breaks.
fn judged(played: Played, panicked: &'static str) -> Result<Played, Trouble> {
    if played.too_many {
        return Err((
            "limits",
            "the plugin asks for more than the limits allow".into(),
        ));
    }
    match &played.end {
        None => Err((
            "ends",
            "the session waits for what never comes, or goes on without end".into(),
        )),
        Some(Err(fault)) => match broken(fault, panicked) {
            Some(rule) => Err((rule, fault.message.clone())),
            None => Ok(played),
        },
        Some(Ok(())) => Ok(played),
    }
}

/// The rule that such a fault says is broken: the words are the referee's and the child runner's.
pub(crate) fn broken(fault: &Fault, panicked: &'static str) -> Option<&'static str> {
    if fault.code == FaultCode::PANICKED {
        return Some(panicked);
    }
    const WORDS: [(&str, &str); 12] = [
        ("system call", "no-io"),
        ("did not answer within", "returns"),
        ("wanted more memory", "memory"),
        ("sends without end", "limits"),
        ("process is gone", "no-panic"),
        ("a ticket twice, or 0", "tickets"),
        ("more than 4 MiB", "limits"),
        ("longer than 16 MiB", "ends"),
        ("without end inside one step", "limits"),
        ("cannot be read", "form"),
        ("waits, and for nothing", "ends"),
        ("`done` chunk", "one-end"),
    ];
    let text = &fault.message;
    if text.starts_with("the plugin said unknown progress") {
        return Some("form");
    }
    let is_theirs = text.starts_with("the plugin broke the step contract")
        || text.starts_with("the plugin's process is gone");
    if !is_theirs {
        return None;
    }
    let said = WORDS.iter().find(|(words, _)| text.contains(words));
    // "it sent a chunk after `done`"
    Some(said.map_or("one-end", |(_, rule)| *rule))
}
