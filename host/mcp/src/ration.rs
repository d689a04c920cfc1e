//! How much of what a server says is passed on: however long it talks, observers and the log hear
//! so much of each kind, and then that the rest is left out.

use std::sync::atomic::{AtomicU32, Ordering};

/// Lines of one kind that are passed on.
const LINES: u32 = 100;

/// What may be said of one kind.
#[derive(Debug, Default)]
pub(crate) struct Ration(AtomicU32);

/// What becomes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Share {
    /// It is passed on.
    Told,
    /// It is passed on, and so is that it is the last of its kind.
    Last,
    /// It is left out.
    LeftOut,
}

impl Ration {
    /// Counts one line.
    pub(crate) fn take(&self) -> Share {
        let count = |said: u32| (said < LINES).then_some(said + 1);
        match self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, count)
        {
            Ok(said) if said + 1 == LINES => Share::Last,
            Ok(_) => Share::Told,
            Err(_) => Share::LeftOut,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_lines_are_told_and_the_last_of_them_is_known() {
        let ration = Ration::default();
        let shares: Vec<_> = (0..1000).map(|_| ration.take()).collect();
        assert!(shares[..99].iter().all(|it| *it == Share::Told));
        assert_eq!(shares[99], Share::Last);
        assert!(shares[100..].iter().all(|it| *it == Share::LeftOut));
    }
}
