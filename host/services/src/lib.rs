//! What the host lends to an agent: tools, files, and the word on what it may do.
//!
//! [`Lent`] is the only door to tools, files and processes. Whoever calls through it, a model or a
//! plugin, is judged by the same policy, limited, recorded and answered alike. A [`Lender`] makes
//! one for each agent of a run.

mod answers;
mod arguments;
mod audit;
mod briefing;
mod carry;
mod catalogue;
mod direct;
mod error;
mod explain;
mod gate;
mod grants;
mod inner;
mod lender;
mod lent;
mod login;
mod mask;
mod notices;
mod offers;
mod outcome;
mod program;
mod ruling;
mod said;
mod servers;
mod shelf;
mod survey;
mod tape;

pub use carry::GRACE;
pub use error::LendError;
pub use explain::{Explanation, explain};
pub use gate::refused;
pub use lender::{Lender, Places};
pub use lent::{Lent, WriteGrant};
pub use login::{login, logout, servers_named};
pub use mcp::Environment;
pub use mcp::oauth::LoginError;
pub use outcome::{Entry, Notice, Outcome, Progress, ServerState, ToolRequest, Unavailable};
pub use permissions::{Decision, Phase, Verdict};
pub use program::{ProgramOrder, ProgramStart, ProgramTape};
pub use survey::{Named, ServerReport, survey};
pub use tape::{ToolTape, append_line};
pub use workspace::undo;
