//! The host's side of the boundary: the raw objects behind ordinary Rust types.
//!
//! Nothing here decides anything: the referee, the clocks and the permissions are the host's.
//! Text of a plugin is copied once, here, because memory belongs to the library that made it.

use abi_stable::erased_types::TD_Opaque;
use abi_stable::std_types::{RResult, RSlice, RStr, RString};

pub use super::layout::Mismatch;
pub use abi_stable::library::AbiHeaderRef;

use super::meter::{METER_EXTENSION, MeterTable};
use super::numbers::{EventKind, OpKind, Progress, Verdict};
use super::raw::{
    BackendBox, HostCx, HostCx_TO, PluginRef, RawChunk, RawEvent, RawFault, SessionBox,
};
use crate::chat::{Chunk, ChunkKind};
use crate::fault::{Fault, FaultCode};

/// Name of the symbol that holds the root module's header, without a final zero byte.
pub const ROOT_SYMBOL: &str = abi_stable::library::ROOT_MODULE_LOADER_NAME;

/// A loaded library's root module. `Copy`, because libraries are never unloaded.
#[derive(Clone, Copy)]
pub struct Root(PluginRef);

impl Root {
    /// Checks the header and the layout, then takes the root module.
    ///
    /// `older` says that the plugin's minor is below ours: the check allows the *found* side to
    /// have more than the *expected* one, so the older side is the expected one. Every check uses
    /// fresh globals, because the process-wide ones make the answer depend on the order of loads.
    ///
    /// # Errors
    ///
    /// [`Mismatch`], before any code of the library besides its constructors has run.
    pub fn check(header: AbiHeaderRef, older: bool) -> Result<Self, Mismatch> {
        let header = header
            .upgrade()
            .map_err(|error| Mismatch::Header(super::layout::first_line(&error)))?;
        let theirs = header.layout().ok_or(Mismatch::NoLayout)?;
        super::layout::check(theirs, older)?;
        super::layout::root(header).map(Self)
    }

    /// The root module of a backend that is linked into this program instead of loaded: for
    /// tests, fuzzing and Miri. It crosses the same adapter; its metadata text is empty.
    pub fn linked<E: crate::sdk::Entry>() -> Self {
        extern "C" fn describe() -> RString {
            RString::new()
        }
        extern "C" fn extension(_: RStr<'_>) -> super::raw::RawTable {
            super::raw::RawTable(std::ptr::null())
        }
        Self(super::guest::root_module::<E>(describe, extension))
    }

    /// The metadata text as the running library tells it.
    pub fn describe(&self) -> String {
        (self.0.describe())().into_string()
    }

    /// Makes one configured backend.
    ///
    /// # Errors
    ///
    /// The plugin's fault: `config` with the key at fault, or whatever it says.
    pub fn create(&self, config: &str) -> Result<Backend, Fault> {
        result((self.0.create())(RStr::from(config))).map(Backend)
    }

    /// The memory meter of the library, when it has one.
    pub fn meter(&self) -> Option<&'static MeterTable> {
        let table = (self.0.extension())(RStr::from(METER_EXTENSION));
        super::meter::table(table)
    }
}

/// One configured backend of a plugin.
pub struct Backend(BackendBox);

impl Backend {
    /// Opens a session for one call, given as JSON of [`Call`](crate::chat::Call).
    ///
    /// # Errors
    ///
    /// The plugin's fault, for example `unsupported`.
    pub fn open(&self, call: &str) -> Result<Session, Fault> {
        result(self.0.open(RStr::from(call))).map(Session)
    }

    /// Asks the backend something it answers without I/O.
    ///
    /// # Errors
    ///
    /// `unsupported` for a question it does not know.
    pub fn ask(&self, query: &str) -> Result<String, Fault> {
        result(self.0.ask(RStr::from(query))).map(RString::into_string)
    }
}

/// One session of a plugin.
pub struct Session(SessionBox);

impl Session {
    /// Goes on by one event; `context` receives what the plugin does meanwhile.
    ///
    /// # Errors
    ///
    /// The plugin's fault, which ends the session.
    pub fn step<C: Context>(
        &mut self,
        event: Event<'_>,
        context: &mut C,
    ) -> Result<Progress, Fault> {
        let mut lent = Lent(context);
        let mut cx = HostCx_TO::from_ptr(&mut lent, TD_Opaque);
        result(self.0.step(event.raw(), &mut cx))
    }
}

/// What happened, as the host says it.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// What happened.
    pub kind: EventKind,
    /// HTTP status, fault code or exit code, by kind.
    pub status: u32,
    /// The operation, 0 for none.
    pub ticket: u64,
    /// Data, by kind.
    pub data: &'a [u8],
}

impl Event<'_> {
    /// The first event.
    pub const START: Self = Event {
        kind: EventKind::START,
        status: 0,
        ticket: 0,
        data: &[],
    };
    /// The last event.
    pub const CANCEL: Self = Event {
        kind: EventKind::CANCEL,
        status: 0,
        ticket: 0,
        data: &[],
    };

    fn raw(&self) -> RawEvent<'_> {
        RawEvent {
            kind: self.kind,
            status: self.status,
            ticket: self.ticket,
            data: RSlice::from(self.data),
        }
    }
}

/// What a step may do to the host. Implementations must not panic.
pub trait Context {
    /// A piece of the reply, not yet checked.
    fn emit(&mut self, chunk: Emitted<'_>);
    /// An operation is to begin.
    fn begin(&mut self, op: OpKind, ticket: u64, payload: &[u8]) -> Verdict;
    /// An operation is given up.
    fn abandon(&mut self, ticket: u64);
    /// A question that is answered at once; empty for one the host does not know.
    fn ask(&mut self, query: &str) -> String;
}

/// A chunk as it crossed, before its data is parsed.
#[derive(Debug, Clone, Copy)]
pub struct Emitted<'a> {
    /// Its kind.
    pub kind: ChunkKind,
    /// Its position, by kind.
    pub index: u32,
    /// Its text.
    pub text: &'a str,
    /// Its data as JSON text, may be empty.
    pub json: &'a str,
}

impl Emitted<'_> {
    /// Bytes that count against the limit of a step.
    pub fn size(&self) -> usize {
        self.text.len() + self.json.len() + 16
    }

    /// The typed chunk.
    ///
    /// # Errors
    ///
    /// `protocol` when a known kind's data is not of its form.
    pub fn decode(&self) -> Result<Chunk, Fault> {
        super::codec::decode(self.kind, self.index, self.text, self.json)
    }
}

struct Lent<'a, C>(&'a mut C);

impl<C: Context> HostCx for Lent<'_, C> {
    fn emit(&mut self, chunk: RawChunk) {
        self.0.emit(Emitted {
            kind: ChunkKind(chunk.kind),
            index: chunk.index,
            text: chunk.text.as_str(),
            json: chunk.json.as_str(),
        });
    }

    fn begin(&mut self, op: OpKind, ticket: u64, payload: RSlice<'_, u8>) -> Verdict {
        self.0.begin(op, ticket, payload.as_slice())
    }

    fn abandon(&mut self, ticket: u64) {
        self.0.abandon(ticket);
    }

    fn ask(&mut self, query: RStr<'_>) -> RString {
        self.0.ask(query.as_str()).into()
    }
}

fn result<T>(raw: RResult<T, RawFault>) -> Result<T, Fault> {
    raw.into_result().map_err(|fault| Fault {
        code: FaultCode(fault.code),
        message: fault.message.into_string(),
        detail: fault.detail.into_string(),
        retry_after_ms: fault.retry_after_ms,
    })
}
