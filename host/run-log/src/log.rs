//! The writing side: events as they come, and the files at the end.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use events::{AgentId, Envelope, Label, RunEvent, RunReport};

use crate::folder::folder;
use crate::{LogError, RunDir, whole_file};

/// Deltas wait for company up to this many bytes…
const MAX_BYTES: usize = 64 << 10;

/// …or until an event is this many milliseconds younger than the first that waits.
const MAX_WAIT_MS: u64 = 200;

/// Writes the files of one run.
///
/// After the first event that cannot be written no more are tried: a log with a hole would be
/// worse than one that ends early. [`write`](Self::write) then returns its error once.
#[derive(Debug)]
pub struct RunLog {
    dir: RunDir,
    events: Option<File>,
    waiting: Vec<u8>,
    waiting_since: u64,
}

impl RunLog {
    /// Begins the event log in this directory.
    ///
    /// # Errors
    /// [`LogError::Write`], also if there is one already.
    pub fn create(dir: &RunDir) -> Result<Self, LogError> {
        let path = dir.events();
        let events = OpenOptions::new().append(true).create_new(true).open(&path);
        Ok(Self {
            dir: dir.clone(),
            events: Some(events.map_err(|source| LogError::Write { path, source })?),
            waiting: Vec::new(),
            waiting_since: 0,
        })
    }

    /// Appends one line. A state event is with the operating system when this returns; deltas
    /// may wait for the next event, at most 64 KiB of them. An accepted answer gets its own file.
    ///
    /// # Errors
    /// [`LogError::Write`], once for the event log.
    pub fn write(&mut self, envelope: &Envelope) -> Result<(), LogError> {
        self.append(envelope)?;
        match (&envelope.agent, &envelope.event) {
            (Some(agent), RunEvent::AnswerRecorded { label, text, .. }) => {
                whole_file::write(&self.answer_file(agent, *label), text.as_bytes())
            }
            _ => Ok(()),
        }
    }

    /// Hands waiting deltas to the operating system. For the end and for quiet moments.
    ///
    /// # Errors
    /// [`LogError::Write`], once.
    pub fn flush(&mut self) -> Result<(), LogError> {
        let Some(events) = &mut self.events else {
            return Ok(());
        };
        let written = events.write_all(&self.waiting);
        self.waiting.clear();
        written.map_err(|source| {
            self.events = None;
            let path = self.dir.events();
            LogError::Write { path, source }
        })
    }

    /// Writes `result.json`, and `final/answer.txt` if there is an answer.
    ///
    /// # Errors
    /// The first [`LogError::Write`]; the other file is tried all the same.
    pub fn finish(&mut self, report: &RunReport) -> Result<(), LogError> {
        let flushed = self.flush();
        let json = result_json(report);
        let result = whole_file::write(&self.dir.path().join("result.json"), &json);
        let answer = match &report.answer {
            Some(text) => {
                let path = self.dir.path().join("final").join("answer.txt");
                whole_file::write(&path, text.as_bytes())
            }
            None => Ok(()),
        };
        flushed.and(result).and(answer)
    }

    fn append(&mut self, envelope: &Envelope) -> Result<(), LogError> {
        if self.events.is_none() {
            return Ok(());
        }
        if self.waiting.is_empty() {
            self.waiting_since = envelope.ms;
        }
        self.waiting.extend(line(envelope));
        let aged = envelope.ms.saturating_sub(self.waiting_since) >= MAX_WAIT_MS;
        if !envelope.event.is_delta() || aged || self.waiting.len() >= MAX_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    fn answer_file(&self, agent: &AgentId, label: Label) -> PathBuf {
        let folder = self.dir.path().join(folder(agent, label));
        folder.join(label.to_string()).join("answer.txt")
    }
}

impl Drop for RunLog {
    fn drop(&mut self) {
        let _ = self.flush();
    }
}

/// One line of the log, line end included. Events are plain data and always have a JSON form.
fn line(envelope: &Envelope) -> Vec<u8> {
    let mut line = serde_json::to_vec(envelope).unwrap_or_default();
    line.push(b'\n');
    line
}

fn result_json(report: &RunReport) -> Vec<u8> {
    let mut json = serde_json::to_vec_pretty(report).unwrap_or_default();
    json.push(b'\n');
    json
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// `/dev/full` refuses every byte, as a full disk does.
    #[test]
    fn a_full_disk_is_named_once_and_the_run_goes_on() {
        let base = tempfile::tempdir().unwrap();
        let dir = RunDir::create(base.path()).unwrap();
        let full = OpenOptions::new().append(true).open("/dev/full").unwrap();
        let mut log = RunLog {
            events: Some(full),
            dir,
            waiting: Vec::new(),
            waiting_since: 0,
        };
        let event = Envelope::new(0, 0, None, RunEvent::ConsensusReached);
        assert!(matches!(log.write(&event), Err(LogError::Write { .. })));
        assert!(log.write(&event).is_ok());
        assert!(log.flush().is_ok());
    }
}
