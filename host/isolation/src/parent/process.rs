//! A child process and its three pipes. Nothing here waits longer than it was told to.

use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group};

use crate::ARGUMENT;

/// Bytes of standard error that are kept: the last ones.
const KEPT: usize = 8 << 10;
/// Bytes that are read at once.
const PIECE: usize = 64 << 10;
/// For a child that has closed its pipe to end by itself, so that its own end is seen.
const GRACE: Duration = Duration::from_millis(500);
/// How often it is asked whether it has.
const PAUSE: Duration = Duration::from_millis(1);

/// Why a pipe is of no use.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The time is over.
    Late,
    /// The child hung up.
    Gone,
    /// The system failed.
    System(io::Error),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

/// A child. Dropping it ends it and what it started.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    /// Taken away to hang up.
    requests: Option<ChildStdin>,
    replies: ChildStdout,
    errors: ChildStderr,
    /// The last of what came from `errors`.
    said: Vec<u8>,
    /// Its working folder, empty and its own.
    _folder: tempfile::TempDir,
}

impl Process {
    /// Starts `PROGRAM ARGUMENT FILE` with nothing but its pipes.
    pub(super) fn start(program: &Path, file: &Path) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut command = Command::new(program);
        command.arg(ARGUMENT).arg(file);
        command.env_clear().current_dir(folder.path());
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.process_group(0).spawn()?;
        let missing = || io::Error::other("a pipe is missing");
        let requests = child.stdin.take().ok_or_else(missing)?;
        let replies = child.stdout.take().ok_or_else(missing)?;
        let errors = child.stderr.take().ok_or_else(missing)?;
        rustix::io::ioctl_fionbio(&requests, true)?;
        rustix::io::ioctl_fionbio(&replies, true)?;
        rustix::io::ioctl_fionbio(&errors, true)?;
        Ok(Self {
            child,
            requests: Some(requests),
            replies,
            errors,
            said: Vec::new(),
            _folder: folder,
        })
    }

    /// Writes all of it. A child that is gone is seen when its answer is read, with its last words.
    pub(super) fn send(&mut self, mut bytes: &[u8], until: Instant) -> Result<(), Trouble> {
        while !bytes.is_empty() {
            let Some(requests) = &mut self.requests else {
                return Ok(());
            };
            match requests.write(bytes) {
                Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
                Err(error) if is_early(&error) => self.wait(Side::Requests, until)?,
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Adds what has come, at least one byte.
    pub(super) fn receive(&mut self, to: &mut Vec<u8>, until: Instant) -> Result<(), Trouble> {
        let before = to.len();
        to.resize(before + PIECE, 0);
        let read = loop {
            match self.replies.read(&mut to[before..]) {
                Ok(0) => break Err(Trouble::Gone),
                Ok(read) => break Ok(read),
                Err(error) if is_early(&error) => {
                    if let Err(trouble) = self.wait(Side::Replies, until) {
                        break Err(trouble);
                    }
                }
                Err(error) => break Err(error.into()),
            }
        };
        to.truncate(before + read.as_ref().map_or(0, |read| *read));
        read.map(|_| ())
    }

    /// Waits for one pipe, and reads standard error meanwhile: a full one would stop the child.
    fn wait(&mut self, side: Side, until: Instant) -> Result<(), Trouble> {
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Trouble::Late);
            }
            let (wanted, flags): (BorrowedFd<'_>, _) = match (side, &self.requests) {
                (Side::Requests, Some(requests)) => (requests.as_fd(), PollFlags::OUT),
                _ => (self.replies.as_fd(), PollFlags::IN),
            };
            let mut pipes = [
                PollFd::from_borrowed_fd(wanted, flags),
                PollFd::new(&self.errors, PollFlags::IN),
            ];
            let limit = Timespec::try_from(left).map_err(io::Error::other)?;
            match poll(&mut pipes, Some(&limit)) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(Trouble::System(error.into())),
            }
            let [pipe, errors] = pipes.map(|pipe| pipe.revents());
            if !pipe.is_empty() {
                return Ok(());
            }
            if !errors.is_empty() && !self.listen() {
                // Closed: it would end every wait at once. The other pipe decides.
                thread::sleep(PAUSE);
            }
        }
    }

    /// Reads what has come on standard error; whether more may come.
    fn listen(&mut self) -> bool {
        let mut piece = [0; 4096];
        loop {
            match self.errors.read(&mut piece) {
                Ok(0) => return false,
                Ok(read) => {
                    self.said.extend_from_slice(&piece[..read]);
                    let surplus = self.said.len().saturating_sub(KEPT);
                    self.said.drain(..surplus);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return is_early(&error),
            }
        }
    }

    /// The last of what the child wrote to standard output and error.
    pub(super) fn said(&mut self) -> String {
        self.listen();
        String::from_utf8_lossy(&self.said).into_owned()
    }

    /// Says that there are no more requests.
    pub(super) fn hang_up(&mut self) {
        self.requests = None;
    }

    /// How the child ended by itself within this time, if it did.
    pub(super) fn ended(&mut self, within: Duration) -> Option<ExitStatus> {
        let until = Instant::now() + within;
        loop {
            self.listen();
            match self.child.try_wait() {
                Ok(None) if Instant::now() < until => thread::sleep(PAUSE),
                status => return status.ok().flatten(),
            }
        }
    }

    /// Ends the child and everything it started, and says how it had ended if it had.
    pub(super) fn end(&mut self, is_gone: bool) -> Option<ExitStatus> {
        let status = is_gone.then(|| self.ended(GRACE)).flatten();
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            // It fails when all are gone, which is what was wanted.
            let _ = kill_process_group(pid, Signal::KILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        status
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end(false);
    }
}

#[derive(Clone, Copy)]
enum Side {
    Requests,
    Replies,
}

fn is_early(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}
