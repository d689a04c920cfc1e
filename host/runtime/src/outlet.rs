//! Events on their way to the observers: a queue that never blocks a run and never loses a state.
//!
//! Pieces of one stream that wait are joined, so a slow observer makes the queue wider, not
//! longer. Numbers and times are given when an event leaves the queue's end, so that every
//! observer sees the same lines.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use events::{AgentId, Envelope, RunEvent};

/// Where a run puts its events. Clones feed the same queue.
#[derive(Clone)]
pub struct Outlet(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    start: Instant,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Waiting>,
    closed: bool,
}

struct Waiting {
    ms: u64,
    agent: Option<AgentId>,
    event: RunEvent,
}

/// The thread that feeds the observers.
pub struct EventThread {
    outlet: Outlet,
    thread: JoinHandle<()>,
}

impl EventThread {
    /// Starts the thread; `observe` is called on it with each event, in order.
    ///
    /// # Errors
    ///
    /// The system gives no thread.
    pub fn start(observe: impl FnMut(Envelope) + Send + 'static) -> std::io::Result<Self> {
        let shared = Shared {
            state: Mutex::default(),
            changed: Condvar::new(),
            start: Instant::now(),
        };
        let outlet = Outlet(Arc::new(shared));
        let feed = outlet.clone();
        let thread =
            std::thread::Builder::new().name("events".into()).spawn(move || feed.feed(observe))?;
        Ok(Self { outlet, thread })
    }

    /// Where to put events.
    pub fn outlet(&self) -> Outlet {
        self.outlet.clone()
    }

    /// Waits until every event so far was observed, and ends the thread.
    pub fn finish(self) {
        self.outlet.state().closed = true;
        self.outlet.0.changed.notify_all();
        // An observer that panicked has been reported by the panic hook.
        drop(self.thread.join());
    }
}

impl Outlet {
    /// Puts an event into the queue.
    pub fn emit(&self, agent: Option<&AgentId>, event: RunEvent) {
        let ms = self.now();
        let mut state = self.state();
        let joined = state.waiting.back_mut().is_some_and(|last| last.join(agent, &event));
        if !joined {
            state.waiting.push_back(Waiting { ms, agent: agent.cloned(), event });
            self.0.changed.notify_all();
        }
    }

    /// Milliseconds since the run started.
    pub fn now(&self) -> u64 {
        u64::try_from(self.0.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn feed(&self, mut observe: impl FnMut(Envelope)) {
        let mut seq = 0;
        while let Some(next) = self.next() {
            observe(Envelope::new(seq, next.ms, next.agent, next.event));
            seq += 1;
        }
    }

    /// The next event; `None` when the queue is closed and empty.
    fn next(&self) -> Option<Waiting> {
        let mut state = self.state();
        loop {
            if let Some(next) = state.waiting.pop_front() {
                return Some(next);
            }
            if state.closed {
                return None;
            }
            state = self.0.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Waiting {
    /// Appends a piece of the same stream; says whether it did.
    fn join(&mut self, agent: Option<&AgentId>, event: &RunEvent) -> bool {
        if self.agent.as_ref() != agent {
            return false;
        }
        match (&mut self.event, event) {
            (RunEvent::TextDelta { text }, RunEvent::TextDelta { text: more })
            | (RunEvent::FinalDelta { text }, RunEvent::FinalDelta { text: more }) => {
                text.push_str(more);
                true
            }
            (
                RunEvent::ReasoningDelta { text, form },
                RunEvent::ReasoningDelta { text: more, form: same },
            ) if form == same => {
                text.push_str(more);
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> RunEvent {
        RunEvent::TextDelta { text: text.into() }
    }

    #[test]
    fn pieces_that_wait_are_joined_and_states_are_kept_in_order() {
        let (hold, held) = std::sync::mpsc::channel::<()>();
        let (out, seen) = std::sync::mpsc::channel();
        let thread = EventThread::start(move |envelope: Envelope| {
            drop(held.recv());
            drop(out.send(envelope));
        })
        .unwrap();
        let outlet = thread.outlet();
        let (ann, bob) = (AgentId::from("ann"), AgentId::from("bob"));
        outlet.emit(None, RunEvent::ConsensusReached);
        while !outlet.state().waiting.is_empty() {
            std::thread::yield_now();
        }
        for _ in 0..1000 {
            outlet.emit(Some(&ann), text("a"));
        }
        outlet.emit(Some(&bob), text("b"));
        outlet.emit(Some(&bob), RunEvent::Abstained);
        outlet.emit(Some(&bob), text("b"));
        drop(hold);
        thread.finish();
        let seen: Vec<Envelope> = seen.iter().collect();
        let events: Vec<_> = seen.iter().map(|it| (it.seq, it.event.clone())).collect();
        let expected = [
            RunEvent::ConsensusReached,
            text(&"a".repeat(1000)),
            text("b"),
            RunEvent::Abstained,
            text("b"),
        ];
        assert_eq!(events, (0..).zip(expected).collect::<Vec<_>>());
    }
}
