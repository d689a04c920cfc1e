//! The process groups of all programs that run, for who ends the process.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often it is looked whether programs have ended.
const LOOK: Duration = Duration::from_millis(10);

/// Numbers of the groups.
static GROUPS: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

fn groups() -> MutexGuard<'static, BTreeSet<i32>> {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps a group on the list.
#[derive(Debug)]
pub(crate) struct Group(i32);

impl Group {
    pub(crate) fn new(number: i32) -> Self {
        groups().insert(number);
        Self(number)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        groups().remove(&self.0);
    }
}

/// Kills every program of this process, with what it started in its group. For who ends the
/// process at once.
pub fn kill_all() {
    #[cfg(unix)]
    for group in groups().iter().copied() {
        if let Some(pid) = rustix::process::Pid::from_raw(group) {
            // Whoever is gone already needs no signal.
            let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
        }
    }
}

/// Waits this long for programs that are being ended, and kills those that are left. For who ends
/// the process in order.
pub async fn all_ended(patience: Duration) {
    let ending = async {
        while !groups().is_empty() {
            tokio::time::sleep(LOOK).await;
        }
    };
    if tokio::time::timeout(patience, ending).await.is_err() {
        kill_all();
    }
}
