//! Processes that the program started, found by the home that they inherit.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

/// A running process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub pid: i32,
    /// Its command line, in words.
    pub command: String,
}

impl Process {
    /// All with this `HOME`, but `massgen` itself.
    pub(crate) fn at_home_in(home: &Path) -> Vec<Self> {
        let home = format!("HOME={}", home.display());
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = entries.filter_map(|it| it.file_name().to_str()?.parse().ok());
        pids.filter_map(|pid| Self::with_variable(pid, &home))
            .collect()
    }

    fn with_variable(pid: i32, variable: &str) -> Option<Self> {
        let environment = fs::read(format!("/proc/{pid}/environ")).ok()?;
        let found = environment
            .split(|it| *it == 0)
            .any(|it| it == variable.as_bytes());
        let command = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let command = String::from_utf8_lossy(&command).replace('\0', " ");
        let program = command.split(' ').next().unwrap_or_default();
        (found && !program.ends_with("/massgen")).then_some(Self { pid, command })
    }

    /// Ends it without a chance to tidy up, and waits until it has.
    ///
    /// # Panics
    ///
    /// When it lives on.
    pub fn kill(&self) {
        let pid = Pid::from_raw(self.pid).expect("a process id");
        // An error means that it has ended by itself.
        let _ = kill_process(pid, Signal::KILL);
        let begun = Instant::now();
        while self.is_running(pid) {
            assert!(
                begun.elapsed() < Duration::from_secs(10),
                "{self:?} lives on"
            );
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// One whose parent has not waited for it yet has no command line any more.
    fn is_running(&self, pid: Pid) -> bool {
        let command = fs::read(format!("/proc/{}/cmdline", self.pid));
        test_kill_process(pid).is_ok() && command.is_ok_and(|it| !it.is_empty())
    }
}
