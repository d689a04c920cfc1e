//! The files of a run: its own directory, the event log in it, and what is left at the end.
//!
//! ```text
//! massgen_logs/log_YYYYMMDD_HHMMSS_micros_xxxx/
//!   events.jsonl             one event per line, appended while the run goes on
//!   <agent>/<label>/answer.txt   each accepted answer, byte for byte
//!   final/answer.txt         the final answer, byte for byte
//!   result.json              the document of `--output json`
//!   massgen.log, cassettes/  written by others; this crate only says where they are
//! ```
//!
//! It observes: a run never waits for it, and goes on without it when the disk is full. Secrets
//! are not its business; events hold none.
//!
//! **Invariant:** after a crash every line of `events.jsonl` but the last is whole, and every
//! other file is there completely or not at all.

mod dir;
mod error;
mod folder;
mod log;
mod private;
mod replay;
mod whole_file;

pub use dir::{RunDir, find_run};
pub use error::LogError;
pub use log::RunLog;
pub use replay::{Events, read_events};
