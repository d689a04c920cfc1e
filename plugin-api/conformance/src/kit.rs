//! What the rules are checked with: where the plugin comes from, what it says of itself, its cases.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use massgen_plugin::Config;
use massgen_plugin::chat::{Call, Role, Turn};
use massgen_plugin::metadata::{BackendType, Metadata};

use crate::case::{self, Case};
use crate::frames::Answer;
use crate::pilot::Pilot;
use crate::report::{Line, Report, Verdict};
use crate::rules::{self, Needs, Rule};
use crate::stage::GiveUp;
use crate::subject::{Source, Subject};
use crate::watch::watched;

/// Longest time for one rule.
const PATIENCE: Duration = Duration::from_secs(120);

/// A plugin and everything the rules want to know of it.
pub struct Kit {
    source: Arc<dyn Source>,
    locked: Option<Arc<dyn Source>>,
    metadata: Arc<Metadata>,
    cases: Vec<Case>,
    config: Option<Config>,
}

impl Kit {
    /// A kit for the plugin of `source`, in whose file `metadata` was read.
    pub fn new(source: impl Source + 'static, metadata: Metadata) -> Self {
        Self {
            source: Arc::new(source),
            locked: None,
            metadata: Arc::new(metadata),
            cases: Vec::new(),
            config: None,
        }
    }

    /// Where the same plugin runs under the filter of system calls.
    #[must_use]
    pub fn locked(mut self, source: impl Source + 'static) -> Self {
        self.locked = Some(Arc::new(source));
        self
    }

    /// The configuration of calls that the kit makes up, instead of the least that the metadata
    /// allows.
    #[must_use]
    pub fn config(mut self, config: Config) -> Self {
        self.config = Some(config);
        self
    }

    /// Adds the transcripts of a folder.
    ///
    /// # Errors
    ///
    /// Which file cannot be read, and why.
    pub fn transcripts(mut self, folder: &Path) -> Result<Self, String> {
        self.cases.extend(case::all(folder)?);
        Ok(self)
    }

    /// Checks every rule, in order; `tell` gets each line as it is known.
    pub fn check(&self, mut tell: impl FnMut(&Line)) -> Report {
        let mut lines = self.check_in(&self.source, &mut tell);
        let line = self.check_locked(&lines);
        tell(&line);
        lines.push(line);
        Report {
            name: self.metadata.manifest.name.clone(),
            transcripts: self.cases.len(),
            lines,
        }
    }

    fn check_in(&self, source: &Arc<dyn Source>, tell: &mut dyn FnMut(&Line)) -> Vec<Line> {
        let samples = Arc::new(self.samples());
        let pilot = Arc::new(Pilot::fly(source, &samples));
        if let Some((id, what)) = &pilot.trouble
            && *id == rules::NO_IO.id
        {
            return vec![Line::new(&rules::NO_IO, Verdict::Failed(what.clone()))];
        }
        let mut broken = None;
        let mut lines: Vec<Line> = Vec::new();
        for rule in rules::ALL {
            let verdict = match (&broken, rule.needs) {
                (Some(first), Needs::Pilot) => Verdict::Skipped(format!("`{first}` is broken")),
                _ => self.check_one(rule, source, &samples, &pilot),
            };
            if matches!(verdict, Verdict::Failed(_)) && rule.gates {
                broken.get_or_insert(rule.id);
            }
            let line = Line::new(rule, verdict);
            tell(&line);
            lines.push(line);
        }
        lines
    }

    fn check_one(
        &self,
        rule: &Rule,
        source: &Arc<dyn Source>,
        samples: &Arc<Vec<Case>>,
        pilot: &Arc<Pilot>,
    ) -> Verdict {
        if let Some((id, what)) = &pilot.trouble
            && *id == rule.id
        {
            return Verdict::Failed(what.clone());
        }
        let subject = match source.start() {
            Ok(subject) => subject,
            Err(why) => return Verdict::Failed(why),
        };
        let (samples, pilot) = (Arc::clone(samples), Arc::clone(pilot));
        let metadata = Arc::clone(&self.metadata);
        let check = rule.check;
        let checked = watched(PATIENCE, move |give_up| {
            check(&Trial {
                subject: &*subject,
                metadata: &metadata,
                samples: &samples,
                pilot: &pilot,
                give_up,
            })
        });
        checked.unwrap_or_else(Verdict::Failed)
    }

    /// Everything again where a plugin that does I/O is ended. What was broken before, without the
    /// filter, says nothing here.
    fn check_locked(&self, before: &[Line]) -> Line {
        let rule = &rules::NO_IO;
        let skipped = |why: String| Line::new(rule, Verdict::Skipped(why));
        let Some(source) = &self.locked else {
            return skipped("no child under the filter of system calls".into());
        };
        let gates = |line: &&Line| line.is_failed() && rules::gates(line.rule);
        if let Some(line) = before.iter().find(gates) {
            return skipped(format!("`{}` is broken without it", line.rule));
        }
        let new = |line: &&Line| {
            let is_known = |it: &Line| it.rule == line.rule && it.is_failed();
            !before.iter().any(is_known)
        };
        let lines = self.check_in(source, &mut |_| {});
        let failed: Vec<_> = lines.iter().filter(new).filter_map(Line::failure).collect();
        Line::new(
            rule,
            match failed.as_slice() {
                [] => Verdict::Ok,
                [only] => Verdict::Failed(only.clone()),
                [first, more @ ..] => {
                    Verdict::Failed(format!("{first} (and {} more rules)", more.len()))
                }
            },
        )
    }

    /// The cases that rules play: those that were given, else one that the kit makes up for each
    /// backend type.
    fn samples(&self) -> Vec<Case> {
        if !self.cases.is_empty() && self.config.is_none() {
            return self.cases.clone();
        }
        if let Some(config) = &self.config {
            return vec![made_up(config.clone())];
        }
        let types = self.metadata.manifest.types.iter();
        types.map(|it| made_up(least(it))).collect()
    }
}

/// What a rule is checked on.
pub(crate) struct Trial<'a> {
    pub(crate) subject: &'a dyn Subject,
    pub(crate) metadata: &'a Metadata,
    pub(crate) samples: &'a [Case],
    /// Each sample played once, whole.
    pub(crate) pilot: &'a Pilot,
    pub(crate) give_up: &'a GiveUp,
}

/// The least configuration of a backend type.
pub(crate) fn least(of: &BackendType) -> Config {
    let anywhere = || "http://localhost:9/v1".to_owned();
    Config {
        backend_type: of.name.clone(),
        base_url: Some(of.base_url.clone().unwrap_or_else(anywhere)),
        model: Some(of.model.clone().unwrap_or_else(|| "some-model".into())),
        workspace: (of.filesystem == "native").then(|| "/nowhere".to_owned()),
        ..Config::default()
    }
}

/// A plain question, answered with nothing.
fn made_up(config: Config) -> Case {
    let event_stream = ("content-type".to_owned(), "text/event-stream".to_owned());
    let silence = Answer {
        status: 200,
        headers: vec![event_stream],
        ..Answer::default()
    };
    Case {
        name: format!("a plain question to `{}`", config.backend_type),
        folder: None,
        config,
        call: Call {
            id: "conformance".into(),
            turns: vec![Turn::text(Role::User, "Say hello.")],
            ..Call::default()
        },
        answers: vec![silence; 4],
        process: Vec::new(),
    }
}
