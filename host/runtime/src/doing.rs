//! What an attempt waits for, so that one that is cut off can say it.
//!
//! The attempt writes it down, the loop reads it. It is never wiped by a cancelled attempt: what
//! stands here is what the attempt was at when its time was over.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Shared between an attempt and the loop.
#[derive(Clone, Default)]
pub(crate) struct Doing(Arc<Mutex<Option<Begun>>>);

struct Begun {
    what: Wait,
    since: Instant,
}

/// What is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wait {
    /// The agent's MCP servers are being started.
    Servers,
    /// Nothing came yet; from whom, and the last fault after which it was asked again.
    Reply { from: String, after: Option<String> },
    /// Something came, and the reply is not complete.
    Rest { from: String },
    /// A tool runs.
    Tool { name: String },
}

impl Doing {
    /// Begins to wait for something else.
    pub(crate) fn begin(&self, what: Wait) {
        let since = Instant::now();
        self.set(Some(Begun { what, since }));
    }

    /// The request is sent again after this fault; the wait goes on.
    pub(crate) fn again(&self, fault: &str) {
        self.change(|wait| {
            if let Wait::Reply { after, .. } = wait {
                *after = Some(fault.to_owned());
            }
        });
    }

    /// Something of the reply came; the wait for the rest goes on.
    pub(crate) fn heard(&self) {
        self.change(|wait| {
            if let Wait::Reply { from, .. } = wait {
                let from = std::mem::take(from);
                *wait = Wait::Rest { from };
            }
        });
    }

    /// Nothing is waited for.
    pub(crate) fn end(&self) {
        self.set(None);
    }

    /// In words, with how long it has been; `None` when nothing is waited for.
    pub(crate) fn words(&self) -> Option<String> {
        let begun = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let begun = begun.as_ref()?;
        Some(words(&begun.what, begun.since.elapsed()))
    }

    fn set(&self, begun: Option<Begun>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = begun;
    }

    fn change(&self, change: impl FnOnce(&mut Wait)) {
        let mut begun = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(begun) = begun.as_mut() {
            change(&mut begun.what);
        }
    }
}

fn words(wait: &Wait, length: Duration) -> String {
    let time = time(length);
    match wait {
        Wait::Servers => format!("its MCP servers were not ready after {time}"),
        Wait::Reply { from, after: None } => format!("no reply from {from} within {time}"),
        Wait::Reply {
            from,
            after: Some(fault),
        } => format!("no reply from {from} within {time}, last: {fault}"),
        Wait::Rest { from } => format!("the reply from {from} was not complete after {time}"),
        Wait::Tool { name } => format!("the tool {name} still ran after {time}"),
    }
}

/// To the second, but below one.
fn time(length: Duration) -> String {
    match length.as_millis() {
        ms @ 0..950 => format!("{ms} ms"),
        ms => format!("{} s", (ms + 500) / 1000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_by_what_it_waited_for() {
        let doing = Doing::default();
        assert_eq!(doing.words(), None);
        let from = "127.0.0.1".to_owned();
        doing.begin(Wait::Reply { from, after: None });
        doing.again("busy");
        let said = doing.words().unwrap();
        assert!(
            said.starts_with("no reply from 127.0.0.1 within "),
            "{said}"
        );
        assert!(said.ends_with(" ms, last: busy"), "{said}");
        doing.heard();
        doing.again("late");
        let said = doing.words().unwrap();
        assert!(
            said.starts_with("the reply from 127.0.0.1 was not"),
            "{said}"
        );
        let name = "look_up".to_owned();
        doing.begin(Wait::Tool { name });
        doing.heard();
        assert!(
            doing
                .words()
                .unwrap()
                .starts_with("the tool look_up still ran")
        );
        doing.end();
        assert_eq!(doing.words(), None);
    }

    #[test]
    fn times_are_rounded() {
        let check = |ms, said: &str| assert_eq!(time(Duration::from_millis(ms)), said);
        check(12, "12 ms");
        check(4980, "5 s");
        check(5400, "5 s");
    }
}
