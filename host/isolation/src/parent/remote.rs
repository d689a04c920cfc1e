//! A root module, its backends and their sessions, as they are seen from the parent.
//!
//! They share one child, so one request waits for another. Dropping a session or a backend drops it
//! in the child too; the child ends when the last of them is gone.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use massgen_plugin::Fault;
use massgen_plugin::abi::Progress;
use massgen_plugin::abi::host::{Context, Event};
use serde_json::Value;

use super::process::Process;
use super::talk::{Talk, nonsense};
use crate::failure::Failure;
use crate::limits::{Limits, Patience};
use crate::protocol::{Reading, Reply, Request, Welcome};

/// The child, and what its parts share.
#[derive(Debug)]
struct Shared {
    talk: Mutex<Talk>,
    /// The next number of a backend or session.
    next: AtomicU64,
}

impl Shared {
    fn talk(&self) -> MutexGuard<'_, Talk> {
        self.talk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }
}

/// A library in a child process. See [`Root`](massgen_plugin::abi::host::Root).
#[derive(Debug)]
pub struct Plugin {
    shared: Arc<Shared>,
    welcome: Welcome,
}

impl Plugin {
    pub(super) fn load(
        process: Process,
        limits: Limits,
        patience: Patience,
    ) -> Result<Self, Failure> {
        let mut talk = Talk::new(process, patience);
        let welcome = match talk.ask(&Request::Load(limits), &[])? {
            Reply::Loaded(welcome) => welcome,
            other => {
                let (end, last_line) = (nonsense(&other), talk.said());
                return Err(Failure { end, last_line });
            }
        };
        let shared = Arc::new(Shared {
            talk: Mutex::new(talk),
            next: AtomicU64::new(1),
        });
        Ok(Self { shared, welcome })
    }

    /// What the child's side said about loading; see [`Loaded`](crate::Loaded).
    pub fn report(&self) -> &Value {
        &self.welcome.report
    }

    /// The metadata text as the running library tells it; `None` when it was not loaded.
    pub fn describe(&self) -> Option<&str> {
        self.welcome.description.as_deref()
    }

    /// Why the library was loaded without the first filter; `None` when it was there.
    pub fn unfiltered(&self) -> Option<&str> {
        self.welcome.unfiltered.as_deref()
    }

    /// The last 8 KiB of what the library printed, to standard output and error alike.
    pub fn printed(&self) -> String {
        self.shared.talk().said()
    }

    /// Leaves the child nothing but memory and its pipes, for good. Any other system call ends it,
    /// and the request that made it says which it was.
    ///
    /// # Errors
    ///
    /// `internal` when this system has no filter of system calls; the child goes on without.
    pub fn lock(&self) -> Result<(), Fault> {
        self.shared.talk().ask_done(&Request::Lock, &[]).map(|_| ())
    }

    /// The memory meter of the library, when it has one.
    ///
    /// # Errors
    ///
    /// How the child ended.
    pub fn meter(&self) -> Result<Option<Reading>, Fault> {
        let mut talk = self.shared.talk();
        match talk.ask(&Request::Meter, &[])? {
            Reply::Meter(reading) => Ok(reading),
            other => Err(Failure {
                end: nonsense(&other),
                last_line: talk.said(),
            }
            .into()),
        }
    }

    /// Makes one configured backend.
    ///
    /// # Errors
    ///
    /// The plugin's fault, or how the child ended.
    pub fn create(&self, config: &str) -> Result<Backend, Fault> {
        let number = self.shared.number();
        let request = Request::Create { backend: number };
        self.shared.talk().ask_done(&request, config.as_bytes())?;
        Ok(Backend {
            shared: Arc::clone(&self.shared),
            number,
        })
    }

    /// Hangs up and waits for the child to end by itself, as a program that exits does.
    ///
    /// # Errors
    ///
    /// How it ended, when that was not well, or that it did not in time.
    pub fn finish(self) -> Result<(), Failure> {
        self.shared.talk().finish()
    }
}

/// One configured backend. See [`Backend`](massgen_plugin::abi::host::Backend).
#[derive(Debug)]
pub struct Backend {
    shared: Arc<Shared>,
    number: u64,
}

impl Backend {
    /// Opens a session for one call, given as JSON.
    ///
    /// # Errors
    ///
    /// The plugin's fault, or how the child ended.
    pub fn open(&self, call: &str) -> Result<Session, Fault> {
        let number = self.shared.number();
        let request = Request::Open {
            backend: self.number,
            session: number,
        };
        self.shared.talk().ask_done(&request, call.as_bytes())?;
        Ok(Session {
            shared: Arc::clone(&self.shared),
            number,
        })
    }

    /// Asks the backend something it answers without I/O.
    ///
    /// # Errors
    ///
    /// The plugin's fault, or how the child ended.
    pub fn ask(&self, query: &str) -> Result<String, Fault> {
        let request = Request::Query {
            backend: self.number,
        };
        self.shared.talk().ask_done(&request, query.as_bytes())
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.shared.talk().tell(&Request::DropBackend(self.number));
    }
}

/// One session. See [`Session`](massgen_plugin::abi::host::Session).
#[derive(Debug)]
pub struct Session {
    shared: Arc<Shared>,
    number: u64,
}

impl Session {
    /// Goes on by one event; `context` receives what the plugin does meanwhile, and must not use
    /// this child itself.
    ///
    /// # Errors
    ///
    /// The plugin's fault, or how the child ended.
    pub fn step<C: Context + ?Sized>(
        &mut self,
        event: Event<'_>,
        context: &mut C,
    ) -> Result<Progress, Fault> {
        self.shared.talk().step(self.number, &event, context)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.shared.talk().tell(&Request::DropSession(self.number));
    }
}
