//! The program of a server: a process group of its own, ended for sure.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use process_wrap::tokio::{ChildWrapper, CommandWrap, KillOnDrop};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use crate::ConnectError;
use crate::environment::Prepared;

/// Time to end by itself once its input is closed, and once more after SIGTERM.
const GRACE: Duration = Duration::from_secs(2);
/// Time to be reaped after SIGKILL.
const REAP: Duration = Duration::from_secs(1);

/// A running program. Dropping it kills its group.
#[derive(Debug)]
pub(crate) struct Process {
    child: Box<dyn ChildWrapper>,
    /// Number of its process group, the program's own.
    group: Option<i32>,
    ended: bool,
}

/// Its three streams.
pub(crate) struct Streams {
    pub(crate) stdin: ChildStdin,
    pub(crate) stdout: ChildStdout,
    pub(crate) stderr: ChildStderr,
}

impl Process {
    /// Starts a program without a shell, with exactly this environment.
    pub(crate) fn start(
        launcher: &[OsString],
        prepared: &Prepared,
        cwd: Option<&Path>,
    ) -> Result<(Self, Streams), ConnectError> {
        let mut words = launcher
            .iter()
            .cloned()
            .chain(prepared.argv.iter().map(OsString::from));
        let program = words.next().unwrap_or_default();
        if let Some(folder) = cwd.filter(|folder| !folder.is_dir()) {
            return Err(ConnectError::Folder {
                folder: folder.to_owned(),
            });
        }
        let failed = |source: io::Error| ConnectError::Spawn {
            program: transport::redact(&program.to_string_lossy(), &prepared.secrets),
            source: Arc::new(source),
        };
        let mut command = Command::new(&program);
        command
            .args(words)
            .env_clear()
            .envs(prepared.env.iter().cloned());
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(folder) = cwd {
            command.current_dir(folder);
        }
        let child = grouped(command).spawn().map_err(failed)?;
        let group = child.id().and_then(|id| i32::try_from(id).ok());
        groups().extend(group);
        let mut process = Self {
            child,
            group,
            ended: false,
        };
        let streams = process
            .streams()
            .ok_or_else(|| failed(io::ErrorKind::BrokenPipe.into()))?;
        Ok((process, streams))
    }

    fn streams(&mut self) -> Option<Streams> {
        Some(Streams {
            stdin: self.child.stdin().take()?,
            stdout: self.child.stdout().take()?,
            stderr: self.child.stderr().take()?,
        })
    }

    /// Waits a little for a program whose input is closed, then asks, then kills; what it started
    /// goes with it. How it ended, in words. At most five seconds.
    pub(crate) async fn end(&mut self) -> String {
        let mut status = timeout(GRACE, self.child.wait()).await;
        if status.is_err() {
            self.ask();
            status = timeout(GRACE, self.child.wait()).await;
        }
        // Also after it ended by itself: children of its own may be left.
        self.kill();
        if status.is_err() {
            status = timeout(REAP, self.child.wait()).await;
        }
        self.ended = true;
        match status {
            Ok(Ok(status)) => status.to_string(),
            Ok(Err(error)) => format!("unknown status: {error}"),
            Err(_) => "cannot be ended".into(),
        }
    }

    #[cfg(unix)]
    fn ask(&self) {
        let _ = self.child.signal(rustix::process::Signal::TERM.as_raw());
    }

    #[cfg(not(unix))]
    fn ask(&self) {}

    /// The whole group, at once. That nobody is left to be killed is no error.
    fn kill(&mut self) {
        let _ = self.child.start_kill();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.ended {
            self.kill();
        }
        if let Some(group) = self.group {
            groups().remove(&group);
        }
    }
}

/// Process groups of all programs that run.
static GROUPS: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

fn groups() -> MutexGuard<'static, BTreeSet<i32>> {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Kills every program that a client of this process started, with what it started in its group.
/// For who ends the process at once.
pub fn kill_all() {
    #[cfg(unix)]
    for group in groups().iter().copied() {
        if let Some(pid) = rustix::process::Pid::from_raw(group) {
            // Whoever is gone already needs no signal.
            let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
        }
    }
}

#[cfg(unix)]
fn grouped(command: Command) -> CommandWrap {
    let mut command = CommandWrap::from(command);
    command.wrap(process_wrap::tokio::ProcessGroup::leader());
    command.wrap(KillOnDrop);
    command
}

#[cfg(windows)]
fn grouped(command: Command) -> CommandWrap {
    let mut command = CommandWrap::from(command);
    command.wrap(KillOnDrop);
    command.wrap(process_wrap::tokio::JobObject);
    command
}
