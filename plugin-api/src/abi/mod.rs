//! What crosses the library boundary, and the only place that knows `abi_stable`.
//!
//! Plugin authors never name anything here except through [`export!`](crate::export); the host
//! uses [`host`]. All unsafe code of this crate is in this module.
//!
//! # Versions
//!
//! The ABI is (family, major, minor), apart from the version of this crate. Within a major the
//! layout of `raw` does not change at all: `abi.lock` holds its hash and a test compares it. The
//! minor rises when a number, a JSON key or an extension gains a meaning:
//!
//! | minor | brought |
//! | --- | --- |
//! | 0 | chat, function tools, reasoning, images, structured output, preludes; operation `http` with SSE and raw framing |
//! | 1 | NDJSON framing, operation `timer`, extension `massgen.meter/1` |
//! | 2 | operations `tool`, `read`, `write`, `list`, `store_get`, `store_put`, `check`; event `completed`; key `workspace` of the configuration |
//! | 3 | operations `spawn`, `stdin`; events `process_out`, `process_err`, `process_end`; usage of server tools and cost; more metadata (`base_url_env`, `function_tools`, `programs`, `home`) |
//!
//! A plugin states the lowest minor it needs (taken from
//! [`Translator::USES`](crate::Translator::USES)), not the one it was built with.
//!
//! # The step contract
//!
//! The host's referee enforces each line and ends the session with
//! [`FaultCode::PROTOCOL`](crate::FaultCode::PROTOCOL), never with a crash:
//!
//! 1. `step` is called by one thread at a time; the thread may differ between calls.
//! 2. The first event is `START`; `CANCEL` is the last if it comes. Events of a ticket come in order.
//! 3. `step` returns quickly: over 50 ms draws a warning, over 2 s loses the session. It never
//!    sleeps, reads, connects, spawns or prints.
//! 4. The host's context ends with the call; keeping it does not compile.
//! 5. Tickets are chosen by the session, non-zero, unique.
//! 6. Exactly one end: [`Progress::DONE`] after one `done` chunk, or a fault.
//! 7. Unknown event kinds are ignored; unknown verdicts count as refused.
//! 8. At most 4 MiB of chunks and 64 operations a step, 256 open tickets, 16 MiB a payload and
//!    64 MiB in the payloads of all open tickets.
//! 9. Dropping a session is quick, silent and does not panic.
//! 10. Two sessions of one backend share nothing that depends on order.

mod codec;
mod export;
mod guest;
pub mod host;
mod layout;
mod meter;
mod numbers;
mod raw;

pub use layout::layout_fingerprint;
pub use meter::{METER_EXTENSION, MeterTable};
pub use numbers::{EventKind, OpKind, Progress, Verdict};

/// Numbers of the step contract's line 8 and 3.
pub mod limits {
    use std::time::Duration;

    /// Most bytes of chunks in one step.
    pub const CHUNK_BYTES_PER_STEP: usize = 4 << 20;
    /// Most operations begun in one step.
    pub const OPS_PER_STEP: usize = 64;
    /// Most tickets open at a time.
    pub const OPEN_TICKETS: usize = 256;
    /// Most bytes of one operation's payload.
    pub const PAYLOAD_BYTES: usize = 16 << 20;
    /// Most bytes in the payloads of all open operations.
    pub const OPEN_PAYLOAD_BYTES: usize = 64 << 20;
    /// A step longer than this draws a warning.
    pub const SLOW_STEP: Duration = Duration::from_millis(50);
    /// A step longer than this loses its session.
    pub const STUCK_STEP: Duration = Duration::from_secs(2);
}

/// What [`export!`](crate::export) expands to; not for direct use.
#[doc(hidden)]
pub mod __export {
    pub use super::export::{concat_len, meta_bytes};
    pub use super::guest::{create, describe, root_module};
    pub use super::meter::{Meter, extension};
    pub use super::raw::PluginRef;
    pub use super::raw::RawTable;
    pub use abi_stable::library::{
        __call_root_module_loader, CheckTypeLayout, LibHeader, RootModuleResult,
    };
    pub use abi_stable::std_types::{RStr, RString};
}
