//! A provider that never existed: speaks every provider's wire format on loopback and does what a
//! [`Script`] says, well or badly. A request's path says which format it is in; one script drives
//! them all.
//!
//! It knows nothing of massgen: rules look at a request's model name, its ordinal among that
//! model's requests, the tools it offers and its words, so the outcome is the same whatever the
//! order in which concurrent calls arrive. Every request is kept for the test to look at.
//!
//! **Invariant:** nothing here listens beyond 127.0.0.1, and everything ends with [`Fake`].

#![expect(
    clippy::expect_used,
    reason = "whoever calls this is a test: what cannot be done here fails it"
)]

mod body;
mod fake;
mod fault;
mod read;
mod record;
mod reply;
mod script;
mod wire;
mod write;

pub use fake::{ClosedPort, Fake};
pub use fault::Fault;
pub use read::{Called, Role, Turn};
pub use record::Request;
pub use reply::{Finish, Reply, Shape, Target, ToolCall, answer, call, text, vote};
pub use script::{Action, Script, When, on};
pub use wire::Wire;
pub use write::seal;
