//! Finds, checks and loads backend plugins.
//!
//! Three steps, each cheaper to refuse than the next. A [`SearchPath`] names files and touches none
//! of them; [`inspect`] reads a file once and runs checks 1 to 9 on its bytes; a [`Loader`] runs
//! checks 10 to 14: the first load of every new file in a child process, then the very bytes that
//! were hashed, from a sealed copy. Check 15 (configuration, then `create`) needs the run's
//! configuration and belongs to `backends`. The numbers are those of the design of the ABI,
//! section 11; `docs/decisions/0004-loading-plugins.md` says what was decided on top.
//!
//! It deliberately does not judge what a plugin does once it runs, and it is no wall: a library
//! in this process can do everything the user can.
//!
//! **Invariants:** nothing of a library runs before its bytes were read, hashed and parsed; a
//! library is never closed; a refusal disables that file and nothing else.

mod catalog;
mod compatibility;
mod elf;
mod environment;
mod file;
mod hash;
mod inspection;
mod load;
mod lock;
mod markers;
mod native;
mod notes;
mod package;
mod platform;
mod policy;
mod probe;
mod refusal;
mod report;
mod sealed;
mod search;
mod source;

pub use catalog::{Candidate, Catalog, Entry, NotFound};
pub use environment::Environment;
pub use hash::{Hash, NotAHash};
pub use inspection::{Inspection, inspect};
pub use load::{Loaded, Loader};
pub use markers::Marker;
pub use policy::Policy;
pub use probe::{Prober, child_main};
pub use refusal::{Code, Refusal};
pub use report::{AbiReport, InspectReport, ListReport, Row, Status};
pub use search::{Found, SearchPath};
pub use source::{Source, Trust};
