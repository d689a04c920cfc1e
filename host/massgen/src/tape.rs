//! Whether requests are recorded, replayed or neither.

use std::path::PathBuf;

use events::RunEvent;
use run_log::{LogError, RunDir, find_run, read_events};
use transport::Tape;

use crate::cli::RunArgs;
use crate::exit::Failure;

/// A recorded run.
pub(crate) struct Recorded {
    /// The folder of its recordings.
    recordings: PathBuf,
    /// Names of its calls in the order in which they ended.
    pub(crate) order: Vec<String>,
}

/// The run that `--replay` names.
///
/// # Errors
///
/// There is no such run, or it holds no recordings.
pub(crate) fn recorded(args: &RunArgs) -> Result<Option<Recorded>, Failure> {
    let Some(run) = &args.replay else {
        return Ok(None);
    };
    let dir = find_run(&args.log_dir, &run.to_string_lossy()).map_err(|it| unfit(&it))?;
    let recordings = dir.join(RunDir::CASSETTES);
    if !recordings.is_dir() {
        let what = format!("`{}` holds no recordings", dir.display());
        let hint = "it was run with `--no-recording`, or made no request";
        return Err(Failure::new(what, hint));
    }
    let events = read_events(&dir).map_err(|it| unfit(&it))?;
    let order = events.flatten().filter_map(|it| ended(it.event)).collect();
    Ok(Some(Recorded { recordings, order }))
}

fn unfit(error: &LogError) -> Failure {
    let hint = error.hint();
    Failure::new(
        error,
        hint.unwrap_or("`massgen_logs` holds one folder per run"),
    )
}

fn ended(event: RunEvent) -> Option<String> {
    match event {
        RunEvent::CallEnded { call, .. } => Some(call),
        _ => None,
    }
}

/// What the transport does with each exchange.
pub(crate) fn tape(args: &RunArgs, recorded: Option<&Recorded>, dir: &RunDir) -> Tape {
    match recorded {
        Some(recorded) => Tape::Replay(recorded.recordings.clone()),
        None if args.no_recording => Tape::Off,
        None => Tape::Record(dir.cassettes()),
    }
}
