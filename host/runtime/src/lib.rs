//! The one event loop of a run: the shell around the pure rules.
//!
//! [`run`] carries out what `orchestrator` commands: it starts model calls, watches the deadlines
//! that the rules own, and tells observers what happened. It decides nothing about answers or
//! votes, writes no file and prints nothing.
//!
//! **Invariant.** Whatever happens, [`run`] returns one report, and the last event is
//! `run_finished`. Observers can neither delay nor absorb a deadline: they read from a queue.

mod calls;
mod order;
mod outlet;
mod run;
mod team;

pub use orchestrator::{Limits, Millis};
pub use outlet::{EventThread, Observer, Outlet};
pub use run::run;
pub use team::{Member, Team};
