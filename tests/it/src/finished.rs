//! What a `massgen` left behind: exit status, streams, files.

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::process::ExitStatus;

use serde_json::Value;

use crate::{Process, Sandbox};

/// A child that has ended.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// All of its standard output.
    pub stdout: String,
    /// All of its standard error.
    pub stderr: String,
    /// Where it ran; its files are there until this value is dropped.
    pub sandbox: Sandbox,
}

impl Finished {
    /// Goes on when it ended with this exit code.
    ///
    /// # Panics
    ///
    /// When it did not, with everything it said.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(
            self.status.code(),
            Some(code),
            "the exit code is wrong\n{self}"
        );
        assert!(
            !self.stderr.contains("panicked at"),
            "the host panicked\n{self}"
        );
        self
    }

    /// Stdout as one JSON document.
    pub fn document(&self) -> Value {
        let parsed = serde_json::from_str(&self.stdout);
        parsed.unwrap_or_else(|error| panic!("stdout is not one JSON document: {error}\n{self}"))
    }

    /// The run's directory: the only one with an `events.jsonl`.
    pub fn run_dir(&self) -> PathBuf {
        let logs = self.sandbox.named("events.jsonl");
        assert_eq!(
            logs.len(),
            1,
            "there is not one run directory: {logs:?}\n{self}"
        );
        logs[0]
            .parent()
            .expect("a file lies in a folder")
            .to_owned()
    }

    /// Text of a file in the run's directory.
    pub fn logged(&self, name: &str) -> String {
        let file = self.run_dir().join(name);
        let text = fs::read_to_string(&file);
        text.unwrap_or_else(|error| panic!("`{}`: {error}\n{self}", file.display()))
    }

    /// The lines of `audit.jsonl`; none when there is no such file.
    pub fn audit(&self) -> Vec<Value> {
        let file = self.run_dir().join("audit.jsonl");
        lines(&fs::read_to_string(file).unwrap_or_default())
    }

    /// Goes on when no process that it started is left; those that are left are ended.
    ///
    /// # Panics
    ///
    /// When one was left.
    #[track_caller]
    pub fn alone(self) -> Self {
        let left = self.sandbox.processes();
        left.iter().for_each(Process::kill);
        assert!(left.is_empty(), "still running: {left:#?}\n{self}");
        self
    }

    /// The lines of `events.jsonl`.
    pub fn events(&self) -> Vec<Value> {
        lines(&self.logged("events.jsonl"))
    }

    /// The events with this name, of one agent or of all.
    pub fn events_named(&self, name: &str, agent: Option<&str>) -> Vec<Value> {
        let mut events = self.events();
        events.retain(|it| it["event"] == name && agent.is_none_or(|id| it["agent"] == id));
        events
    }
}

/// Every line as JSON.
fn lines(text: &str) -> Vec<Value> {
    let parse = |line| serde_json::from_str(line).expect("a line is one JSON value");
    text.lines().map(parse).collect()
}

/// Everything it said, for messages of failed tests.
impl fmt::Display for Finished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            status,
            stdout,
            stderr,
            ..
        } = self;
        write!(
            f,
            "--- {status}\n--- stdout\n{stdout}\n--- stderr\n{stderr}"
        )
    }
}
