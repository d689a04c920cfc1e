//! Everything that crosses: one module, three traits, three plain structs. Frozen per major version.
//!
//! Nothing here may change within [`ABI_MAJOR`](crate::metadata::ABI_MAJOR); `abi.lock` holds a
//! hash of the layout and a test compares it. Growth happens in the open numbers, in JSON keys and
//! in named extension tables. Borrows live for one call; an `RString` is freed by whoever made it.

#![expect(
    unsafe_code,
    unreachable_pub,
    non_local_definitions,
    reason = "code written by the derive macros of abi_stable"
)]

use abi_stable::library::RootModule;
use abi_stable::package_version_strings;
use abi_stable::sabi_types::{RMut, VersionStrings};
use abi_stable::std_types::{RBox, RResult, RSlice, RStr, RString};
use abi_stable::{StableAbi, sabi_trait};

use super::numbers::{EventKind, OpKind, Progress, Verdict};

/// Address of an extension's table, or null for "not known".
#[repr(transparent)]
#[derive(StableAbi, Debug, Clone, Copy)]
pub struct RawTable(pub *const u8);

/// The root module.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = PluginRef, prefix_fields = PluginPrefix)))]
pub struct Plugin {
    /// The metadata as JSON; equals the static one.
    pub describe: extern "C" fn() -> RString,
    /// Makes one configured backend from JSON configuration.
    pub create: extern "C" fn(config: RStr<'_>) -> RResult<BackendBox, RawFault>,
    /// A named extension table.
    #[sabi(last_prefix_field)]
    pub extension: extern "C" fn(id: RStr<'_>) -> RawTable,
}

impl RootModule for PluginRef {
    const BASE_NAME: &'static str = "massgen_backend";
    const NAME: &'static str = "massgen backend plugin";
    const VERSION_STRINGS: VersionStrings = package_version_strings!();
    abi_stable::declare_root_module_statics! {PluginRef}
}

/// One configured backend.
#[sabi_trait]
pub trait Backend: Send + Sync {
    /// Opens a session for one call (JSON).
    fn open(&self, call: RStr<'_>) -> RResult<SessionBox, RawFault>;
    /// Answers a question about the backend, without I/O.
    #[sabi(last_prefix_field)]
    fn ask(&self, query: RStr<'_>) -> RResult<RString, RawFault>;
}

/// One model call.
#[sabi_trait]
pub trait Session: Send {
    /// Goes on by one event.
    #[sabi(last_prefix_field)]
    fn step(&mut self, event: RawEvent<'_>, host: &mut Cx<'_>) -> RResult<Progress, RawFault>;
}

/// The host's services, lent for one step.
#[sabi_trait]
pub trait HostCx {
    /// Hands over a piece of the reply.
    fn emit(&mut self, chunk: RawChunk);
    /// Begins an operation under a ticket of the session's choice.
    fn begin(&mut self, op: OpKind, ticket: u64, payload: RSlice<'_, u8>) -> Verdict;
    /// Gives an operation up.
    fn abandon(&mut self, ticket: u64);
    /// Asks something that is answered at once.
    #[sabi(last_prefix_field)]
    fn ask(&mut self, query: RStr<'_>) -> RString;
}

pub type BackendBox = Backend_TO<'static, RBox<()>>;
pub type SessionBox = Session_TO<'static, RBox<()>>;
pub type Cx<'a> = HostCx_TO<'a, RMut<'a, ()>>;

/// Something happened.
#[repr(C)]
#[derive(StableAbi, Clone, Copy)]
pub struct RawEvent<'a> {
    pub kind: EventKind,
    pub status: u32,
    pub ticket: u64,
    pub data: RSlice<'a, u8>,
}

/// A piece of a reply.
#[repr(C)]
#[derive(StableAbi, Debug, Clone)]
pub struct RawChunk {
    pub kind: u32,
    pub index: u32,
    pub text: RString,
    pub json: RString,
}

/// Why something failed.
#[repr(C)]
#[derive(StableAbi, Debug, Clone)]
pub struct RawFault {
    pub code: u32,
    pub retry_after_ms: u64,
    pub message: RString,
    pub detail: RString,
}
