//! A started `massgen`: signals, and the wait for its end with a limit on time and memory.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::{Finished, Massgen, Sandbox};

/// Resident memory beyond which a child is killed and the test fails.
const MEMORY_PAGES: u64 = (1 << 30) / 4096;
const POLL: Duration = Duration::from_millis(5);

/// A running child. Dropped before its end, it is killed.
#[derive(Debug)]
pub struct Running {
    child: Child,
    plan: Option<Massgen>,
    stdout: Receiver<Vec<u8>>,
    stderr: Receiver<Vec<u8>>,
    started: Instant,
    _terminal: Option<File>,
}

impl Running {
    pub(crate) fn spawn(
        command: &mut Command,
        plan: Massgen,
        input: Vec<u8>,
        terminal: Option<File>,
    ) -> Self {
        let mut child = command.spawn().expect("a program that can be started");
        let stdout = child.stdout.take().expect("a pipe").take(plan.stdout_bytes);
        let stderr = child.stderr.take().expect("a pipe");
        if let Some(mut stdin) = child.stdin.take() {
            // A child that does not read its stdin is its own business.
            thread::spawn(move || stdin.write_all(&input));
        }
        Self {
            child,
            plan: Some(plan),
            stdout: reader(stdout),
            stderr: reader(stderr),
            started: Instant::now(),
            _terminal: terminal,
        }
    }

    /// Where it runs.
    pub fn sandbox(&self) -> &Sandbox {
        let plan = self.plan.as_ref().expect("a child that is not waited for");
        &plan.sandbox
    }

    /// Sends Ctrl-C.
    pub fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    /// Ends it without a chance to tidy up.
    pub fn kill(&self) {
        self.signal(Signal::KILL);
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        kill_process(pid.expect("a process id"), signal).expect("a running child");
    }

    /// Waits for its end.
    ///
    /// # Panics
    ///
    /// When it takes too long or too much memory; everything it said is in the message.
    pub fn finish(mut self) -> Finished {
        let plan = self.plan.take().expect("a child is waited for once");
        let ended = self.wait(plan.deadline);
        if ended.is_err() {
            self.end();
        }
        let [stdout, stderr] = [&self.stdout, &self.stderr].map(said);
        match ended {
            Ok(status) => Finished {
                status,
                stdout,
                stderr,
                sandbox: plan.sandbox,
            },
            Err(why) => panic!("{why}\n--- stdout\n{stdout}\n--- stderr\n{stderr}"),
        }
    }

    fn wait(&mut self, deadline: Duration) -> Result<ExitStatus, String> {
        loop {
            if let Some(status) = self.child.try_wait().expect("a child of ours") {
                return Ok(status);
            }
            if self.started.elapsed() > deadline {
                return Err(format!("killed: still running after {deadline:?}"));
            }
            if self.resident_pages() > MEMORY_PAGES {
                return Err("killed: more than 1 GiB of memory".to_owned());
            }
            thread::sleep(POLL);
        }
    }

    /// From `/proc`; 0 where there is none.
    fn resident_pages(&self) -> u64 {
        let statm = fs::read_to_string(format!("/proc/{}/statm", self.child.id()));
        let field = statm.ok().and_then(|it| it.split(' ').nth(1)?.parse().ok());
        field.unwrap_or_default()
    }

    fn end(&mut self) {
        // An error means that it has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// Reads a pipe to its end in a thread of its own.
fn reader(mut pipe: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What came before an error is what there is to see.
        let _ = pipe.read_to_end(&mut bytes);
        sender.send(bytes)
    });
    receiver
}

/// What a reader has read; a pipe that a grandchild keeps open is not waited for long.
fn said(reader: &Receiver<Vec<u8>>) -> String {
    let bytes = reader.recv_timeout(Duration::from_secs(5));
    let left_open = || b"(still open after the program's end)".to_vec();
    String::from_utf8_lossy(&bytes.unwrap_or_else(|_| left_open())).into_owned()
}

#[cfg(test)]
mod tests {
    use std::process::Stdio;

    use super::*;

    fn shell(script: &str, plan: Massgen) -> Running {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Running::spawn(&mut command, plan, Vec::new(), None)
    }

    #[test]
    fn an_end_in_time_is_told_with_everything_said() {
        let finished = shell("echo out; echo err >&2; exit 7", Massgen::bare()).finish();
        assert_eq!(
            (finished.stdout.as_str(), finished.stderr.as_str()),
            ("out\n", "err\n")
        );
        assert_eq!(finished.status.code(), Some(7));
    }

    #[test]
    #[should_panic(expected = "still running after")]
    fn a_child_that_hangs_fails_its_test() {
        let plan = Massgen::bare().within(Duration::from_millis(50));
        shell("exec sleep 60", plan).finish();
    }
}
