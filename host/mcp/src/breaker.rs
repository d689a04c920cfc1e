//! When a server that keeps failing is left alone (services §2.11). Pure: time is a number of
//! milliseconds from any fixed start.
//!
//! Closed until three failures in a row; then open for 30 s, and twice as long after each failed
//! trial, at most 240 s; when that time is over, half open: the next use is the trial. Only
//! connections and time-outs count. What a tool says is never a failure.

/// Failures in a row that open it.
const LIMIT: u32 = 3;
/// How long it stays open the first time.
const FIRST_MS: u64 = 30_000;
/// How long it stays open at most.
const LONGEST_MS: u64 = 240_000;

/// What failed or went well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Starting, greeting and listing.
    Connect,
    /// A call, answered or not.
    Call,
}

/// The breaker of one server of one agent.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    /// In a row; `LIMIT - 1` after an opening, so that one more opens it again.
    failures: u32,
    /// How often it opened since it was last closed.
    openings: u32,
    open_until: Option<u64>,
    /// Whether a call is among the failures; then a connection alone proves nothing.
    calls_failed: bool,
}

impl Breaker {
    /// Milliseconds for which the server is still left alone.
    pub(crate) fn blocked(&self, now: u64) -> Option<u64> {
        let left = self.open_until?.saturating_sub(now);
        (left > 0).then_some(left)
    }

    /// Notes a failure; milliseconds for which it opened, if it did.
    pub(crate) fn failed(&mut self, kind: Kind, now: u64) -> Option<u64> {
        self.calls_failed |= kind == Kind::Call;
        self.failures += 1;
        if self.failures < LIMIT {
            return None;
        }
        let open = FIRST_MS
            .saturating_mul(1 << self.openings.min(8))
            .min(LONGEST_MS);
        self.openings += 1;
        self.failures = LIMIT - 1;
        self.open_until = Some(now.saturating_add(open));
        Some(open)
    }

    /// Notes that something went well. A connection alone does not make up for failed calls.
    pub(crate) fn succeeded(&mut self, kind: Kind) {
        if kind == Kind::Call || !self.calls_failed {
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_failures_in_a_row_open_it_and_two_do_not() {
        let mut breaker = Breaker::default();
        assert_eq!(breaker.failed(Kind::Call, 0), None);
        assert_eq!(breaker.failed(Kind::Connect, 0), None);
        breaker.succeeded(Kind::Call);
        assert_eq!(breaker.failed(Kind::Call, 0), None);
        assert_eq!(breaker.failed(Kind::Call, 0), None);
        assert_eq!(breaker.blocked(0), None);
        assert_eq!(breaker.failed(Kind::Call, 1_000), Some(30_000));
        assert_eq!(breaker.blocked(1_000), Some(30_000));
        assert_eq!(breaker.blocked(30_999), Some(1));
        assert_eq!(breaker.blocked(31_000), None);
    }

    #[test]
    fn each_failed_trial_doubles_the_time_up_to_240_s() {
        let mut breaker = Breaker::default();
        breaker.failed(Kind::Connect, 0);
        breaker.failed(Kind::Connect, 0);
        let mut now = 0;
        for expected in [30_000, 60_000, 120_000, 240_000, 240_000] {
            assert_eq!(breaker.failed(Kind::Connect, now), Some(expected));
            now += expected;
            assert_eq!(breaker.blocked(now - 1), Some(1));
            assert_eq!(breaker.blocked(now), None);
        }
        breaker.succeeded(Kind::Connect);
        assert_eq!(breaker.failed(Kind::Connect, now), None);
    }

    #[test]
    fn a_server_that_connects_and_never_answers_opens_it_all_the_same() {
        let mut breaker = Breaker::default();
        for _ in 0..2 {
            breaker.succeeded(Kind::Connect);
            assert_eq!(breaker.failed(Kind::Call, 0), None);
        }
        breaker.succeeded(Kind::Connect);
        assert_eq!(breaker.failed(Kind::Call, 0), Some(30_000));
        // Half open: it connects, but the trial call fails.
        breaker.succeeded(Kind::Connect);
        assert_eq!(breaker.failed(Kind::Call, 30_000), Some(60_000));
        breaker.succeeded(Kind::Call);
        assert_eq!(breaker.blocked(30_000), None);
    }
}
