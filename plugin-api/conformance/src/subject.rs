//! What is tested: a plugin, wherever it runs.
//!
//! The same rules are checked on a library in this process and on one in a child; both look like
//! this to the kit.

use std::sync::Arc;

use massgen_plugin::Fault;
use massgen_plugin::abi::Progress;
use massgen_plugin::abi::host::{self, Context, Emitted, Event, Root};
use massgen_plugin::abi::{OpKind, Verdict};
use massgen_plugin::sdk::Entry;

/// A plugin.
pub trait Subject: Send + Sync {
    /// The metadata text as the running plugin tells it; `None` for one that cannot.
    fn describe(&self) -> Option<String>;

    /// Makes one configured backend; see [`host::Root::create`].
    ///
    /// # Errors
    ///
    /// The plugin's fault.
    fn create(&self, config: &str) -> Result<Box<dyn Backend>, Fault>;

    /// Bytes that it holds now; `None` for one without a meter.
    ///
    /// # Errors
    ///
    /// Its process is gone.
    fn live_bytes(&self) -> Result<Option<u64>, Fault>;

    /// What it printed so far.
    fn printed(&self) -> String {
        String::new()
    }
}

/// Where a subject comes from: every rule gets a new one, so that none suffers from another.
pub trait Source: Send + Sync {
    /// A new subject.
    ///
    /// # Errors
    ///
    /// Why there is none.
    fn start(&self) -> Result<Arc<dyn Subject>, String>;
}

/// One configured backend of a plugin.
pub trait Backend: Send + Sync {
    /// Opens a session; see [`host::Backend::open`].
    ///
    /// # Errors
    ///
    /// The plugin's fault.
    fn open(&self, call: &str) -> Result<Box<dyn Session>, Fault>;
}

/// One session of a plugin.
pub trait Session: Send {
    /// Goes on by one event; see [`host::Session::step`].
    ///
    /// # Errors
    ///
    /// The plugin's fault, which ends the session.
    fn step(&mut self, event: Event<'_>, context: &mut dyn Context) -> Result<Progress, Fault>;
}

/// A backend of the crate under test, linked into it. It crosses the same adapter as a loaded
/// library, and has neither metadata nor a meter.
#[derive(Clone, Copy)]
pub struct Linked(Root);

impl Linked {
    /// The backend `E`.
    pub fn entry<E: Entry>() -> Self {
        Self(Root::linked::<E>())
    }
}

impl Source for Linked {
    fn start(&self) -> Result<Arc<dyn Subject>, String> {
        Ok(Arc::new(*self))
    }
}

impl Subject for Linked {
    fn describe(&self) -> Option<String> {
        None
    }

    fn create(&self, config: &str) -> Result<Box<dyn Backend>, Fault> {
        let backend = self.0.create(config)?;
        Ok(Box::new(backend))
    }

    fn live_bytes(&self) -> Result<Option<u64>, Fault> {
        Ok(self.0.meter().map(|meter| (meter.live)()))
    }
}

impl Backend for host::Backend {
    fn open(&self, call: &str) -> Result<Box<dyn Session>, Fault> {
        let session = host::Backend::open(self, call)?;
        Ok(Box::new(session))
    }
}

impl Session for host::Session {
    fn step(&mut self, event: Event<'_>, context: &mut dyn Context) -> Result<Progress, Fault> {
        host::Session::step(self, event, &mut Lent(context))
    }
}

/// A context behind a pointer, as one of a known size.
struct Lent<'a>(&'a mut dyn Context);

impl Context for Lent<'_> {
    fn emit(&mut self, chunk: Emitted<'_>) {
        self.0.emit(chunk);
    }

    fn begin(&mut self, op: OpKind, ticket: u64, payload: &[u8]) -> Verdict {
        self.0.begin(op, ticket, payload)
    }

    fn abandon(&mut self, ticket: u64) {
        self.0.abandon(ticket);
    }

    fn ask(&mut self, query: &str) -> String {
        self.0.ask(query)
    }
}
