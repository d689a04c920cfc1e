//! Runs the real `massgen` as a user would, in a folder of its own, and looks at what it left.
//!
//! This library holds the means, `tests/it` the tests. It links nothing of the host: whatever is
//! checked here is seen from outside, in exit codes, streams, files and requests.
//!
//! **Invariant:** no test waits for ever, and no test touches a process that it did not start.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "whoever calls this is a test: what cannot be done here fails it"
)]

mod finished;
mod massgen;
mod mcp;
mod places;
mod processes;
mod running;
mod sandbox;
mod team;

pub use finished::Finished;
pub use massgen::Massgen;
pub use mcp::{Faulty, HttpServer};
pub use places::{RealServers, binary, fixture_folder, plugin_folder, real_servers};
pub use processes::Process;
pub use running::Running;
pub use sandbox::Sandbox;
pub use team::{Team, agent_id};
