//! Events as lines for people, one per state event, each with the agent it is about.

use std::collections::BTreeMap;
use std::io::Write;

use anstyle::{AnsiColor, Style};
use events::{AgentId, Envelope, RunEvent, RunReport};

use crate::clean::one_line;
use crate::line::{Tone, detail_line, line, no_answer};
use crate::sink::Sink;
use crate::unfinished::Unfinished;

/// How much is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Detail {
    /// State events only.
    #[default]
    State,
    /// Also what the models write, line by line as each is finished, and what their tools give.
    Text,
}

/// Which stream of an agent a piece belongs to.
type Stream = (Option<AgentId>, &'static str);

/// Writes progress lines: `[ann] answer agent1.1 (132 characters)`.
///
/// Lines carry colours; who writes to something else than a terminal strips them, as
/// [`anstream::AutoStream`] does.
#[derive(Debug)]
pub struct Progress<W> {
    out: Sink<W>,
    detail: Detail,
    unfinished: BTreeMap<Stream, Unfinished>,
}

impl<W: Write> Progress<W> {
    /// Progress that is written here.
    pub fn new(out: W, detail: Detail) -> Self {
        Self {
            out: Sink::new(out),
            detail,
            unfinished: BTreeMap::new(),
        }
    }

    /// Shows one event. A writer that fails is not tried again.
    pub fn event(&mut self, envelope: &Envelope) {
        if let Some((mark, piece)) = piece(&envelope.event) {
            if self.detail == Detail::Text {
                self.stream(&envelope.agent, mark, piece);
            }
        } else if let Some((tone, text)) = self.line(envelope) {
            self.end_streams(&envelope.agent);
            self.print(&envelope.agent, tone, &text);
        }
    }

    /// Says why there is no answer, and where to look.
    pub(crate) fn no_answer(&mut self, report: &RunReport) {
        self.print(&None, Tone::Bad, &no_answer(report));
    }

    fn line(&self, envelope: &Envelope) -> Option<(Tone, String)> {
        let state = line(&envelope.event, envelope.ms);
        state.or_else(|| match self.detail {
            Detail::State => None,
            Detail::Text => detail_line(&envelope.event),
        })
    }

    fn stream(&mut self, agent: &Option<AgentId>, mark: &'static str, piece: &str) {
        let stream = self.unfinished.entry((agent.clone(), mark)).or_default();
        for text in stream.add(piece) {
            self.print_streamed(agent, mark, &text);
        }
    }

    /// A state event ends the lines that its agent has begun.
    fn end_streams(&mut self, agent: &Option<AgentId>) {
        for mark in [TEXT, THOUGHT] {
            let stream = self.unfinished.remove(&(agent.clone(), mark));
            if let Some(text) = stream.and_then(|mut stream| stream.rest()) {
                self.print_streamed(agent, mark, &text);
            }
        }
    }

    fn print_streamed(&mut self, agent: &Option<AgentId>, mark: &str, text: &str) {
        let text = crate::clean(text);
        let text = text.trim_end();
        if !text.is_empty() {
            self.print(agent, Tone::Quiet, &format!("{mark} {text}"));
        }
    }

    fn print(&mut self, agent: &Option<AgentId>, tone: Tone, text: &str) {
        let who = agent.as_ref().map_or("team", AgentId::as_str);
        let who = one_line(who, 40);
        let (name, style) = (Style::new().bold(), style(tone));
        let line = format!("{name}[{who}]{name:#} {style}{text}{style:#}\n");
        self.out.write(line.as_bytes());
    }
}

const TEXT: &str = "|";
const THOUGHT: &str = "~";

/// A piece of streamed text, with the mark of its stream.
fn piece(event: &RunEvent) -> Option<(&'static str, &str)> {
    match event {
        RunEvent::TextDelta { text } | RunEvent::FinalDelta { text } => Some((TEXT, text)),
        RunEvent::ReasoningDelta { text, .. } => Some((THOUGHT, text)),
        _ => None,
    }
}

fn style(tone: Tone) -> Style {
    match tone {
        Tone::Plain => Style::new(),
        Tone::Good => AnsiColor::Green.on_default(),
        Tone::Bad => AnsiColor::Yellow.on_default(),
        Tone::Quiet => Style::new().dimmed(),
    }
}
