//! What happened, one JSON value per line; every process of a server appends to the same file.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;

use serde_json::Value;

/// The file; without one, nothing is kept.
pub(crate) struct Log(pub(crate) Option<PathBuf>);

impl Log {
    pub(crate) fn write(&self, event: Value) {
        let Some(path) = &self.0 else { return };
        let file = OpenOptions::new().create(true).append(true).open(path);
        // One write per line: lines of several processes do not mix.
        let line = format!("{event}\n");
        file.and_then(|mut it| it.write_all(line.as_bytes()))
            .expect("a log that can be written");
    }

    /// How often this tool was called so far.
    pub(crate) fn calls_of(&self, tool: &str) -> usize {
        let text = self.0.as_ref().and_then(|it| fs::read_to_string(it).ok());
        let text = text.unwrap_or_default();
        let parse = |line| serde_json::from_str::<Value>(line).unwrap_or_default();
        let lines = text.lines().map(parse);
        lines.filter(|it| it["call"] == tool).count()
    }
}
