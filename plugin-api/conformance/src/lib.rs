//! The conformance kit: every rule a backend plugin keeps, and the player of its transcripts.
//!
//! [`transcripts`] is the one-line test of a plugin's own crate. A case is a folder: what is asked,
//! what the provider answers, and beside it what the plugin asked for and what it made of the
//! answers (`docs/conformance.md`). [`rules!`] makes a test of every rule that needs no library file.
//!
//! The kit is a host in miniature. It opens no connection and starts no program: whatever a plugin
//! asks for is answered from the case. **Invariant:** the step contract is enforced by the host's
//! own [`referee`], so a plugin that passes here is judged no differently there.

mod case;
mod child;
mod conform;
mod cuts;
mod frames;
mod gate;
mod kit;
#[cfg(feature = "proptest")]
mod made;
mod pilot;
mod process;
mod reading;
mod report;
mod rules;
mod stage;
mod story;
mod subject;
mod transcripts;
mod watch;
mod world;

pub use child::Children;
pub use conform::linked;
pub use kit::Kit;
#[cfg(feature = "proptest")]
pub use made::any_json;
pub use reading::{Reading, Recorder, next_body};
pub use report::{Line, Report, Verdict};
pub use subject::{Backend, Linked, Session, Source, Subject};
pub use transcripts::transcripts;
