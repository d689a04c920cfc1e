//! One model call over a plugin, start to end.
//!
//! [`Backends`] turns a configured backend into a [`Backend`]; [`Backend::call`] runs one call:
//! a session of the plugin on a thread of its own, its requests over the transport, retries while
//! nothing was shown. The `referee` enforces the step contract; `gate` says what may begin.
//!
//! This crate knows no agent and no rule of coordination. It deliberately has no second loop
//! anywhere: `session` steps, `driver` waits, `call` tries again.
//!
//! **Invariant.** Whatever a plugin does inside `step` (panic, loop, flood, lie), the caller gets
//! exactly one end of the call, and nobody else waits for that plugin.

mod backend;
mod call;
mod driver;
mod error;
mod event;
mod gate;
mod health;
mod loan;
mod ops;
mod process;
mod redact;
mod resolve;
mod session;
mod store;

pub use backend::{Backend, Backends};
pub use call::Calling;
pub use error::OpenError;
pub use event::CallEvent;
pub use resolve::{BackendSpec, KeySource, Resolved, check, resolve};
