//! How often a plugin panicked: three times in ten minutes switch it off for the run.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use loader::Hash;

const MOST_PANICS: usize = 3;
const WINDOW: Duration = Duration::from_secs(600);

/// Panics of all plugins of the process, by file hash.
#[derive(Debug, Default)]
pub(crate) struct Health(Mutex<HashMap<Hash, Vec<Instant>>>);

impl Health {
    /// Notes a panic.
    pub(crate) fn panicked(&self, plugin: Hash, now: Instant) {
        let mut panics = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        panics.entry(plugin).or_default().push(now);
    }

    /// Whether the plugin is switched off.
    pub(crate) fn is_off(&self, plugin: Hash, now: Instant) -> bool {
        let panics = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = |at: &&Instant| now.saturating_duration_since(**at) < WINDOW;
        panics
            .get(&plugin)
            .is_some_and(|it| it.iter().filter(recent).count() >= MOST_PANICS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_panics_within_ten_minutes_switch_a_plugin_off() {
        let (health, start) = (Health::default(), Instant::now());
        let (a, b) = (Hash::of(b"a"), Hash::of(b"b"));
        let minute = Duration::from_secs(60);
        health.panicked(a, start);
        health.panicked(a, start + minute);
        assert!(!health.is_off(a, start + minute));
        health.panicked(a, start + 2 * minute);
        assert!(health.is_off(a, start + 2 * minute));
        assert!(!health.is_off(b, start + 2 * minute));
        assert!(!health.is_off(a, start + 11 * minute));
    }
}
