//! What the dialects of providers have in common: a body under construction, the keys of a
//! configuration, the address, the conversation in order, a reader of JSON, errors amid a stream.
//!
//! Data in, data out. Whatever two plugins need stands here once; whatever one provider alone does
//! stands in its plugin. Deliberately knows no provider's name and no wire format.

pub mod arguments;
mod body;
mod citations;
pub mod cost;
mod course;
mod endpoint;
pub mod fault;
pub mod history;
pub mod ids;
mod json;
mod options;
mod payload;
pub mod picture;
pub mod server_tool;
pub mod tools;
pub mod version;

pub use body::Body;
pub use citations::Citations;
pub use course::Course;
pub use endpoint::{Endpoint, SECRET, model};
pub use json::{Json, append};
pub use options::Options;
pub use payload::{Payload, Payloads};
