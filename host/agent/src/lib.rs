//! One agent's turn: what it is told, what it says, and how that goes on.
//!
//! A [`Turn`] makes one model call after the other in the same conversation. It knows the words
//! of the prompts and the shape of a conversation; it does not know who judges a reply, which
//! provider answers, or what time it is. It does no I/O.
//!
//! **Invariant:** what was said once is said again byte for byte: each call of a turn begins with
//! all turns of the call before, unless the oldest had to go (services §2.12).

mod abilities;
mod draft;
mod names;
mod prompt;
mod recognise;
mod tools;
mod turn;

pub use abilities::Abilities;
pub use names::NameRule;
pub use tools::tools;
pub use turn::{Finished, Lending, Setup, ToolOutcome, Turn, Wanted};
