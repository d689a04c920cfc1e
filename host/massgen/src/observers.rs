//! Who is told what happens in a run: its files first, then the screen.

use display::{Detail, Mode};
use events::{Envelope, RunReport};
use run_log::{LogError, RunDir, RunLog};
use runtime::Observer;

use crate::answer_file;
use crate::cli::{Output, RunArgs};
use crate::exit::Failure;
use crate::stdout::Stdout;

/// Files and screen of one run.
pub(crate) struct Observers {
    log: RunLog,
    screen: Screen,
}

type Screen = display::Output<Stdout, anstream::AutoStream<std::io::Stderr>>;

/// Makes the run's folder.
///
/// # Errors
///
/// The place cannot be written.
pub(crate) fn create_dir(args: &RunArgs) -> Result<RunDir, Failure> {
    RunDir::create(&args.log_dir).map_err(|error| unwritable(&error))
}

fn unwritable(error: &LogError) -> Failure {
    let hint = error
        .hint()
        .unwrap_or("name another folder: `--log-dir DIR`");
    Failure::new(with_source(error), hint)
}

/// The error and what caused it, in one line.
fn with_source(error: &dyn std::error::Error) -> String {
    let cause = error.source().map(|it| format!(": {it}"));
    format!("{error}{}", cause.unwrap_or_default())
}

impl Observers {
    /// # Errors
    ///
    /// The event log cannot be written.
    pub(crate) fn new(args: &RunArgs, dir: &RunDir, out: Stdout) -> Result<Self, Failure> {
        let log = RunLog::create(dir).map_err(|error| unwritable(&error))?;
        let detail = if args.verbose {
            Detail::Text
        } else {
            Detail::State
        };
        let is_terminal = out.is_terminal;
        let screen = display::Output::standard(mode(args), detail, out, is_terminal);
        Ok(Self { log, screen })
    }

    /// Writes and shows the result; a file of the user's own comes last.
    ///
    /// # Errors
    ///
    /// The answer could not be handed over. A log that is not whole is only worth a warning.
    pub(crate) fn finish(&mut self, args: &RunArgs, report: &RunReport) -> Result<(), Failure> {
        if let Err(error) = self.log.finish(report) {
            warn(&error);
        }
        let shown = self.screen.finish(report);
        shown.map_err(|error| {
            let folder = &report.paths.log_dir;
            Failure::new(
                format!("cannot print the answer: {error}"),
                format!("it is in {folder}"),
            )
        })?;
        answer_file::write(args, report)
    }
}

impl Observer for Observers {
    fn observe(&mut self, envelope: &Envelope) {
        if let Err(error) = self.log.write(envelope) {
            warn(&error);
        }
        self.screen.event(envelope);
    }
}

fn warn(error: &LogError) {
    display::note(&format!(
        "warning: {}; the run goes on without it",
        with_source(error)
    ));
}

fn mode(args: &RunArgs) -> Mode {
    match args.output {
        Output::Text if args.quiet => Mode::Quiet,
        Output::Text => Mode::Text,
        Output::Json => Mode::Json,
        Output::Events => Mode::Events,
    }
}
