//! What came out: one line a rule, for people and as JSON.

use std::fmt;

use serde::Serialize;

use crate::rules::Rule;

/// Whether a rule is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", content = "why", rename_all = "snake_case")]
pub enum Verdict {
    /// It is.
    Ok,
    /// It is not: how it shows.
    Failed(String),
    /// It was not checked: why.
    Skipped(String),
}

/// One rule and its verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The rule's name, for example `one-end`.
    pub rule: &'static str,
    /// What it says.
    pub about: &'static str,
    /// How it went.
    #[serde(flatten)]
    pub verdict: Verdict,
}

impl Line {
    pub(crate) fn new(rule: &Rule, verdict: Verdict) -> Self {
        Self {
            rule: rule.id,
            about: rule.about,
            verdict,
        }
    }

    /// Whether it is broken.
    pub fn is_failed(&self) -> bool {
        matches!(self.verdict, Verdict::Failed(_))
    }

    /// `rule: why`, for one that is broken.
    pub(crate) fn failure(&self) -> Option<String> {
        match &self.verdict {
            Verdict::Failed(why) => Some(format!("{}: {why}", self.rule)),
            _ => None,
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, about, .. } = self;
        match &self.verdict {
            Verdict::Ok => write!(f, "ok       {rule:<16} {about}"),
            Verdict::Skipped(why) => write!(f, "skipped  {rule:<16} {about}: {why}"),
            Verdict::Failed(why) => write!(
                f,
                "FAILED   {rule:<16} {about}\n         {}",
                why.trim_end().replace('\n', "\n         ")
            ),
        }
    }
}

/// All rules of one plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The plugin's name.
    pub name: String,
    /// How many transcripts were played.
    pub transcripts: usize,
    /// One for each rule, in order.
    pub lines: Vec<Line>,
}

impl Report {
    /// The rules that are broken.
    pub fn failed(&self) -> Vec<&'static str> {
        let is_failed = |it: &&Line| matches!(it.verdict, Verdict::Failed(_));
        self.lines
            .iter()
            .filter(is_failed)
            .map(|it| it.rule)
            .collect()
    }

    /// Whether no rule is broken.
    pub fn is_ok(&self) -> bool {
        self.failed().is_empty()
    }

    /// The last line: how many rules, how it went.
    pub fn summary(&self) -> String {
        let count = |wanted: fn(&Verdict) -> bool| {
            let lines = self.lines.iter();
            lines.filter(|it| wanted(&it.verdict)).count()
        };
        let failed = count(|it| matches!(it, Verdict::Failed(_)));
        let skipped = count(|it| matches!(it, Verdict::Skipped(_)));
        let ok = self.lines.len() - failed - skipped;
        let transcripts = self.transcripts;
        format!(
            "{}: {ok} rules kept, {failed} broken, {skipped} skipped, {transcripts} transcripts",
            self.name
        )
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.lines {
            writeln!(f, "{line}")?;
        }
        write!(f, "{}", self.summary())
    }
}
