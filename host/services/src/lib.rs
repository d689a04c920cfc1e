//! What the host lends to an agent: tools, files, and the word on what it may do.
//!
//! [`Lent`] is the only door to tools, files and processes. Whoever calls through it, a model or a
//! plugin, is judged by the same policy, limited, recorded and answered alike.

mod lent;
mod outcome;

pub use lent::{Lent, WriteGrant};
pub use outcome::{Entry, Notice, Outcome, Progress, ServerState, ToolRequest, Unavailable};
