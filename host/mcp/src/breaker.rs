//! When a server that keeps failing is left alone (services §2.11). Pure: time is a number of
//! milliseconds from any fixed start.
//!
//! Closed until three failures in a row; then open for 30 s, and twice as long after each failed
//! trial, at most 240 s; when that time is over, half open: one use is the trial, others are
//! refused until it is over. Only connections and time-outs count, and only of what began since
//! it last opened: many calls that fail together open it once. What a tool says is never a failure.

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

/// A use of the server that has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Begun {
    kind: Kind,
    /// How often it had opened before.
    openings: u64,
    trial: bool,
}

/// The breaker of one server of one agent.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    /// In a row since it last opened or went well.
    failures: u32,
    /// Openings since it was last closed; none: it is closed.
    in_a_row: u32,
    /// All openings ever.
    openings: u64,
    open_until: u64,
    /// A call is the trial, and not over yet.
    trying: bool,
    /// Whether a call is among the failures; then a connection alone proves nothing.
    calls_failed: bool,
}

impl Breaker {
    /// Milliseconds for which the server is still left alone.
    pub(crate) fn blocked(&self, now: u64) -> Option<u64> {
        let left = self.open_until.saturating_sub(now);
        (left > 0).then_some(left)
    }

    /// A connection begins; there is one at a time.
    pub(crate) fn connecting(&self) -> Begun {
        Begun {
            kind: Kind::Connect,
            openings: self.openings,
            trial: false,
        }
    }

    /// A call wants to begin.
    ///
    /// # Errors
    ///
    /// Milliseconds for which the server is still left alone; 0 while another call is the trial.
    pub(crate) fn calling(&mut self, now: u64) -> Result<Begun, u64> {
        if let Some(left) = self.blocked(now) {
            return Err(left);
        }
        let trial = self.in_a_row > 0;
        if trial && self.trying {
            return Err(0);
        }
        self.trying = trial;
        Ok(Begun {
            kind: Kind::Call,
            openings: self.openings,
            trial,
        })
    }

    /// Notes a failure; milliseconds for which it opened, if it did.
    pub(crate) fn failed(&mut self, begun: Begun, now: u64) -> Option<u64> {
        if begun.openings != self.openings {
            return None;
        }
        self.calls_failed |= begun.kind == Kind::Call;
        self.failures += 1;
        if self.in_a_row == 0 && self.failures < LIMIT {
            return None;
        }
        let open = FIRST_MS
            .saturating_mul(1 << self.in_a_row.min(8))
            .min(LONGEST_MS);
        self.in_a_row += 1;
        self.openings += 1;
        self.trying = false;
        self.open_until = now.saturating_add(open);
        Some(open)
    }

    /// Notes that something went well. A connection alone does not make up for failed calls.
    pub(crate) fn succeeded(&mut self, begun: Begun) {
        let is_now = begun.openings == self.openings;
        if is_now && (begun.kind == Kind::Call || !self.calls_failed) {
            *self = Self {
                openings: self.openings,
                ..Self::default()
            };
        }
    }

    /// A use is over. One that was the trial and proved nothing makes room for the next.
    pub(crate) fn over(&mut self, begun: Begun) {
        if begun.trial && begun.openings == self.openings {
            self.trying = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A use of this kind that begins now and fails at once.
    fn fails(breaker: &mut Breaker, kind: Kind, now: u64) -> Option<u64> {
        let begun = match kind {
            Kind::Connect => breaker.connecting(),
            Kind::Call => breaker.calling(now).unwrap(),
        };
        breaker.failed(begun, now)
    }

    fn works(breaker: &mut Breaker, kind: Kind, now: u64) {
        let begun = match kind {
            Kind::Connect => breaker.connecting(),
            Kind::Call => breaker.calling(now).unwrap(),
        };
        breaker.succeeded(begun);
    }

    #[test]
    fn three_failures_in_a_row_open_it_and_two_do_not() {
        let mut breaker = Breaker::default();
        assert_eq!(fails(&mut breaker, Kind::Call, 0), None);
        assert_eq!(fails(&mut breaker, Kind::Connect, 0), None);
        works(&mut breaker, Kind::Call, 0);
        assert_eq!(fails(&mut breaker, Kind::Call, 0), None);
        assert_eq!(fails(&mut breaker, Kind::Call, 0), None);
        assert_eq!(breaker.blocked(0), None);
        assert_eq!(fails(&mut breaker, Kind::Call, 1_000), Some(30_000));
        assert_eq!(breaker.blocked(1_000), Some(30_000));
        assert_eq!(breaker.blocked(30_999), Some(1));
        assert_eq!(breaker.calling(30_999), Err(1));
        assert_eq!(breaker.blocked(31_000), None);
    }

    #[test]
    fn each_failed_trial_doubles_the_time_up_to_240_s() {
        let mut breaker = Breaker::default();
        fails(&mut breaker, Kind::Connect, 0);
        fails(&mut breaker, Kind::Connect, 0);
        let mut now = 0;
        for expected in [30_000, 60_000, 120_000, 240_000, 240_000] {
            assert_eq!(fails(&mut breaker, Kind::Connect, now), Some(expected));
            now += expected;
            assert_eq!(breaker.blocked(now - 1), Some(1));
            assert_eq!(breaker.blocked(now), None);
        }
        works(&mut breaker, Kind::Connect, now);
        assert_eq!(fails(&mut breaker, Kind::Connect, now), None);
    }

    #[test]
    fn calls_that_fail_together_open_it_once() {
        let mut breaker = Breaker::default();
        let calls = [(); 8].map(|()| breaker.calling(0).unwrap());
        let opened = calls.map(|it| breaker.failed(it, 1_000));
        assert_eq!(opened.iter().flatten().count(), 1);
        assert_eq!(breaker.blocked(1_000), Some(30_000));
        // One from before that is late changes nothing, however it ends.
        breaker.succeeded(calls[7]);
        assert_eq!(breaker.blocked(1_000), Some(30_000));
        let trial = breaker.calling(31_000).unwrap();
        assert_eq!(breaker.failed(calls[7], 31_500), None);
        assert_eq!(breaker.blocked(31_500), None);
        assert_eq!(breaker.failed(trial, 32_000), Some(60_000));
    }

    #[test]
    fn half_open_has_one_trial_at_a_time() {
        let mut breaker = Breaker::default();
        for _ in 0..3 {
            fails(&mut breaker, Kind::Call, 0);
        }
        let trial = breaker.calling(30_000).unwrap();
        assert_eq!(breaker.calling(30_000), Err(0));
        // Given up: it proved nothing, and the next may try.
        breaker.over(trial);
        let trial = breaker.calling(30_000).unwrap();
        assert_eq!(breaker.calling(30_000), Err(0));
        breaker.succeeded(trial);
        breaker.over(trial);
        assert!(breaker.calling(30_000).is_ok() && breaker.calling(30_000).is_ok());
        assert_eq!(fails(&mut breaker, Kind::Call, 30_000), None);
    }

    #[test]
    fn a_server_that_connects_and_never_answers_opens_it_all_the_same() {
        let mut breaker = Breaker::default();
        for _ in 0..2 {
            works(&mut breaker, Kind::Connect, 0);
            assert_eq!(fails(&mut breaker, Kind::Call, 0), None);
        }
        works(&mut breaker, Kind::Connect, 0);
        assert_eq!(fails(&mut breaker, Kind::Call, 0), Some(30_000));
        // Half open: it connects, but the trial call fails.
        works(&mut breaker, Kind::Connect, 30_000);
        assert_eq!(fails(&mut breaker, Kind::Call, 30_000), Some(60_000));
        works(&mut breaker, Kind::Call, 90_000);
        assert_eq!(breaker.blocked(90_000), None);
    }
}
