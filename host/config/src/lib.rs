//! A configuration as written, to a checked plan of the run.
//!
//! YAML and JSON files of the reference's shape (config-and-cli §1) become a [`RunPlan`], once;
//! after that nobody looks at the file, and nothing here reads the environment by itself. This
//! crate knows the host's keys. A backend's own keys pass through: which of them are right, only
//! the plugin's schema says ([`schema_check`]).
//!
//! **Invariant:** every error and warning has a [`Place`], and no text of an untrusted file makes
//! this crate panic.

mod addresses;
mod diagnostic;
mod folder_name;
mod infer;
mod load;
mod node;
mod place;
mod plan;
mod quick;
mod read;
mod redact;
mod schema;
mod sensitive;
mod server;
mod services;
mod substitute;

pub use diagnostic::{ConfigErrors, Diagnostic, Severity};
pub use folder_name::folder_name;
pub use infer::infer_type;
pub use load::load;
pub use place::{Place, Places};
pub use plan::{
    AgentPlan, ApiKey, BackendPlan, DisplayType, LimitsPlan, MAX_AGENTS, RunPlan, UiPlan,
};
pub use quick::quick;
pub use redact::redacted_json;
pub use schema::schema_check;
pub use services::{
    AddressRules, ContextPath, McpServer, McpTransport, OAuthPlan, SandboxMode, SandboxPlan,
    ServicesPlan, TeamFolders, ToolFilter, ToolLimits,
};

/// Looks up an environment variable.
pub type Env<'a> = dyn Fn(&str) -> Option<String> + 'a;
