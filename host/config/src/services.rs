//! What the host lends to one agent: its folder, further paths, MCP servers and their limits.
//!
//! All paths are absolute and lexically clean; links in them are resolved by who uses them.

use std::path::PathBuf;

use crate::{ApiKey, Place};

/// What one agent is lent. The default lends nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ServicesPlan {
    /// `backend.cwd`: the agent's own folder, made when it is missing. `None`: no file tools.
    pub workspace: Option<PathBuf>,
    /// `orchestrator.context_paths`, then the agent's own.
    pub context_paths: Vec<ContextPath>,
    /// `backend.context_write_access_enabled`: context paths have their permission from the start,
    /// not only during the presentation; off.
    pub context_write_always: bool,
    /// `backend.protected_paths`: may be read, never written, wherever they lie; none.
    pub protected_paths: Vec<PathBuf>,
    /// `backend.mcp_servers`, in file order, names unique.
    pub mcp_servers: Vec<McpServer>,
    /// `backend.program_sandbox`: how programs are held that the backend itself starts, such as a
    /// provider's command line; off.
    pub program_sandbox: SandboxPlan,
    /// `backend.allowed_tools` and `backend.exclude_tools`.
    pub filter: ToolFilter,
    /// Budgets of tool calls.
    pub limits: ToolLimits,
    /// Values that may be secret, sorted and each once: what variables stand for, headers, and
    /// environment values and arguments whose names say so. For whoever writes things down; empty
    /// ones are left out.
    pub sensitive: Vec<ApiKey>,
}

/// A path beside the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextPath {
    /// A folder, or a single file: then exactly that file. Need not exist.
    pub path: PathBuf,
    /// `permission: write`; takes effect for the presenter only.
    pub write: bool,
    /// Where it is configured.
    pub place: Place,
}

/// Which tools an agent sees. Names match as exposed (`mcp__server__tool`), bare (`tool`) or as
/// `mcp__server__*`; exclusion wins (services §2.6).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolFilter {
    /// `None`: all. An empty list: none. The host's own file tools are exempt unless named.
    pub allowed: Option<Vec<String>>,
    /// Never shown.
    pub excluded: Vec<String>,
}

/// Budgets of tool calls. Times are milliseconds here and seconds in YAML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolLimits {
    /// `max_tool_rounds`: model calls with tools in one attempt; then one more without; 50.
    pub rounds: u32,
    /// `max_tool_argument_bytes`: size of a call's arguments as JSON; 1 MiB.
    pub argument_bytes: usize,
    /// `max_tool_result_bytes`: text of a result, the rest is cut with a marker; 100,000.
    pub result_bytes: usize,
    /// `max_mcp_message_history`: turns kept within one activation, oldest whole rounds dropped
    /// first; 200, 0 is no limit.
    pub history: usize,
    /// `tool_timeout_seconds`: one call; 30 s unless the server says otherwise.
    pub call_ms: u64,
    /// `connect_timeout_seconds`: start, greeting and first listing of a server; 30 s.
    pub connect_ms: u64,
}

impl Default for ToolLimits {
    fn default() -> Self {
        Self {
            rounds: 50,
            argument_bytes: 1 << 20,
            result_bytes: 100_000,
            history: 200,
            call_ms: 30_000,
            connect_ms: 30_000,
        }
    }
}

/// One MCP server, checked by the rules of services §2.2–2.4.
#[derive(Debug, Clone, PartialEq)]
pub struct McpServer {
    /// `[A-Za-z0-9_-]{1,50}`.
    pub name: String,
    /// How to reach it.
    pub transport: McpTransport,
    /// `required`: whether the agent cannot take part without it; off.
    pub required: bool,
    /// `connect_timeout`, in milliseconds; absent: the agent's.
    pub connect_ms: Option<u64>,
    /// `tool_timeout` (or `timeout` of an HTTP server), in milliseconds; absent: the agent's.
    pub call_ms: Option<u64>,
    /// `sandbox`; off.
    pub sandbox: SandboxPlan,
    /// `allowed_tools` and `exclude_tools` of this server alone.
    pub filter: ToolFilter,
    /// Where it is configured.
    pub place: Place,
}

/// How an MCP server is reached. Texts stand as written: `${VAR}` is replaced at the start, and an
/// unset or blank variable fails the connection, by name.
#[derive(Debug, Clone, PartialEq)]
pub enum McpTransport {
    /// A child process that speaks over its standard input and output.
    Stdio {
        /// Program and arguments, never read by a shell; at least the program.
        argv: Vec<String>,
        /// Added to the safe subset of our own environment, in file order.
        env: Vec<(String, ApiKey)>,
        /// Its folder; absent: ours, or in a sandbox the agent's workspace.
        cwd: Option<PathBuf>,
    },
    /// Streamable HTTP.
    Http {
        /// Address, `http` or `https`.
        url: String,
        /// Sent with every request, in file order.
        headers: Vec<(String, ApiKey)>,
        /// `http_read_timeout`: silence within a response, milliseconds; 300 s.
        read_ms: u64,
        /// Which addresses are acceptable.
        addresses: AddressRules,
        /// `oauth`: how we present ourselves to its authorisation server.
        oauth: OAuthPlan,
    },
}

/// What a user settled with an authorisation server beforehand. The default settles nothing: a
/// client is registered when the server asks for one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OAuthPlan {
    /// `oauth.client_id`.
    pub client_id: Option<String>,
    /// `oauth.client_secret`.
    pub client_secret: Option<ApiKey>,
    /// `oauth.scopes`; empty: those that the server names.
    pub scopes: Vec<String>,
}

/// Which addresses an HTTP server may have (services §2.4). The default refuses this machine and
/// private networks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressRules {
    /// `security.allowed_hostnames`: acceptable whatever they resolve to, lower case.
    pub hostnames: Vec<String>,
    /// `security.allow_localhost`: this machine.
    pub localhost: bool,
    /// `security.allow_private_ips`: private, link-local, reserved networks and this machine.
    pub private: bool,
}

/// Whether a program runs with the agent's paths only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SandboxPlan {
    /// Whether at all.
    pub mode: SandboxMode,
    /// `sandbox.network: false`: no TCP connections.
    pub deny_network: bool,
    /// `sandbox.package_caches: false`: no access to the caches of npm, pip and uv.
    pub deny_package_caches: bool,
}

/// `sandbox: off|warn|enforce`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SandboxMode {
    /// Not at all.
    #[default]
    Off,
    /// When the kernel can; a warning when it cannot.
    Warn,
    /// Or the program does not start.
    Enforce,
}

/// Folders that belong to the whole team.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TeamFolders {
    /// `orchestrator.snapshot_storage`: latest snapshot of each agent below `<agent>/`; absent: in
    /// the run's own folder.
    pub snapshots: Option<PathBuf>,
    /// `orchestrator.agent_temporary_workspace`: what each agent may read of the others, below
    /// `<agent>/agentN/`; absent: in the run's own folder.
    pub references: Option<PathBuf>,
}
