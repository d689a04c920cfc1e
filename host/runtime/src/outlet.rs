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
    /// The run has said its last word.
    over: bool,
    closed: bool,
}

struct Waiting {
    ms: u64,
    agent: Option<AgentId>,
    event: RunEvent,
}

/// Somebody who is told what happens.
pub trait Observer: Send + 'static {
    /// Takes one event. Slowness costs nobody but the observer itself.
    fn observe(&mut self, envelope: &Envelope);
}

/// The thread that feeds the observer, and gives it back at the end.
pub struct EventThread<O> {
    outlet: Outlet,
    thread: JoinHandle<O>,
}

impl<O: Observer> EventThread<O> {
    /// Starts the thread; `observer` is told each event on it, in order.
    ///
    /// # Errors
    ///
    /// The system gives no thread.
    pub fn start(observer: O) -> std::io::Result<Self> {
        let shared = Shared {
            state: Mutex::default(),
            changed: Condvar::new(),
            start: Instant::now(),
        };
        let outlet = Outlet(Arc::new(shared));
        let feed = outlet.clone();
        let thread = std::thread::Builder::new()
            .name("events".into())
            .spawn(move || feed.feed(observer))?;
        Ok(Self { outlet, thread })
    }

    /// Where to put events.
    pub fn outlet(&self) -> Outlet {
        self.outlet.clone()
    }

    /// Waits until every event so far was observed, and ends the thread. `None` when the observer
    /// panicked, which the panic hook has reported.
    pub fn finish(self) -> Option<O> {
        self.outlet.state().closed = true;
        self.outlet.0.changed.notify_all();
        self.thread.join().ok()
    }
}

impl Outlet {
    /// Puts an event into the queue. After `run_finished` nothing is taken: a server that dies or
    /// a call that was left behind may speak later than that.
    pub fn emit(&self, agent: Option<&AgentId>, event: RunEvent) {
        let ms = self.now();
        let mut state = self.state();
        if state.over {
            return;
        }
        state.over = is_last(&event);
        // The newest thing that waits of the same agent: several may be streaming at once.
        let mut newest_first = state.waiting.iter_mut().rev();
        let last = newest_first.find(|it| it.agent.as_ref() == agent);
        let joined = last.is_some_and(|last| last.join(&event));
        if !joined {
            state.waiting.push_back(Waiting {
                ms,
                agent: agent.cloned(),
                event,
            });
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

    fn feed<O: Observer>(&self, mut observer: O) -> O {
        let mut seq = 0;
        while let Some(next) = self.next() {
            observer.observe(&Envelope::new(seq, next.ms, next.agent, next.event));
            seq += 1;
        }
        observer
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
            state = self
                .0
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn is_last(event: &RunEvent) -> bool {
    matches!(event, RunEvent::RunFinished { .. })
}

impl Waiting {
    /// Takes in a piece of the same stream; says whether it did.
    fn join(&mut self, event: &RunEvent) -> bool {
        match (&mut self.event, event) {
            (RunEvent::TextDelta { text }, RunEvent::TextDelta { text: more })
            | (RunEvent::FinalDelta { text }, RunEvent::FinalDelta { text: more }) => {
                text.push_str(more);
                true
            }
            (
                RunEvent::ReasoningDelta { text, form },
                RunEvent::ReasoningDelta {
                    text: more,
                    form: same,
                },
            ) if form == same => {
                text.push_str(more);
                true
            }
            (
                RunEvent::ToolProgress { call_id, text, .. },
                RunEvent::ToolProgress {
                    call_id: same,
                    text: newer,
                    ..
                },
            ) if call_id == same => {
                text.clone_from(newer);
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

    fn progress(text: &str) -> RunEvent {
        RunEvent::ToolProgress {
            call_id: "c1".into(),
            name: "mcp__fs__read_file".into(),
            text: text.into(),
        }
    }

    fn finished() -> RunEvent {
        RunEvent::RunFinished {
            status: events::Status::Ok,
            exit_code: 0,
            usage: events::Tally::default(),
            paths: events::Paths::default(),
        }
    }

    /// Waits for its go-ahead before each event.
    struct Held {
        go: std::sync::mpsc::Receiver<()>,
        seen: Vec<Envelope>,
    }

    impl Observer for Held {
        fn observe(&mut self, envelope: &Envelope) {
            let _ = self.go.recv();
            self.seen.push(envelope.clone());
        }
    }

    #[test]
    fn pieces_that_wait_are_joined_states_are_kept_in_order_and_the_end_is_the_end() {
        let (hold, go) = std::sync::mpsc::channel();
        let thread = EventThread::start(Held {
            go,
            seen: Vec::new(),
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
            outlet.emit(Some(&bob), text("b"));
        }
        outlet.emit(Some(&bob), RunEvent::Abstained);
        outlet.emit(Some(&bob), text("b"));
        outlet.emit(Some(&ann), progress("1 of 2"));
        outlet.emit(Some(&ann), progress("2 of 2"));
        outlet.emit(None, finished());
        outlet.emit(Some(&ann), text("too late"));
        drop(hold);
        let seen = thread.finish().unwrap().seen;
        let events: Vec<_> = seen.iter().map(|it| (it.seq, it.event.clone())).collect();
        let expected = [
            RunEvent::ConsensusReached,
            text(&"a".repeat(1000)),
            text(&"b".repeat(1000)),
            RunEvent::Abstained,
            text("b"),
            progress("2 of 2"),
            finished(),
        ];
        assert_eq!(events, (0..).zip(expected).collect::<Vec<_>>());
    }
}
