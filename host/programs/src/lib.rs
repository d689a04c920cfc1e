//! Starts programs and ends them for sure, with whatever they started in their group.
//!
//! No shell is involved, a program gets exactly the environment it is given, and its three streams
//! are pipes. What is written to them, and who may start what, is not decided here.
//!
//! **Invariant.** No program of this process outlives its [`Running`], [`all_ended`] or
//! [`kill_all`], unless it left its process group by itself.

mod groups;
mod lookup;

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use process_wrap::tokio::{ChildWrapper, CommandWrap, KillOnDrop};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use groups::Group;
pub use groups::{all_ended, kill_all};
pub use lookup::{BASIC, find, inherited, search_path};

/// Time to be reaped after SIGKILL.
const REAP: Duration = Duration::from_secs(1);

/// A program to start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Program {
    /// The program and its arguments; a name without a slash is looked up in our own `PATH`.
    pub argv: Vec<OsString>,
    /// Its whole environment; the last of a name wins.
    pub env: Vec<(String, String)>,
    /// Its working folder; absent: ours.
    pub folder: Option<PathBuf>,
}

/// Why a program did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its working folder is none.
    #[error("`{}` is not a folder", .0.display())]
    Folder(PathBuf),
    /// What the system says.
    #[error("{0}")]
    System(#[from] io::Error),
}

/// A running program. Dropping it kills its group.
#[derive(Debug)]
pub struct Running {
    child: Box<dyn ChildWrapper>,
    /// Knows the process group as long as this lives.
    _group: Option<Group>,
    ended: bool,
}

/// Its three streams.
#[derive(Debug)]
pub struct Streams {
    /// Where it reads.
    pub stdin: ChildStdin,
    /// Where it writes.
    pub stdout: ChildStdout,
    /// Where it complains.
    pub stderr: ChildStderr,
}

impl Program {
    /// Starts it.
    ///
    /// # Errors
    ///
    /// See [`StartError`]; nothing runs then.
    pub fn start(&self) -> Result<(Running, Streams), StartError> {
        if let Some(folder) = self.folder.as_ref().filter(|folder| !folder.is_dir()) {
            return Err(StartError::Folder(folder.clone()));
        }
        let child = grouped(self.command()).spawn()?;
        let group = child.id().and_then(|id| i32::try_from(id).ok());
        let mut running = Running {
            child,
            _group: group.map(Group::new),
            ended: false,
        };
        let streams = running.streams();
        let streams = streams.ok_or_else(|| io::Error::from(io::ErrorKind::BrokenPipe))?;
        Ok((running, streams))
    }

    fn command(&self) -> Command {
        let mut words = self.argv.iter();
        let mut command = Command::new(words.next().cloned().unwrap_or_default());
        command
            .args(words)
            .env_clear()
            .envs(self.env.iter().cloned())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command
    }
}

impl Running {
    fn streams(&mut self) -> Option<Streams> {
        Some(Streams {
            stdin: self.child.stdin().take()?,
            stdout: self.child.stdout().take()?,
            stderr: self.child.stderr().take()?,
        })
    }

    /// Waits for its end, and kills what it left behind in its group.
    ///
    /// # Errors
    ///
    /// Whatever the system says; it may run on then.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        let status = self.child.wait().await?;
        // Children of its own may be left.
        self.kill();
        self.ended = true;
        Ok(status)
    }

    /// Waits this long for a program that should end by itself, as one whose input is closed. Then
    /// [stops](Self::stop) it.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait), and that it cannot be ended.
    pub async fn end(&mut self, grace: Duration) -> io::Result<ExitStatus> {
        match timeout(grace, self.wait()).await {
            Ok(status) => status,
            Err(_) => self.stop(grace).await,
        }
    }

    /// Asks it to end, gives it this long, and kills it with its group.
    ///
    /// # Errors
    ///
    /// As [`end`](Self::end).
    pub async fn stop(&mut self, grace: Duration) -> io::Result<ExitStatus> {
        self.ask();
        if let Ok(status) = timeout(grace, self.wait()).await {
            return status;
        }
        self.kill();
        let status = timeout(REAP, self.wait()).await;
        status.unwrap_or_else(|_| Err(io::Error::other("it cannot be ended")))
    }

    #[cfg(unix)]
    fn ask(&self) {
        // Who is gone already needs no signal.
        let _ = self.child.signal(rustix::process::Signal::TERM.as_raw());
    }

    #[cfg(not(unix))]
    fn ask(&self) {}

    /// The whole group, at once. That nobody is left to be killed is no error.
    fn kill(&mut self) {
        let _ = self.child.start_kill();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.ended {
            self.kill();
        }
    }
}

/// The exit code as shells have it: 128 and the signal for a program that a signal ended.
pub fn exit_code(status: ExitStatus) -> u32 {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal = None;
    let code = status.code().or_else(|| signal.map(|it: i32| 128 + it));
    code.and_then(|it| u32::try_from(it).ok()).unwrap_or(255)
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
