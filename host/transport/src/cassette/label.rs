//! Where a recording lies: a folder per agent, a number per exchange.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// How many exchanges each agent has had.
#[derive(Debug, Default)]
pub(crate) struct Counters(Mutex<HashMap<String, u32>>);

impl Counters {
    /// The number of the next exchange, from 1.
    pub(crate) fn next(&self, agent: &str) -> u32 {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = all.entry(folder(agent)).or_default();
        *count += 1;
        *count
    }
}

/// The file of an agent's exchange.
pub(crate) fn file(root: &Path, agent: &str, number: u32) -> PathBuf {
    root.join(folder(agent)).join(format!("{number:04}.json"))
}

/// A label as a folder name that stays inside its parent on every platform.
fn folder(agent: &str) -> String {
    let safe = |c: char| {
        if c.is_alphanumeric() || matches!(c, '-' | '_') {
            c
        } else {
            '_'
        }
    };
    let name: String = agent.chars().map(safe).take(100).collect();
    if name.is_empty() {
        "_".to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_cannot_leave_the_folder() {
        let table = [
            ("ann", "t/ann/0001.json"),
            ("../x", "t/___x/0001.json"),
            ("", "t/_/0001.json"),
        ];
        for (agent, expected) in table {
            assert_eq!(file(Path::new("t"), agent, 1), Path::new(expected));
        }
    }

    #[test]
    fn agents_are_counted_apart_and_labels_of_one_folder_together() {
        let all = Counters::default();
        let numbers: Vec<_> = ["ann", "bob", "ann", "a/b", "a_b"]
            .map(|agent| all.next(agent))
            .into();
        assert_eq!(numbers, [1, 1, 2, 1, 2]);
    }
}
