//! Write a backend plugin for massgen: the contract between the host and a model provider's library.
//!
//! A plugin is a state machine without I/O. The host hands it one [`chat::Call`]; the plugin asks
//! for HTTP requests ([`wire::HttpRequest`]) and turns what comes back into [`chat::Chunk`]s. It
//! opens no socket, reads no file and holds no key.
//!
//! Authors implement [`sdk::Translator`] and write [`export!`]; everything in [`abi`] is what the
//! host and the macro use. This crate deliberately knows no provider, no runtime and no host.
//!
//! | module | holds |
//! | --- | --- |
//! | [`chat`] | the vocabulary: calls, turns, tools, chunks, usage |
//! | [`wire`] | the I/O a plugin may ask for, and what comes back |
//! | [`fault`] | why a call failed, as data |
//! | [`metadata`] | what a plugin says of itself, readable without loading it |
//! | [`sdk`] | what authors write against |
//! | [`abi`] | what crosses the library boundary, frozen per major version |

pub mod abi;
pub mod chat;
pub mod fault;
pub mod metadata;
pub mod sdk;
pub mod wire;

pub use fault::{Fault, FaultCode};
pub use sdk::{Chunks, Config, Reply, Translator};
// Re-exported so that an author depends on this crate only.
pub use serde;
pub use serde_json;
pub use tracing;
