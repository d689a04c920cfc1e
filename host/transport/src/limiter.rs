//! Keeps all agents within what one provider allows for one key.
//!
//! Bounded concurrency, and one pause for all: when one agent is told to wait, the others wait
//! too instead of finding out for themselves. The wait is announced before it is made, so that a
//! caller can say what it is waiting for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

use crate::Secret;

/// Requests that may be under way at once for one host and key.
const PERMITS: usize = 16;

/// The limits of one provider and key. Clones share them.
#[derive(Debug, Clone)]
pub struct Limiter {
    permits: Arc<Semaphore>,
    paused_until: Arc<Mutex<Option<Instant>>>,
}

/// The right to have one request under way; given back when dropped.
#[derive(Debug)]
pub struct Permit {
    _permit: Option<OwnedSemaphorePermit>,
}

/// What a caller of [`Limiter::permit`] would wait for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delay {
    /// For nothing.
    None,
    /// For another request to end; how long is unknown.
    Busy,
    /// For the end of a pause that the provider asked for.
    Paused(Duration),
}

impl Limiter {
    fn new() -> Self {
        Self {
            permits: Arc::new(Semaphore::new(PERMITS)),
            paused_until: Arc::default(),
        }
    }

    /// What stands in the way now.
    pub fn delay(&self) -> Delay {
        match self.pause_left() {
            Some(left) => Delay::Paused(left),
            None if self.permits.available_permits() == 0 => Delay::Busy,
            None => Delay::None,
        }
    }

    /// Waits for the end of any pause and for a free place.
    pub async fn permit(&self) -> Permit {
        loop {
            self.pause_over().await;
            // Closed never happens; if it did, limiting less beats failing the call.
            let permit = self.permits.clone().acquire_owned().await.ok();
            if self.pause_left().is_none() {
                return Permit { _permit: permit };
            }
        }
    }

    /// Makes everybody wait this long, counted from now; a longer pause that runs already stays.
    pub fn pause(&self, length: Duration) {
        let until = Instant::now() + length;
        let mut paused = self
            .paused_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *paused = Some(paused.map_or(until, |running| running.max(until)));
    }

    async fn pause_over(&self) {
        while let Some(left) = self.pause_left() {
            sleep_until(Instant::now() + left).await;
        }
    }

    fn pause_left(&self) -> Option<Duration> {
        let paused = *self
            .paused_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let left = paused?.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }
}

/// The limiters of a process, by host and key.
#[derive(Debug, Default)]
pub(crate) struct Limiters(Mutex<HashMap<Account, Limiter>>);

/// Which account is charged. Holds a hash of the key and never the key.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Account {
    host: String,
    key: Option<[u8; 32]>,
}

impl Limiters {
    pub(crate) fn of(&self, host: &str, secret: Option<&Secret>) -> Limiter {
        let key = secret.map(|secret| Sha256::digest(secret.expose()).into());
        let account = Account {
            host: host.to_ascii_lowercase(),
            key,
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(account).or_insert_with(Limiter::new).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn one_pause_holds_everybody_with_the_same_key() {
        let all = Limiters::default();
        let key = Secret::new("sk-1");
        all.of("api.example.com", Some(&key)).pause(3 * SECOND);
        let begin = Instant::now();
        let (ann, bob) = (
            all.of("API.example.com", Some(&key)),
            all.of("api.example.com", Some(&key)),
        );
        assert_eq!(ann.delay(), Delay::Paused(3 * SECOND));
        let _both = tokio::join!(ann.permit(), bob.permit());
        assert_eq!(begin.elapsed(), 3 * SECOND);
        for other in [
            all.of("api.example.com", None),
            all.of("other.org", Some(&key)),
        ] {
            assert_eq!(other.delay(), Delay::None);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_grows_while_it_is_waited_for_and_never_shrinks() {
        let limiter = Limiter::new();
        limiter.pause(4 * SECOND);
        limiter.pause(SECOND);
        let begin = Instant::now();
        let longer = async {
            tokio::time::sleep(2 * SECOND).await;
            limiter.pause(5 * SECOND);
        };
        let _permit = tokio::join!(limiter.permit(), longer);
        assert_eq!(begin.elapsed(), 7 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn the_seventeenth_request_waits_for_the_first_to_end() {
        let limiter = Limiter::new();
        let mut permits = Vec::new();
        for _ in 0..PERMITS {
            permits.push(limiter.permit().await);
        }
        assert_eq!(limiter.delay(), Delay::Busy);
        let waiting = tokio::time::timeout(SECOND, limiter.permit());
        assert!(waiting.await.is_err());
        permits.pop();
        assert_eq!(limiter.delay(), Delay::None);
        let _permit = limiter.permit().await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_that_begins_while_waiting_for_a_place_holds_too() {
        let limiter = Limiter::new();
        let mut permits = Vec::new();
        for _ in 0..PERMITS {
            permits.push(limiter.permit().await);
        }
        let begin = Instant::now();
        let told_to_wait = async {
            limiter.pause(2 * SECOND);
            drop(permits);
        };
        let _permit = tokio::join!(limiter.permit(), told_to_wait);
        assert_eq!(begin.elapsed(), 2 * SECOND);
    }

    #[test]
    fn debug_output_holds_no_key() {
        let all = Limiters::default();
        all.of("h", Some(&Secret::new("sk-planted")));
        assert!(!format!("{all:?}").contains("sk-planted"));
    }
}
