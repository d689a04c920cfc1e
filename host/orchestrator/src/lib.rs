//! The rules of coordination, as a pure state machine.
//!
//! Inputs go in with the time they happened, commands come out. Nothing here waits, reads a
//! clock, or knows what a model or a provider is, so every rule can be tested by writing down a
//! conversation. What may come in and go out stands in [`Input`] and [`Command`]; the rules for
//! one reply stand in [`decide()`]; everything between them is [`Coordination`].
//!
//! **Invariant:** a run ends with exactly one [`Command::Finish`], after at most one
//! [`Command::Present`], and nothing comes after it.

mod coordination;
mod decide;
mod limits;
mod message;
mod seat;
mod selection;

pub use coordination::Coordination;
pub use decide::{Decision, Situation, decide};
pub use limits::{Limits, Millis};
pub use message::{Command, Failure, Input, Outcome};
