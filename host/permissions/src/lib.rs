//! Which tool call may touch which path.
//!
//! The one policy of a run (services §4): every file, process and tool access of an agent is
//! judged here, on resolved paths, before it happens. Nothing here opens a file for its content
//! or starts anything; the only thing asked of the system is where a path leads.

mod access;
mod decision;
mod policy;
mod spec;

pub use access::{Access, Guard, Refused};
pub use decision::{Call, Decision, Hints, Kind, Managed, Touched, Verdict};
pub use policy::Policy;
pub use spec::{Context, Phase, Spec};
