//! Who is told what happens in a run: its files first, then the screen.

use std::path::Path;

use display::{Detail, Mode};
use events::{Envelope, RunReport};
use run_log::{LogError, RunDir, RunLog};
use runtime::Observer;

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

/// Takes the folder of a run away that never began. One with something in it stays.
pub(crate) fn discard(dir: &RunDir) {
    drop(std::fs::remove_dir(dir.path()));
    drop(dir.path().parent().map(std::fs::remove_dir));
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
    pub(crate) fn new(args: &RunArgs, dir: &RunDir) -> Result<Self, Failure> {
        let log = RunLog::create(dir).map_err(|error| unwritable(&error))?;
        let detail = if args.verbose {
            Detail::Text
        } else {
            Detail::State
        };
        let out = Stdout::take();
        let is_terminal = out.is_terminal;
        let screen = display::Output::standard(mode(args), detail, out, is_terminal);
        Ok(Self { log, screen })
    }

    /// Writes and shows the result.
    ///
    /// # Errors
    ///
    /// The answer could not be handed over. A log that is not whole is only worth a warning.
    pub(crate) fn finish(&mut self, args: &RunArgs, report: &RunReport) -> Result<(), Failure> {
        if let Err(error) = self.log.finish(report) {
            warn(&error);
        }
        if let (Some(file), Some(answer)) = (&args.output_file, &report.answer) {
            write_answer(file, answer)?;
        }
        let shown = self.screen.finish(report);
        shown.map_err(|error| {
            let folder = &report.paths.log_dir;
            Failure::new(
                format!("cannot print the answer: {error}"),
                format!("it is in {folder}"),
            )
        })
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

/// The answer byte for byte; an earlier file is replaced whole or not at all.
fn write_answer(file: &Path, answer: &str) -> Result<(), Failure> {
    let folder = file
        .parent()
        .filter(|it| !it.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let write = || -> std::io::Result<()> {
        let mut partial = tempfile::NamedTempFile::new_in(folder)?;
        std::io::Write::write_all(&mut partial, answer.as_bytes())?;
        partial.persist(file)?;
        Ok(())
    };
    write().map_err(|error| {
        let what = format!("cannot write the answer to `{}`: {error}", file.display());
        Failure::new(
            what,
            "the answer is in `final/answer.txt` of the run's folder",
        )
    })
}
