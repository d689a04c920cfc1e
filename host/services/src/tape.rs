//! What an agent was lent and what its tools gave, recorded, so that a run can be repeated without
//! a server, a file or an effect.
//!
//! One file per agent, JSON lines: what was on offer whenever that changed, and each call with its
//! outcome. Outcomes are recorded as the agent got them: capped, and without secrets. Arguments have
//! no secrets either, and a call is found by what is left of them.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use massgen_plugin::chat::{Part, Tool};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::mask::Mask;
use crate::{Outcome, ToolRequest};

/// What is done with an agent's tools.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ToolTape {
    /// They are called, and nothing is kept.
    #[default]
    Off,
    /// They are called, and what they gave is kept in this folder.
    Record(PathBuf),
    /// Nothing is called: what they gave stands in this folder.
    Replay(PathBuf),
}

/// What is on offer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Offered {
    pub(crate) tools: Vec<Tool>,
    /// Names of those that only read.
    pub(crate) read_only: Vec<String>,
    pub(crate) briefing: Option<String>,
    pub(crate) workspace: Option<PathBuf>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Line {
    Offered(Offered),
    Called {
        name: String,
        arguments: Value,
        is_error: bool,
        parts: Vec<Part>,
    },
    /// A plugin's question or file operation, and what it was told.
    Answered {
        question: String,
        about: Value,
        answer: Result<Value, String>,
    },
}

/// Stands for the content of a file that was written.
pub(crate) fn digest(content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Where the recording of an agent stands; `folder` is the agent's folder name.
pub(crate) fn file(recordings: &Path, folder: &str) -> PathBuf {
    recordings.join(format!("{folder}.tools.jsonl"))
}

/// Keeps what one agent is given.
#[derive(Debug)]
pub(crate) struct Recorder {
    path: PathBuf,
    mask: Mask,
    state: Mutex<Recording>,
}

#[derive(Debug, Default)]
struct Recording {
    /// Opened with the first line.
    file: Option<File>,
    last: Option<Offered>,
}

impl Recorder {
    pub(crate) fn new(path: PathBuf, mask: Mask) -> Self {
        Self {
            path,
            mask,
            state: Mutex::default(),
        }
    }

    /// Keeps what is on offer, if that is new.
    pub(crate) fn offered(&self, offered: Offered) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.last.as_ref() != Some(&offered) {
            self.write(&mut state, &Line::Offered(offered.clone()));
            state.last = Some(offered);
        }
    }

    /// Keeps a call.
    pub(crate) fn called(&self, request: &ToolRequest, outcome: &Outcome) {
        let line = Line::Called {
            name: request.name.clone(),
            arguments: self.mask.value(&request.arguments),
            is_error: outcome.is_error,
            parts: outcome.parts.clone(),
        };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.write(&mut state, &line);
    }

    /// Keeps what a plugin was told.
    pub(crate) fn answered(&self, question: &str, about: Value, answer: Result<Value, String>) {
        let question = question.to_owned();
        let line = Line::Answered {
            question,
            about: self.mask.value(&about),
            answer: match answer {
                Ok(answer) => Ok(self.mask.value(&answer)),
                Err(why) => Err(self.mask.text(&why)),
            },
        };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.write(&mut state, &line);
    }

    /// A recording that cannot be written stops nobody.
    fn write(&self, state: &mut Recording, line: &Line) {
        if let Err(error) = append_line(&self.path, &mut state.file, line) {
            tracing::error!(%error, path = %self.path.display(), "tool calls cannot be recorded");
        }
    }
}

/// Appends one line of JSON to a recording; `file` is opened with the first, for its owner only.
///
/// # Errors
///
/// Whatever the system says.
pub fn append_line<T: Serialize>(
    path: &Path,
    file: &mut Option<File>,
    line: &T,
) -> std::io::Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    if file.is_none() {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        *file = Some(options.open(path)?);
    }
    file.as_mut().map_or(Ok(()), |it| it.write_all(&text))
}

/// Gives what was recorded, in place of tools.
#[derive(Debug)]
pub(crate) struct Replay {
    mask: Mask,
    state: Mutex<Remaining>,
}

#[derive(Debug, Default)]
struct Remaining {
    now: Offered,
    lines: VecDeque<Line>,
}

impl Replay {
    /// # Errors
    ///
    /// The file cannot be read. An agent without a recording was lent nothing. A half-written last
    /// line is left out.
    pub(crate) fn open(path: &Path, mask: Mask) -> std::io::Result<Option<Self>> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let lines: Result<Vec<_>, _> = BufReader::new(file).lines().collect();
        let lines = lines?;
        let lines = lines.iter().map_while(|it| serde_json::from_str(it).ok());
        let mut state = Remaining {
            now: Offered::default(),
            lines: lines.collect(),
        };
        state.advance();
        Ok(Some(Self {
            mask,
            state: Mutex::new(state),
        }))
    }

    pub(crate) fn mask(&self) -> &Mask {
        &self.mask
    }

    /// What was on offer at this point.
    pub(crate) fn offered(&self) -> Offered {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.now.clone()
    }

    /// What this call gave. Calls that ran beside each other may come in another order.
    pub(crate) fn call(&self, request: &ToolRequest) -> Outcome {
        let arguments = self.mask.value(&request.arguments);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let known = state.take(&request.name, &arguments);
        known.unwrap_or_else(|| {
            Outcome::error(format!(
                "the recording has no such call of `{}`",
                request.name
            ))
        })
    }

    /// What a plugin was told; what it was not asked then is refused now.
    pub(crate) fn answer(&self, question: &str, about: &Value) -> Result<Value, String> {
        let about = self.mask.value(about);
        let is_it = |line: &Line| {
            matches!(line, Line::Answered { question: asked, about: of, .. }
                if asked == question && *of == about)
        };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.remove(is_it) {
            Some(Line::Answered { answer, .. }) => answer,
            _ => Err(format!("the recording has no such answer to `{question}`")),
        }
    }
}

impl Remaining {
    fn take(&mut self, tool: &str, given: &Value) -> Option<Outcome> {
        let is_it = |line: &Line| {
            matches!(line, Line::Called { name, arguments, .. }
                if name == tool && arguments == given)
        };
        match self.remove(is_it)? {
            Line::Called {
                is_error, parts, ..
            } => Some(Outcome { is_error, parts }),
            Line::Offered(_) | Line::Answered { .. } => None,
        }
    }

    fn remove(&mut self, is_it: impl FnMut(&Line) -> bool) -> Option<Line> {
        let at = self.lines.iter().position(is_it)?;
        let line = self.lines.remove(at);
        self.advance();
        line
    }

    /// Goes on to the newest offer that stands before the next call.
    fn advance(&mut self) {
        while let Some(Line::Offered(_)) = self.lines.front() {
            if let Some(Line::Offered(offered)) = self.lines.pop_front() {
                self.now = offered;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn offered(name: &str) -> Offered {
        let tool = Tool {
            name: name.into(),
            description: String::new(),
            parameters: json!({}),
        };
        Offered {
            tools: vec![tool],
            ..Offered::default()
        }
    }

    fn request(name: &str, n: u32) -> ToolRequest {
        ToolRequest {
            id: String::new(),
            name: name.into(),
            arguments: json!({"n": n}),
        }
    }

    fn outcome(text: &str) -> Outcome {
        Outcome {
            is_error: false,
            parts: vec![Part::text(text)],
        }
    }

    #[test]
    fn what_was_given_is_given_again_also_in_another_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(folder.path(), "ann");
        let recorder = Recorder::new(path.clone(), Mask::default());
        recorder.offered(offered("a"));
        recorder.offered(offered("a"));
        recorder.called(&request("a", 1), &outcome("one"));
        recorder.called(&request("a", 2), &outcome("two"));
        recorder.offered(offered("b"));
        recorder.called(&request("b", 1), &outcome("three"));
        drop(recorder);

        let replay = Replay::open(&path, Mask::default()).unwrap().unwrap();
        assert_eq!(replay.offered(), offered("a"));
        assert_eq!(replay.call(&request("a", 2)), outcome("two"));
        assert_eq!(replay.offered(), offered("a"));
        assert_eq!(replay.call(&request("a", 1)), outcome("one"));
        assert_eq!(replay.offered(), offered("b"));
        assert_eq!(replay.call(&request("b", 1)), outcome("three"));
        assert!(replay.call(&request("b", 1)).is_error);
    }

    #[test]
    fn an_agent_without_a_recording_was_lent_nothing_and_half_a_line_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(folder.path(), "ann");
        assert!(Replay::open(&path, Mask::default()).unwrap().is_none());
        std::fs::write(&path, "{\"kind\":\"offered\",\"to").unwrap();
        let replay = Replay::open(&path, Mask::default()).unwrap().unwrap();
        assert_eq!(replay.offered(), Offered::default());
    }
}
