//! Programs that a plugin starts: which may be, with what, and how they run and end.
//!
//! **Invariants.** A program runs only after [`Leave`] allowed it, the audit log has it and the user
//! was told of it once. It ends with its ticket at the latest, with its whole process group.
//! No value of a secret leaves here, neither to a plugin nor to a log.

mod begin;
mod input;
mod leave;
mod output;
mod prepare;
mod run;
mod tape;

pub(crate) use begin::{Desk, Programs};
pub(crate) use input::{Input, no_program};
pub(crate) use leave::{Leave, stdin};
pub(crate) use tape::Tape;

#[cfg(all(test, unix))]
mod tests;
