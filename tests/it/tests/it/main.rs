//! The one end-to-end test binary: real processes, a fake provider, one file per concern.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what cannot be done here fails a test"
)]

mod claude_code;
mod conformance;
mod crowd;
mod deadlines;
mod endings;
mod enforcement;
mod faults;
mod interruption;
mod libraries;
mod mistakes;
mod output;
mod overrides;
mod plugins;
mod question;
mod real_model;
mod real_model_tools;
mod replay;
mod rude;
mod scripts;
mod secrets;
mod services;
mod stress;
mod team;
mod text_answers;
mod wires;
