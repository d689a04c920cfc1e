//! What a [`Client`](crate::Client) is made of.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use config::McpServer;

type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

/// Looks up variables of our own environment, for `${VAR}` and for the safe subset that a child
/// inherits. Cheap to clone.
#[derive(Clone)]
pub struct Environment(Arc<Lookup>);

impl Environment {
    /// Takes variables from this function.
    pub fn new(lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(lookup))
    }

    /// The variables of this process.
    pub fn of_process() -> Self {
        Self::new(|name| std::env::var(name).ok())
    }

    /// One variable; `None` when it is not set or not text.
    pub fn lookup(&self, name: &str) -> Option<String> {
        (self.0)(name)
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment")
    }
}

/// One MCP server of one agent, and what it is started with.
#[derive(Debug, Clone)]
pub struct ClientSpec {
    /// The server as configured.
    pub server: McpServer,
    /// The agent's name, for logs.
    pub agent: String,
    /// Put before a program's own arguments: the sandbox launcher; empty without one.
    pub launcher: Vec<OsString>,
    /// Folder of a program that names none; absent: ours.
    pub default_cwd: Option<PathBuf>,
    /// Milliseconds for start, greeting and first listing, when the server names none.
    pub default_connect_ms: u64,
    /// Milliseconds for one call, when the server names none.
    pub default_call_ms: u64,
    /// Our own variables.
    pub environment: Environment,
    /// Folder of stored OAuth tokens; absent: none are kept.
    pub token_store: Option<PathBuf>,
    /// PEM file of root certificates to trust besides those of the operating system.
    pub ca_file: Option<PathBuf>,
    /// Folder for `<server>.log`, what a program writes to its standard error; made when missing.
    /// Absent: only the last lines are kept, in memory.
    pub log_folder: Option<PathBuf>,
}

impl ClientSpec {
    /// Milliseconds for start, greeting and first listing.
    pub fn connect_ms(&self) -> u64 {
        self.server.connect_ms.unwrap_or(self.default_connect_ms)
    }

    /// Milliseconds for one call.
    pub fn call_ms(&self) -> u64 {
        self.server.call_ms.unwrap_or(self.default_call_ms)
    }
}
