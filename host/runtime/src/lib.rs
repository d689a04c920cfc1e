//! The one event loop of a run: the shell around the pure rules.
//!
//! [`run`] carries out what `orchestrator` commands: it starts attempts, which are model calls and
//! the tools between them, watches the deadlines that the rules own, and tells observers what
//! happened. It decides nothing about answers, votes or permissions, writes no file and prints
//! nothing.
//!
//! **Invariant.** Whatever happens, [`run`] returns one report, and the last event is
//! `run_finished`. Observers can neither delay nor absorb a deadline: they read from a queue.

mod attempt;
mod doing;
mod lending;
mod model_call;
mod order;
mod outcomes;
mod outlet;
mod run;
mod team;
mod tool_calls;

pub use orchestrator::{Limits, Millis};
pub use outlet::{EventThread, Observer, Outlet};
pub use run::run;
pub use team::{Member, Team};
