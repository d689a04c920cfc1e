//! Write access of the presenter: when it began, and that it ended.

use std::sync::{Mutex, MutexGuard, PoisonError};

use permissions::Phase;
use tokio_util::sync::CancellationToken;

/// The write grants of one agent.
#[derive(Debug, Default)]
pub(crate) struct Grants(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    count: usize,
    /// Fires when the last of them ends; a later grant has another one.
    ending: CancellationToken,
}

impl Grants {
    pub(crate) fn begin(&self) {
        self.held().count += 1;
    }

    pub(crate) fn end(&self) {
        let mut held = self.held();
        held.count = held.count.saturating_sub(1);
        if held.count == 0 {
            let ended = std::mem::take(&mut held.ending);
            drop(held);
            ended.cancel();
        }
    }

    /// How far the run is, and what fires when that is over. Read together: what is judged in one
    /// phase is carried out in no wider one.
    pub(crate) fn now(&self) -> (Phase, CancellationToken) {
        let held = self.held();
        let phase = match held.count {
            0 => Phase::Coordination,
            _ => Phase::Presentation,
        };
        (phase, held.ending.clone())
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
