//! Check 10: the first load of a file happens in a child process, whose end costs nothing.
//!
//! The child is this program with one hidden argument. It starts with an empty environment in an
//! empty folder, limits itself, loads the file, and prints one line of JSON.

mod child;

pub use child::probe_main;

use std::io::{self, Read};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use massgen_plugin::metadata::Metadata;
use serde::{Deserialize, Serialize};

use crate::hash::Hash;
use crate::inspection::Inspection;
use crate::platform;
use crate::refusal::{Code, Refusal};

/// First argument of a child; the file's path is the second. The program must hand both to
/// [`probe_main`] before it does anything else.
pub const PROBE_ARGUMENT: &str = "__plugin-probe";

/// Longest time a child may take.
const LIMIT: Duration = Duration::from_secs(10);
/// Most bytes that are read of a child's output; a layout report has about 90 KB.
const MOST_OUTPUT: u64 = 4 << 20;
/// For reading what is left in a pipe, when something of the child escaped its process group.
const GRACE: Duration = Duration::from_millis(500);
/// How often a child is asked whether it has ended.
const PAUSE: Duration = Duration::from_millis(1);

/// What a child prints.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "lowercase")]
enum Reply {
    Ok {
        hash: Hash,
        metadata: Box<Metadata>,
    },
    Refused {
        code: Code,
        what: String,
        hint: String,
        report: Option<String>,
    },
}

/// Starts the children.
#[derive(Debug, Clone)]
pub struct Prober {
    program: PathBuf,
    limit: Duration,
}

impl Prober {
    /// Children of this program, which must know [`PROBE_ARGUMENT`]; each has 10 seconds.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            limit: LIMIT,
        }
    }

    /// The same with another time limit.
    #[must_use]
    pub fn with_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Loads the file in a child.
    pub(crate) fn probe(&self, inspection: &Inspection) -> Result<(), Refusal> {
        let refuse = |what: String| {
            let hint = "the file ends or blocks the process that loads it: remove it";
            Refusal::new(Code::Probe, &inspection.path, what, hint)
        };
        let outcome = self.run(inspection).map_err(|error| {
            refuse(format!(
                "cannot start `{}`: {error}",
                self.program.display()
            ))
        })?;
        match outcome.reply() {
            Some(reply) => reply.verdict(inspection),
            None => Err(refuse(outcome.describe(self.limit))),
        }
    }

    fn run(&self, inspection: &Inspection) -> io::Result<Outcome> {
        let folder = tempfile::tempdir()?;
        let mut command = Command::new(&self.program);
        command.arg(PROBE_ARGUMENT).arg(&inspection.path);
        command.env_clear().current_dir(folder.path());
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        platform::isolate(&mut command);
        let deadline = Instant::now() + self.limit;
        let mut child = command.spawn()?;
        let output = child.stdout.take().map(read_aside);
        let errors = child.stderr.take().map(read_aside);
        let status = wait(&mut child, deadline)?;
        platform::end(&mut child);
        child.wait()?;
        // All writers are gone now; what they wrote is read in no time.
        let grace = Instant::now() + GRACE;
        let (output, errors) = (receive(output, grace), receive(errors, grace));
        Ok(Outcome {
            status,
            output,
            errors,
        })
    }
}

/// Reads in a thread of its own, which ends when the last writer is gone.
fn read_aside(from: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What came before an error is all there is.
        let _ = from.take(MOST_OUTPUT).read_to_end(&mut bytes);
        let _ = send.send(bytes);
    });
    receive
}

fn receive(from: Option<Receiver<Vec<u8>>>, deadline: Instant) -> Vec<u8> {
    let left = deadline.saturating_duration_since(Instant::now());
    from.and_then(|it| it.recv_timeout(left).ok())
        .unwrap_or_default()
}

/// How the child ended, or `None` when its time was over.
fn wait(child: &mut Child, deadline: Instant) -> io::Result<Option<ExitStatus>> {
    loop {
        let status = child.try_wait()?;
        if status.is_some() || Instant::now() >= deadline {
            return Ok(status);
        }
        thread::sleep(PAUSE);
    }
}

/// What came of a child.
struct Outcome {
    status: Option<ExitStatus>,
    output: Vec<u8>,
    errors: Vec<u8>,
}

impl Outcome {
    /// What a child that ended well said.
    fn reply(&self) -> Option<Reply> {
        let is_well = self.status.is_some_and(|it| it.success());
        is_well.then(|| serde_json::from_slice(&self.output).ok())?
    }

    fn describe(&self, limit: Duration) -> String {
        let end = match self.status {
            None => format!("did not end within {} s", limit.as_secs_f32()),
            Some(status) => match (platform::signal(status), status.code()) {
                (Some(signal), _) => format!("was ended by signal {signal}"),
                (None, Some(0)) => "answered nonsense".into(),
                (None, code) => format!("exited with {}", code.unwrap_or(-1)),
            },
        };
        let errors = String::from_utf8_lossy(&self.errors);
        match errors.lines().rfind(|line| !line.trim().is_empty()) {
            Some(last) => format!("loading it in a child process: the child {end}, saying: {last}"),
            None => format!("loading it in a child process: the child {end}"),
        }
    }
}

impl Reply {
    fn verdict(self, inspection: &Inspection) -> Result<(), Refusal> {
        let changed = |what| {
            let hint = "wait until the file is written, then run again";
            Refusal::new(Code::Probe, &inspection.path, what, hint)
        };
        match self {
            Self::Refused {
                code,
                what,
                hint,
                report,
            } => Err(Refusal {
                report,
                ..Refusal::new(code, &inspection.path, what, hint)
            }),
            Self::Ok { hash, .. } if hash != inspection.hash => {
                Err(changed("the file changed while it was probed"))
            }
            Self::Ok { metadata, .. } if *metadata != inspection.metadata => {
                Err(changed("the child read other metadata"))
            }
            Self::Ok { .. } => Ok(()),
        }
    }
}
