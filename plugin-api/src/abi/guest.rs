//! The plugin's side of the boundary: one adapter around every backend and session.
//!
//! **Invariant:** this is the only place with a panic guard, so none can be forgotten. A session
//! that panicked answers every later step with the same fault and never runs again.

use std::panic::{AssertUnwindSafe, catch_unwind};

use abi_stable::erased_types::TD_Opaque;
use abi_stable::prefix_type::PrefixTypeTrait;
use abi_stable::std_types::{RErr, ROk, RResult, RSlice, RStr, RString};

use super::codec;
use super::numbers::{OpKind, Progress, Verdict};
use super::raw::{
    Backend, Backend_TO, BackendBox, Cx, Plugin, PluginRef, RawEvent, RawFault, RawTable, Session,
    Session_TO, SessionBox,
};
use crate::chat::{Call, Chunk};
use crate::fault::{Fault, FaultCode};
use crate::sdk::{self, Config, Entry, Host, log};

impl From<Fault> for RawFault {
    fn from(fault: Fault) -> Self {
        Self {
            code: fault.code.0,
            retry_after_ms: fault.retry_after_ms,
            message: fault.message.into(),
            detail: fault.detail.into(),
        }
    }
}

/// The root module of the backend `E`.
pub fn root_module<E: Entry>(
    describe: extern "C" fn() -> RString,
    extension: extern "C" fn(RStr<'_>) -> RawTable,
) -> PluginRef {
    log::install();
    Plugin {
        describe,
        create: create::<E>,
        extension,
    }
    .leak_into_prefix()
}

/// The metadata text as the boundary's string.
pub fn describe(text: &'static str) -> RString {
    text.into()
}

/// `create` of the root module.
pub extern "C" fn create<E: Entry>(config: RStr<'_>) -> RResult<BackendBox, RawFault> {
    let made = guarded(|| {
        let config: Config = parse(config.as_str(), "backend configuration")?;
        let inner = Some(E::create(config)?);
        Ok(Backend_TO::from_value(GuardedBackend { inner }, TD_Opaque))
    });
    // There is no step to hand log lines to; when nothing was made they say why.
    let lines = log::take();
    made.map_err(|mut fault| {
        lines.iter().for_each(|line| {
            fault.detail.push_str("\n");
            fault.detail.push_str(line);
        });
        fault
    })
}

fn parse<T: serde::de::DeserializeOwned>(text: &str, what: &str) -> Result<T, Fault> {
    serde_json::from_str(text).map_err(|error| {
        Fault::new(
            FaultCode::PROTOCOL,
            format!("the host's {what} cannot be read: {error}"),
        )
    })
}

/// Runs `body`; a panic inside becomes a fault that carries its message and place.
fn guarded<T>(body: impl FnOnce() -> Result<T, Fault>) -> RResult<T, RawFault> {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(value)) => ROk(value),
        Ok(Err(fault)) => RErr(fault.into()),
        Err(payload) => RErr(log::panic_fault(payload.as_ref()).into()),
    }
}

struct GuardedBackend {
    /// Taken away only to be dropped.
    inner: Option<Box<dyn sdk::Backend>>,
}

impl GuardedBackend {
    fn inner(&self) -> Result<&dyn sdk::Backend, Fault> {
        let gone = || Fault::new(FaultCode::INTERNAL, "the backend is gone");
        self.inner.as_deref().ok_or_else(gone)
    }
}

impl Drop for GuardedBackend {
    fn drop(&mut self) {
        discard(self.inner.take());
    }
}

/// Drops what is the plugin's; a panic on the way becomes a log line of the thread's next step.
fn discard<T>(inner: Option<T>) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(inner))) {
        // A thread that ends has no log any more.
        drop(catch_unwind(AssertUnwindSafe(|| {
            let fault = log::panic_fault(&*payload);
            tracing::error!("{} (while it was dropped, {})", fault.message, fault.detail);
        })));
    }
}

impl Backend for GuardedBackend {
    fn open(&self, call: RStr<'_>) -> RResult<SessionBox, RawFault> {
        guarded(|| {
            let call: Call = parse(call.as_str(), "call")?;
            let inner = self.inner()?.open(call)?;
            Ok(Session_TO::from_value(
                GuardedSession { inner: Some(inner) },
                TD_Opaque,
            ))
        })
    }

    fn ask(&self, query: RStr<'_>) -> RResult<RString, RawFault> {
        guarded(|| self.inner()?.ask(query.as_str()).map(RString::from))
    }
}

/// The host's context as the SDK sees it.
struct Borrowed<'a, 'cx>(&'a mut Cx<'cx>);

impl sdk::Lender for Borrowed<'_, '_> {
    fn emit(&mut self, chunk: Chunk) {
        self.0.emit(codec::encode(chunk));
    }

    fn begin(&mut self, op: OpKind, ticket: u64, payload: &[u8]) -> Verdict {
        self.0.begin(op, ticket, RSlice::from(payload))
    }

    fn abandon(&mut self, ticket: u64) {
        self.0.abandon(ticket);
    }

    fn ask(&mut self, query: &str) -> String {
        self.0.ask(RStr::from(query)).into_string()
    }
}

struct GuardedSession {
    /// `None` after a panic: what is inside cannot be trusted any more.
    inner: Option<Box<dyn sdk::Machine>>,
}

impl Session for GuardedSession {
    fn step(&mut self, event: RawEvent<'_>, host: &mut Cx<'_>) -> RResult<Progress, RawFault> {
        let Some(machine) = self.inner.as_mut() else {
            return RErr(Fault::new(FaultCode::PANICKED, "the plugin panicked before").into());
        };
        let outcome = guarded(|| {
            let data = event.data.as_slice();
            let event = sdk::Event::read(event.kind, event.status, event.ticket, data)?;
            machine.step(event, &mut Host::new(&mut Borrowed(host)))
        });
        log::flush(&mut Host::new(&mut Borrowed(host)));
        if matches!(&outcome, RErr(fault) if fault.code == FaultCode::PANICKED.0) {
            discard(self.inner.take());
        }
        outcome
    }
}

impl Drop for GuardedSession {
    fn drop(&mut self) {
        discard(self.inner.take());
    }
}
