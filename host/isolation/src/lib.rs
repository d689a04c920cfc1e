//! Runs a plugin in a child process, whose end costs nothing.
//!
//! A [`Runner`] starts children: this program with one hidden argument and the library's path. Each
//! has a process group, an empty environment, an empty folder, no descriptor but its pipes, limits
//! and a first filter of system calls before the library is loaded. A [`Plugin`] is the far end of
//! such a child, with the same methods as a root module in this process; [`Plugin::lock`] leaves the
//! child nothing but memory and its pipes. The child's side is [`serve`].
//!
//! This crate loads nothing: how a library becomes a root module is the caller's business. It judges
//! nothing either: what a session does goes to the caller's `Context`, as in process.
//!
//! `docs/decisions/0014-isolation.md` has the reasons.
//!
//! **Invariants.** A request ends within its time, or the child does; whatever the child does, the
//! caller gets a [`Failure`] that says how it ended. One thread in the child, one request at a time.

mod calls;
mod failure;
mod limits;
mod protocol;

#[cfg(target_os = "linux")]
mod child;
#[cfg(target_os = "linux")]
mod parent;

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(not(target_os = "linux"))]
use elsewhere::{child, parent};

pub use child::{Loaded, serve};
pub use failure::{End, Failure};
pub use limits::{Limits, Patience};
pub use parent::{Backend, Plugin, Runner, Session};
pub use protocol::Reading;

/// First argument of a child; the library's path is the second. The program must hand the path to
/// [`serve`] before it does anything else.
pub const ARGUMENT: &str = "__plugin-child";
