//! The Chat Completions dialect, shared by every backend that speaks it.
//!
//! Data in, data out: a [`Call`](massgen_plugin::chat::Call) becomes the JSON body of `POST
//! {base}/chat/completions`, and the payloads of the answer become
//! [`Chunk`](massgen_plugin::chat::Chunk)s. What differs between providers is data ([`Quirks`],
//! from the plugin's `plugin.json`) or a [`Server`]; no provider's name is tested in this crate.
//!
//! It is deliberately not a client: it sends nothing, retries nothing and sees no key. The
//! invariant: the same call gives the same bytes, and appending turns leaves the bytes of the
//! messages before them as they were, so that prefix caches hit.
//!
//! Sources: the specification of backends, sections 4, 4.1, 10, 11 B, 12 and 14.

mod backend;
mod local;
mod models;
mod quirks;
mod reply;
mod request;

pub use backend::{Chat, Server};
pub use local::LocalServer;
pub use models::FirstModel;
pub use quirks::{EffortForm, Quirks, Replay};
pub use reply::Reply;
pub use request::Dialect;
