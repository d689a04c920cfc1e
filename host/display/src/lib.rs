//! Shows a run on standard output and standard error, in plain lines.
//!
//! The answer, the JSON document or the event lines go to standard output; progress goes to
//! standard error. Panels and keys are not here; this is what pipes and logs get.
//!
//! **Invariant:** nothing that a model or a plugin wrote reaches a terminal with control
//! characters in it, and a reader that goes away ends the showing, never the run.

mod bill;
mod clean;
mod line;
mod output;
mod progress;
mod sink;
mod unfinished;

pub use clean::clean;
pub use output::{Mode, Output, line, note};
pub use progress::{Detail, Progress};
