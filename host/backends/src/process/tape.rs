//! What an agent's programs said, recorded, so that a run can be repeated without starting any.
//!
//! One file per agent, JSON lines: each step of each program, in the order in which they happened.
//! A repetition gives the steps of the program with the same command line, and waits with each
//! until as much was written to the program as then. What was written is not kept: it follows from
//! the rest. Nothing recorded holds a secret.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use massgen_plugin::abi::EventKind;
use massgen_plugin::wire::ProcessEnd;
use massgen_plugin::{Fault, FaultCode};
use serde::{Deserialize, Serialize};
use services::{ProgramTape, append_line};

use super::begin::Outlet;
use super::input::Inbox;

/// Something that happened to a program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub(crate) enum Step {
    /// It was to be started.
    Start {
        /// Its command line.
        argv: Vec<String>,
    },
    /// Something was written to it, or its input closed.
    In,
    /// A frame of its output.
    Out { data: Data },
    /// Bytes of its standard error.
    Err { data: Data },
    /// It ended.
    End { status: u32, stderr_tail: String },
    /// It was not started, or could not be read any more.
    Failed { fault: Fault },
}

/// Bytes: text where they are text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Data {
    Text(String),
    Bytes { base64: String },
}

impl Data {
    fn of(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Bytes {
                base64: STANDARD.encode(bytes),
            },
        }
    }

    fn bytes(self) -> Bytes {
        match self {
            Self::Text(text) => text.into(),
            Self::Bytes { base64 } => STANDARD.decode(base64).unwrap_or_default().into(),
        }
    }
}

impl Step {
    pub(super) fn wrote(kind: EventKind, data: &[u8]) -> Self {
        let data = Data::of(data);
        if kind == EventKind::PROCESS_ERR {
            Self::Err { data }
        } else {
            Self::Out { data }
        }
    }

    pub(super) fn ended(outcome: &Result<(u32, ProcessEnd), Fault>) -> Self {
        match outcome {
            Ok((status, end)) => Self::End {
                status: *status,
                stderr_tail: end.stderr_tail.clone(),
            },
            Err(fault) => Self::Failed {
                fault: fault.clone(),
            },
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Line {
    /// Counts the agent's programs from 1.
    program: u64,
    #[serde(flatten)]
    step: Step,
}

/// What is done with what one agent's programs say. The default keeps nothing.
#[derive(Debug, Default)]
pub(crate) enum Tape {
    #[default]
    Off,
    Record(Arc<Recorder>),
    /// Programs that were not played back yet, in the order in which they were started.
    Replay(Mutex<Vec<Vec<Step>>>),
}

#[derive(Debug)]
pub(crate) struct Recorder {
    path: PathBuf,
    programs: AtomicU64,
    /// Opened with the first line.
    file: Mutex<Option<File>>,
}

/// Keeps what one program does.
pub(super) struct Recording {
    program: u64,
    recorder: Arc<Recorder>,
}

impl Tape {
    pub(crate) fn of(tape: &ProgramTape) -> Self {
        match tape {
            ProgramTape::Off => Self::Off,
            ProgramTape::Record(path) => Self::Record(Arc::new(Recorder {
                path: path.clone(),
                programs: AtomicU64::new(0),
                file: Mutex::default(),
            })),
            ProgramTape::Replay(path) => Self::Replay(Mutex::new(read(path))),
        }
    }

    pub(super) fn recording(&self) -> Option<Recording> {
        let Self::Record(recorder) = self else {
            return None;
        };
        Some(Recording {
            program: recorder.programs.fetch_add(1, Ordering::Relaxed) + 1,
            recorder: Arc::clone(recorder),
        })
    }

    /// What a program with this command line did; `None` when nothing is to be played back.
    pub(super) fn recorded(&self, argv: &[String]) -> Option<Vec<Step>> {
        let Self::Replay(programs) = self else {
            return None;
        };
        let mut programs = programs.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it =
            |steps: &Vec<Step>| matches!(&steps[..], [Step::Start { argv: of }, ..] if of == argv);
        Some(match programs.iter().position(is_it) {
            Some(at) => programs.remove(at),
            None => vec![Step::Failed {
                fault: absent(argv),
            }],
        })
    }
}

fn absent(argv: &[String]) -> Fault {
    let name = argv.first().map_or("", String::as_str);
    let what = format!("the recording holds no such start of `{name}`, and nothing is started");
    let hint = "hint: `--replay` repeats a run with the same configuration and question";
    Fault::new(FaultCode::DENIED, what).with_detail(hint)
}

/// The programs of a recording. One without a file has none; a half-written line is left out.
fn read(path: &Path) -> Vec<Vec<Step>> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let mut programs: BTreeMap<u64, Vec<Step>> = BTreeMap::new();
    for line in text.lines() {
        if let Ok(Line { program, step }) = serde_json::from_str(line) {
            programs.entry(program).or_default().push(step);
        }
    }
    programs.into_values().collect()
}

impl Recording {
    /// A recording that cannot be written stops nobody.
    pub(super) fn keep(&self, step: Step) {
        let line = Line {
            program: self.program,
            step,
        };
        let file = self.recorder.file.lock();
        let mut file = file.unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = append_line(&self.recorder.path, &mut file, &line) {
            let path = self.recorder.path.display();
            tracing::error!(%error, %path, "a program's output cannot be recorded");
        }
    }
}

/// Plays back what a program did. Returns after its end; never for one that had none.
pub(super) async fn play(steps: Vec<Step>, mut inbox: Inbox, outlet: &Outlet) {
    for step in steps {
        match step {
            Step::Start { .. } => {}
            Step::In => taken(&mut inbox).await,
            Step::Out { data } => outlet.tell(EventKind::PROCESS_OUT, data.bytes()).await,
            Step::Err { data } => outlet.tell(EventKind::PROCESS_ERR, data.bytes()).await,
            Step::End {
                status,
                stderr_tail,
            } => return outlet.end(Ok((status, ProcessEnd { stderr_tail }))).await,
            Step::Failed { fault } => return outlet.end(Err(fault)).await,
        }
    }
    // It was given up here.
    loop {
        taken(&mut inbox).await;
    }
}

/// Takes what is written next.
async fn taken(inbox: &mut Inbox) {
    match inbox.recv().await {
        // A plugin that gave the write up needs no answer.
        Some(write) => drop(write.taken.send(Ok(()))),
        None => std::future::pending().await,
    }
}
