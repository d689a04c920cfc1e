//! What goes to standard output and standard error, by mode. The only crate that prints beside
//! the program itself.

use std::io::{self, Stderr, Write};

use anstream::AutoStream;
use events::{Envelope, RunEvent, RunReport};

use crate::sink::Sink;
use crate::{Detail, Progress, clean};

/// What `--output` asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mode {
    /// The answer alone on standard output, progress on standard error.
    #[default]
    Text,
    /// One JSON document on standard output, progress on standard error.
    Json,
    /// One JSON line per event on standard output, as in `events.jsonl`; no progress.
    Events,
    /// The answer alone on standard output; on standard error only who failed for good.
    Quiet,
}

/// Shows a run: every event as it comes, and the report at the end.
#[derive(Debug)]
pub struct Output<O, E> {
    mode: Mode,
    safe: bool,
    out: Sink<O>,
    progress: Progress<E>,
}

impl<O: Write> Output<O, AutoStream<Stderr>> {
    /// Results to `out`, which is a terminal or not, and progress to standard error; colours only
    /// on a terminal, and not with `NO_COLOR`.
    pub fn standard(mode: Mode, detail: Detail, out: O, is_terminal: bool) -> Self {
        let progress = AutoStream::auto(io::stderr());
        let mut output = Self::new(mode, detail, out, progress);
        output.safe = is_terminal;
        output
    }
}

impl<O: Write, E: Write> Output<O, E> {
    /// On these streams, of which `out` is no terminal.
    pub fn new(mode: Mode, detail: Detail, out: O, progress: E) -> Self {
        Self {
            mode,
            safe: false,
            out: Sink::new(out),
            progress: Progress::new(progress, detail),
        }
    }

    /// Shows one event.
    pub fn event(&mut self, envelope: &Envelope) {
        match self.mode {
            Mode::Text | Mode::Json => self.progress.event(envelope),
            Mode::Events => self.json(serde_json::to_string(envelope)),
            Mode::Quiet if is_failure(&envelope.event) => self.progress.event(envelope),
            Mode::Quiet => {}
        }
    }

    /// Shows the result: the answer byte for byte and one line end, or the JSON document.
    ///
    /// On a terminal the answer is [`clean`]ed. Without an answer nothing goes to
    /// `out` in text; progress says how the run ended.
    ///
    /// # Errors
    /// What was to go to `out`, now or before, could not be written. A reader that went away is
    /// no error.
    pub fn finish(&mut self, report: &RunReport) -> io::Result<()> {
        match self.mode {
            Mode::Text | Mode::Quiet => self.text(report),
            Mode::Json => self.json(serde_json::to_string_pretty(report)),
            Mode::Events => {}
        }
        self.out.result()
    }

    fn text(&mut self, report: &RunReport) {
        match &report.answer {
            Some(text) => self.answer(text),
            None => self.progress.no_answer(report),
        }
    }

    fn answer(&mut self, text: &str) {
        let mut text = if self.safe {
            clean(text)
        } else {
            text.to_owned()
        };
        if !text.ends_with('\n') {
            text.push('\n');
        }
        self.out.write(text.as_bytes());
    }

    /// Events and reports are plain data: their JSON form always exists.
    fn json(&mut self, text: serde_json::Result<String>) {
        if let Ok(text) = text {
            self.out.write(format!("{text}\n").as_bytes());
        }
    }
}

/// Whether an agent is out of the run.
fn is_failure(event: &RunEvent) -> bool {
    matches!(event, RunEvent::AgentFailed { r#final: true, .. })
}

/// Prints a remark on standard error, cleaned, with a line end. Never fails.
pub fn note(text: &str) {
    print(&mut Sink::new(AutoStream::auto(io::stderr())), text);
}

/// Prints the result of a command on standard output, cleaned, with a line end. Never fails.
pub fn line(text: &str) {
    print(&mut Sink::new(io::stdout()), text);
}

fn print<W: Write>(to: &mut Sink<W>, text: &str) {
    to.write(format!("{}\n", clean(text).trim_end_matches('\n')).as_bytes());
}
