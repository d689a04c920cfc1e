//! Whether requests are recorded, replayed or neither.

use std::path::PathBuf;

use run_log::{RunDir, find_run};
use transport::Tape;

use crate::cli::RunArgs;
use crate::exit::Failure;

/// The folder of recordings that `--replay` names.
///
/// # Errors
///
/// There is no such run, or it holds no recordings.
pub(crate) fn source(args: &RunArgs) -> Result<Option<PathBuf>, Failure> {
    let Some(run) = &args.replay else {
        return Ok(None);
    };
    let found = find_run(&args.log_dir, &run.to_string_lossy());
    let dir = found.map_err(|error| {
        Failure::new(
            &error,
            error
                .hint()
                .unwrap_or("`massgen_logs` holds one folder per run"),
        )
    })?;
    let recordings = dir.join(RunDir::CASSETTES);
    if recordings.is_dir() {
        return Ok(Some(recordings));
    }
    let what = format!("`{}` holds no recordings", dir.display());
    Err(Failure::new(
        what,
        "it was run with `--no-recording`, or made no request",
    ))
}

/// What the transport does with each exchange.
pub(crate) fn tape(args: &RunArgs, source: Option<PathBuf>, dir: &RunDir) -> Tape {
    match source {
        Some(recordings) => Tape::Replay(recordings),
        None if args.no_recording => Tape::Off,
        None => Tape::Record(dir.cassettes()),
    }
}
