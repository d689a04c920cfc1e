//! Time since the run began, and the limits of a run. No clock is read here.

use std::num::NonZeroU32;
use std::ops::Add;

/// Milliseconds since the run began, or a span of that many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub u64);

impl Millis {
    /// So many seconds.
    pub const fn seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1000))
    }
}

impl Add for Millis {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

/// The limits of a run. The defaults are those of orchestration §1.4 and §1.7.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Budget of answers and votes together; 1800 s.
    pub coordination: Millis,
    /// Budget of one activation of one agent, all its attempts together; 600 s.
    pub turn: Millis,
    /// Budget of the presentation, beside that of coordination; 600 s.
    pub presentation: Millis,
    /// Replies in one activation before a broken rule ends it; 3.
    pub attempts: NonZeroU32,
    /// Failed activations in a row after which an agent is out; 3.
    pub activation_failures: NonZeroU32,
    /// Answers that one agent may give; 5. `None` is no limit.
    pub new_answers: Option<NonZeroU32>,
    /// Whether an agent that sees only its own answer waits until every live peer has decided
    /// once; off, as in the reference.
    pub wait_for_peers: bool,
}

impl Default for Limits {
    fn default() -> Self {
        const THREE: NonZeroU32 = NonZeroU32::MIN.saturating_add(2);
        Self {
            coordination: Millis::seconds(1800),
            turn: Millis::seconds(600),
            presentation: Millis::seconds(600),
            attempts: THREE,
            activation_failures: THREE,
            new_answers: Some(THREE.saturating_add(2)),
            wait_for_peers: false,
        }
    }
}
