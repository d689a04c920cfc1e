//! When to try again, and how long to wait before: pure numbers, no clock and no loop.
//!
//! The loop is the caller's, because only it knows what a fault means and whether anything of the
//! reply was shown already.

mod after;

use std::time::Duration;

pub use after::{after_from_headers, after_from_text, should_retry};

/// How often and how patiently a call is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Most attempts, the first one included. Default 4.
    pub attempts: u32,
    /// Wait before the second attempt; doubled before each further one. Default 1 s.
    pub first_wait: Duration,
    /// Longest of these waits. Default 8 s.
    pub longest_wait: Duration,
    /// A `Retry-After` beyond this is not waited for; the schedule counts then. Default 120 s.
    pub longest_asked: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            attempts: 4,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(8),
            longest_asked: Duration::from_secs(120),
        }
    }
}

impl Policy {
    /// How long to wait before the next attempt, after `failed` attempts (at least 1) failed;
    /// `None` when it was the last one. `asked` is the provider's own wish, kept exactly; without
    /// one the schedule (1, 2, 4, 8 s) is shortened by up to a quarter, by `random` in `0.0..=1.0`,
    /// so that agents that failed together do not return together.
    pub fn wait(&self, failed: u32, asked: Option<Duration>, random: f64) -> Option<Duration> {
        if failed >= self.attempts {
            return None;
        }
        match asked {
            Some(asked) if asked <= self.longest_asked => Some(asked),
            _ => Some(
                self.step(failed)
                    .mul_f64(1.0 - 0.25 * random.clamp(0.0, 1.0)),
            ),
        }
    }

    fn step(&self, failed: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(failed.saturating_sub(1));
        self.first_wait
            .saturating_mul(doubled)
            .min(self.longest_wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(policy: Policy, asked: Option<Duration>, random: f64) -> Vec<f64> {
        (1..)
            .map_while(|failed| policy.wait(failed, asked, random))
            .map(|wait| wait.as_secs_f64())
            .collect()
    }

    #[test]
    fn the_schedule_doubles_and_ends() {
        let patient = Policy {
            attempts: 7,
            ..Policy::default()
        };
        assert_eq!(waits(Policy::default(), None, 0.0), [1.0, 2.0, 4.0]);
        assert_eq!(waits(patient, None, 0.0), [1.0, 2.0, 4.0, 8.0, 8.0, 8.0]);
        assert_eq!(waits(patient, None, 1.0), [0.75, 1.5, 3.0, 6.0, 6.0, 6.0]);
    }

    #[test]
    fn a_sane_wish_is_kept_and_an_insane_one_is_not() {
        let asked = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(waits(Policy::default(), asked(120), 1.0), [120.0; 3]);
        assert_eq!(waits(Policy::default(), asked(121), 0.0), [1.0, 2.0, 4.0]);
        assert_eq!(waits(Policy::default(), asked(0), 0.0), [0.0; 3]);
    }

    #[test]
    fn absurd_numbers_do_not_overflow() {
        let endless = Policy {
            attempts: u32::MAX,
            ..Policy::default()
        };
        assert_eq!(
            endless.wait(u32::MAX - 1, None, f64::NAN.max(7.0)),
            Some(Duration::from_secs(6))
        );
    }
}
