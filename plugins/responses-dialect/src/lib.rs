//! The Responses dialect, shared by every backend that speaks it.
//!
//! Data in, data out: a [`Call`](massgen_plugin::chat::Call) becomes the JSON body of `POST
//! {base}/responses`, and the events of the answer become
//! [`Chunk`](massgen_plugin::chat::Chunk)s. What differs between providers is data ([`Quirks`]).
//!
//! Invariant: every finished item of a reply goes back as it came. Reasoning and server tools carry
//! their own item; the items of a text and of a call follow them as blocks of reasoning without
//! text, because those parts have no place for it. Nothing is kept at the provider unless the
//! configuration says so.
//!
//! Sources: the specification of backends, sections 3, 4.2, 11 A, 12 and 14.

mod backend;
mod reply;
mod request;

pub use backend::{Kind, Quirks, Responses, SystemForm};
pub use reply::Reply;
