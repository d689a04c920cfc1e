//! Runs a plugin's code on a thread of its own, because a plugin may never come back.
//!
//! A thread that does not return is lost; the kit goes on without it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::stage::GiveUp;

/// Runs `body`, which is handed what to tell before it has to be given up.
///
/// # Errors
///
/// Why there is no result: `body` was given up, panicked, or took longer than `limit`.
pub(crate) fn watched<T: Send + 'static>(
    limit: Duration,
    body: impl FnOnce(&GiveUp) -> T + Send + 'static,
) -> Result<T, String> {
    let (sender, receiver) = mpsc::channel();
    let last_words = sender.clone();
    let give_up: GiveUp = Arc::new(move |why| drop(last_words.send(Err(why))));
    let started = thread::Builder::new().spawn(move || {
        let result = catch_unwind(AssertUnwindSafe(|| body(&give_up)));
        drop(sender.send(result.map_err(|_| "the test itself panicked".into())));
    });
    started.map_err(|error| format!("no thread: {error}"))?;
    match receiver.recv_timeout(limit) {
        Ok(result) => result,
        Err(RecvTimeoutError::Timeout) => Err(format!(
            "the plugin did not come back within {} s",
            limit.as_secs()
        )),
        Err(RecvTimeoutError::Disconnected) => Err("the thread died".into()),
    }
}
