//! Starts a program with less than we may do ourselves.
//!
//! massgen starts itself again as a launcher (`massgen __sandbox ORDER -- PROGRAM ARGS…`), the
//! launcher gives up what the rules do not grant and becomes the program. Nothing happens between
//! fork and exec of the real process, and no thread runs while rights are given up.
//!
//! Landlock holds files well and everything else in part; [`limits`] says what it cannot hold.
//! Reasons for what is granted to every program are in `docs/decisions/0013-landlock.md`.

mod caches;
mod environment;
mod error;
mod grants;
#[cfg(target_os = "linux")]
mod kernel;
mod launch;
mod limits;
mod program;
mod rules;
mod support;
mod system;

pub use error::{Error, Failure};
pub use launch::{LAUNCHER, Launcher, become_program, launcher};
pub use limits::limits;
pub use rules::{Mode, Rules};
pub use support::{Support, support};
