//! The one place where bytes leave the process over HTTP.
//!
//! A caller hands over a [`HttpRequest`](massgen_plugin::wire::HttpRequest) with a [`Grant`] and
//! pulls [`Piece`]s out of the [`Exchange`]. Secrets are put in here and nowhere else, bodies are
//! framed here, clocks run here, and a [`Tape`] keeps or plays back what went over the wire.
//!
//! This crate knows no plugin, chat or agent, and it never retries: whether an error is worth a
//! second try is for the caller, who knows what was already shown. [`retry`] has the numbers.
//!
//! **Invariants.** No request reaches a host that its grant does not name. No secret enters a
//! request to a host it is not approved for, nor a log line or a cassette at any time. The socket
//! is read only while somebody asks for the next piece.

mod answer;
mod cassette;
mod causes;
mod client;
mod clocks;
mod connect;
mod error;
mod exchange;
mod grant;
mod limiter;
pub mod pinned;
mod prepare;
mod redact;
mod redact_stream;
pub mod retry;
mod secret;
mod tls;
mod transport;

pub use cassette::Tape;
pub use causes::{causes, story};
pub use clocks::Clock;
pub use error::{SetupError, TransportError};
pub use exchange::{Exchange, Piece};
pub use grant::{Grant, SecretGrant};
pub use limiter::{Delay, Limiter, Permit};
pub use prepare::check;
pub use redact::{redact, redact_headers, redact_url};
pub use redact_stream::RedactStream;
pub use secret::Secret;
pub use transport::{Scope, Settings, Transport};
