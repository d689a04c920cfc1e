//! The order in which calls end, for runs that repeat a recorded one.
//!
//! Recordings answer at once, so without this two agents would overtake each other and ask for
//! something that was never recorded. Calls are named alike in every run, so the recorded order of
//! their ends is enough to repeat every decision.

use std::collections::{BTreeMap, VecDeque};

/// Holds ended calls back until it is their turn. Without a recorded order nothing is held back.
#[derive(Debug)]
pub(crate) struct Order<T> {
    recorded: VecDeque<String>,
    held: BTreeMap<String, T>,
}

impl<T> Order<T> {
    /// The names of the calls in the order in which they are to end.
    pub(crate) fn new(recorded: Vec<String>) -> Self {
        Self {
            recorded: recorded.into(),
            held: BTreeMap::new(),
        }
    }

    /// Takes an ended call. A call that was not recorded is not held back.
    pub(crate) fn push(&mut self, name: String, call: T) -> Option<T> {
        if !self.recorded.contains(&name) {
            return Some(call);
        }
        self.held.insert(name, call);
        self.pop()
    }

    /// Everything that is held back.
    pub(crate) fn drain(&mut self) -> Vec<T> {
        std::mem::take(&mut self.held).into_values().collect()
    }

    /// The call whose turn it is, when it has ended.
    pub(crate) fn pop(&mut self) -> Option<T> {
        let call = self.held.remove(self.recorded.front()?)?;
        self.recorded.pop_front();
        Some(call)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays ends in this order; says in which order they come out.
    fn check(recorded: &[&str], ends: &[&str], expected: &[&str]) {
        let mut order = Order::new(recorded.iter().map(ToString::to_string).collect());
        let mut out = Vec::new();
        for end in ends {
            out.extend(order.push((*end).to_owned(), *end));
            while let Some(next) = order.pop() {
                out.push(next);
            }
        }
        assert_eq!(out, expected);
    }

    #[test]
    fn calls_end_in_the_recorded_order() {
        check(&[], &["b", "a"], &["b", "a"]);
        check(&["a", "b", "c"], &["c", "a", "b"], &["a", "b", "c"]);
        check(&["a", "b"], &["b", "new", "a"], &["new", "a", "b"]);
        let rounds = ["a-1-1", "b-1-1", "a-1-1.2"];
        check(&rounds, &["a-1-1", "a-1-1.2", "b-1-1"], &rounds);
    }
}
