//! The three clocks of a stream: connect, first payload, between payload events.
//!
//! The connect clock runs in [`crate::connect`]; this file has the numbers and the other two.
//! A clock runs only while somebody waits for a payload, so a slow consumer never lets it expire,
//! and what is no payload (comments, keep-alives) never reaches it.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use massgen_plugin::wire::Timeouts;
use tokio::time::{Instant, timeout_at};

use crate::TransportError;
use crate::connect::Dial;

/// One of the three clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// Until a connection stands (name lookup, TCP and TLS). Default 10 s.
    Connect,
    /// From there to the first payload event. Default 300 s.
    First,
    /// Between two payload events. Default 120 s.
    Idle,
}

/// The beginning of the message about its expiry.
impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "no connection to",
            Self::First => "no first payload from",
            Self::Idle => "no further payload from",
        })
    }
}

/// How long each clock runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) connect: Duration,
    pub(crate) first: Duration,
    pub(crate) idle: Duration,
}

impl From<Timeouts> for Limits {
    fn from(asked: Timeouts) -> Self {
        // A day bounds what a plugin may ask for; deadlines stay far from overflow.
        let or = |ms: Option<u64>, seconds: u64| {
            Duration::from_millis(ms.unwrap_or(seconds * 1000).min(24 * 3_600_000))
        };
        Self {
            connect: or(asked.connect_ms, 10),
            first: or(asked.first_ms, 300),
            idle: or(asked.idle_ms, 120),
        }
    }
}

/// The running clock of one exchange.
#[derive(Debug)]
pub(crate) struct Clocks {
    limits: Limits,
    dial: Arc<Dial>,
    awaiting: Clock,
    /// When the wait for the next payload began; `None` while nobody waits.
    since: Option<Instant>,
    host: String,
}

impl Clocks {
    pub(crate) fn new(limits: Limits, dial: Arc<Dial>, host: String) -> Self {
        Self {
            limits,
            dial,
            awaiting: Clock::First,
            since: None,
            host,
        }
    }

    /// A payload arrived: the next wait is one between payloads.
    pub(crate) fn payload(&mut self) {
        self.awaiting = Clock::Idle;
        self.since = None;
    }

    /// Waits for a future no longer than the running clock allows. Dropping the wait and starting
    /// another one does not set the clock back.
    pub(crate) async fn race<T>(
        &mut self,
        future: impl Future<Output = T>,
    ) -> Result<T, TransportError> {
        let mut future = pin!(future);
        loop {
            let deadline = self.deadline();
            if let Ok(value) = timeout_at(deadline, future.as_mut()).await {
                return Ok(value);
            }
            // Connecting has its own clock: the time it took moves the deadline.
            if self.deadline() <= deadline {
                return Err(self.expired());
            }
        }
    }

    fn deadline(&mut self) -> Instant {
        let since = *self.since.get_or_insert_with(Instant::now);
        match self.awaiting {
            Clock::Idle => since + self.limits.idle,
            _ => since + self.dial.spent() + self.limits.first,
        }
    }

    fn expired(&self) -> TransportError {
        let limit = match self.awaiting {
            Clock::Idle => self.limits.idle,
            _ => self.limits.first,
        };
        TransportError::Expired {
            clock: self.awaiting,
            limit,
            host: self.host.clone(),
        }
    }
}
