//! The program's own log: what crates say through `tracing` goes into the run's folder.

use std::fs::File;

use run_log::RunDir;
use tracing_subscriber::EnvFilter;

/// Variable that says what is logged, in the usual syntax, for example `transport=debug`.
const VARIABLE: &str = "MASSGEN_LOG";

/// Starts logging into the run's folder. Without a file the run goes on without a log.
pub(crate) fn start(dir: &RunDir) {
    let Ok(file) = File::create(dir.tracing()) else {
        return;
    };
    // `rmcp` logs whole messages of servers, with whatever secret is in them.
    let filter =
        EnvFilter::try_from_env(VARIABLE).unwrap_or_else(|_| EnvFilter::new("info,rmcp=off"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false);
    // Only a test that runs in the same process could have set one before.
    drop(log.with_writer(std::sync::Mutex::new(file)).try_init());
}
