//! The MCP client: one session per agent and server, for the agent's life.
//!
//! [`Client`] starts a server, keeps its tools listed, calls them and ends it. How a server is
//! reached (a child process, streamable HTTP) stays in here; what may be called is for the caller,
//! who asks the gate first. Nothing but this crate knows `rmcp`.
//!
//! **Invariants.** A call that may have had effects is never sent twice. A server that is not
//! there is data ([`State`], [`CallError`]), never a reason to end a run. Every wait has an end.

mod breaker;
mod call;
mod client;
mod connect;
pub mod convert;
mod environment;
mod error;
mod event;
mod handler;
pub mod http;
mod lines;
mod listing;
pub mod oauth;
mod pipe;
mod ration;
mod relay;
mod retry;
mod runner;
mod session;
mod shared;
mod spec;
mod stderr;
mod substitute;
mod tool;

pub use call::{CallOptions, CallResult, Progress};
pub use client::Client;
pub use error::{CallError, ConnectError};
pub use event::{Event, State};
pub use http::ConnectContext;
pub use spec::{ClientSpec, Environment};
pub use substitute::{Missing, Substituted, substitute};
pub use tool::{Hints, RemotePrompt, RemoteResource, RemoteTool};
