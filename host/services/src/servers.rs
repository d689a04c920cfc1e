//! The MCP servers of one agent: how each is started, and with how much.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use config::{AgentPlan, McpServer, McpTransport, SandboxMode, SandboxPlan, folder_name};
use mcp::{Client, ClientSpec};
use sandbox::{Mode, Rules};

use crate::{LendError, Places};

/// What the servers of one agent get to know.
pub(crate) struct Reach<'a> {
    pub(crate) agent: &'a AgentPlan,
    pub(crate) places: &'a Places,
    pub(crate) workspace: Option<&'a Path>,
    pub(crate) references: Option<&'a Path>,
}

/// One client for each server, in configured order.
pub(crate) fn clients(
    reach: &Reach<'_>,
    remarks: &mut Vec<String>,
) -> Result<Vec<Client>, LendError> {
    let servers = reach.agent.services.mcp_servers.iter();
    servers
        .map(|server| {
            let launcher = reach.launcher(server, remarks)?;
            Ok(Client::new(reach.client(server, launcher)))
        })
        .collect()
}

impl Reach<'_> {
    fn client(&self, server: &McpServer, launcher: Vec<OsString>) -> ClientSpec {
        let limits = &self.agent.services.limits;
        ClientSpec {
            server: server.clone(),
            agent: self.agent.id.to_string(),
            launcher,
            default_cwd: self
                .workspace
                .filter(|_| is_held(server))
                .map(Path::to_owned),
            default_connect_ms: limits.connect_ms,
            default_call_ms: limits.call_ms,
            environment: self.places.environment.clone(),
            token_store: self.places.tokens.clone(),
            ca_file: self.places.ca_file.clone(),
            log_folder: Some(self.own_folder("mcp")),
        }
    }

    /// A folder of the run that belongs to this agent.
    pub(crate) fn own_folder(&self, name: &str) -> PathBuf {
        self.places.run.join(name).join(folder_name(&self.agent.id))
    }

    /// What is put before the server's own command.
    fn launcher(
        &self,
        server: &McpServer,
        remarks: &mut Vec<String>,
    ) -> Result<Vec<OsString>, LendError> {
        let mode = mode(server.sandbox.mode);
        let (McpTransport::Stdio { .. }, Some(mode)) = (&server.transport, mode) else {
            return Ok(Vec::new());
        };
        let rules = self.rules(&server.name, server.sandbox);
        let launcher = sandbox::launcher(&self.places.program, &rules, mode);
        let launcher = launcher.map_err(|source| LendError::Sandbox {
            server: server.name.clone(),
            source,
        })?;
        if let Some(warning) = launcher.warning {
            remarks.push(format!("MCP server `{}`: {warning}", server.name));
        }
        Ok(launcher.prefix)
    }

    /// The agent's own paths, and a temporary folder of this name. A path that the presenter alone may change is read-only for a program,
    /// since a process cannot be given more later.
    pub(crate) fn rules(&self, name: &str, sandbox: SandboxPlan) -> Rules {
        let services = &self.agent.services;
        let (changed, seen): (Vec<_>, Vec<_>) = services
            .context_paths
            .iter()
            .partition(|it| it.write && services.context_write_always);
        let path = |it: &config::ContextPath| it.path.clone();
        let references = self.references.map(Path::to_owned);
        let workspace = self.workspace.map(Path::to_owned);
        Rules {
            read: seen.into_iter().map(path).chain(references).collect(),
            write: changed.into_iter().map(path).chain(workspace).collect(),
            temp: Some(self.own_folder("tmp").join(name)),
            deny_network: sandbox.deny_network,
            deny_package_caches: sandbox.deny_package_caches,
        }
    }
}

/// How strictly a program is held; `None`: not at all.
pub(crate) fn mode(configured: SandboxMode) -> Option<Mode> {
    match configured {
        SandboxMode::Off => None,
        SandboxMode::Warn => Some(Mode::Warn),
        SandboxMode::Enforce => Some(Mode::Enforce),
    }
}

/// Whether a server runs on another machine, so that its paths are not ours.
pub(crate) fn is_elsewhere(server: &McpServer) -> bool {
    match &server.transport {
        McpTransport::Stdio { .. } => false,
        McpTransport::Http { url, addresses, .. } => addresses.surely_elsewhere(url),
    }
}

/// The folder that a server is started in, where that is not the agent's workspace. A program that
/// nothing holds never starts there: it might run what the agent wrote.
pub(crate) fn own_folder(server: &McpServer) -> Option<&Path> {
    static STARTED_IN: LazyLock<Option<PathBuf>> = LazyLock::new(|| std::env::current_dir().ok());
    match &server.transport {
        McpTransport::Stdio { cwd: Some(cwd), .. } => Some(cwd),
        McpTransport::Stdio { .. } if is_held(server) => None,
        McpTransport::Stdio { .. } => STARTED_IN.as_deref(),
        McpTransport::Http { .. } => None,
    }
}

/// Whether a server is to run in a sandbox.
fn is_held(server: &McpServer) -> bool {
    server.sandbox.mode != SandboxMode::Off
}

/// The program or address of a server, as written: variables are not replaced.
pub(crate) fn target(server: &McpServer) -> String {
    match &server.transport {
        McpTransport::Stdio { argv, .. } => argv.join(" "),
        McpTransport::Http { url, .. } => url.clone(),
    }
}
