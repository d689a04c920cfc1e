//! What the gate would say, without a run: nothing is started, made or written.

use std::path::PathBuf;

use config::{McpServer, ServicesPlan};
use permissions::{Call, Decision, Hints, Phase, Policy};
use serde::Serialize;
use serde_json::Value;
use workspace::FileTool;

use crate::gate;
use crate::lender::policy_spec;
use crate::servers::{is_elsewhere, own_folder};

/// A decision and what it is about.
#[derive(Debug, Clone, Serialize)]
pub struct Explanation {
    /// The server that has the tool, or `native`.
    pub server: String,
    /// The tool's own name.
    pub tool: String,
    /// During coordination or the presentation.
    pub phase: Phase,
    /// Verdict, rule, paths and reasons.
    #[serde(flatten)]
    pub decision: Decision,
    /// What could not be known.
    pub remarks: Vec<String>,
}

/// Judges a call by a plan. A tool is found by the names of configured servers; what a server says
/// about its tools is unknown here, and said so.
pub fn explain(
    services: &ServicesPlan,
    home: Option<PathBuf>,
    tool: &str,
    arguments: &Value,
    phase: Phase,
) -> Explanation {
    let spec = policy_spec(services, services.workspace.as_deref(), None, home);
    let policy = Policy::new(spec);
    let found = Found::named(services, tool);
    let call = found.call(tool, arguments);
    let mut remarks = Vec::new();
    if matches!(found, Found::Server(..)) {
        remarks.push(
            "what the server says about this tool is not known without starting it; it is judged by \
             its name and arguments"
                .to_owned(),
        );
    }
    Explanation {
        server: call.server.unwrap_or("native").to_owned(),
        tool: call.tool.to_owned(),
        phase,
        decision: policy.judge(&call, phase),
        remarks,
    }
}

/// Whose tool a name is.
enum Found<'a> {
    Host(&'static FileTool),
    Server(&'a McpServer, &'a str),
    Native,
}

impl<'a> Found<'a> {
    fn named(services: &'a ServicesPlan, tool: &'a str) -> Self {
        let of_server = |server: &'a McpServer| {
            let rest = tool.strip_prefix("mcp__")?.strip_prefix(&server.name)?;
            Some((server, rest.strip_prefix("__")?))
        };
        // A server's name may begin another's: the longest is meant.
        let named = services.mcp_servers.iter().filter_map(of_server);
        if let Some((server, tool)) = named.max_by_key(|(server, _)| server.name.len()) {
            return Self::Server(server, tool);
        }
        let is_named =
            |it: &&FileTool| tool == it.name || tool == format!("mcp__{}__{}", it.server, it.name);
        let is_replaced = |it: &&FileTool| services.mcp_servers.iter().any(|s| s.name == it.server);
        let own = workspace::tools().iter().find(is_named);
        match own
            .filter(|it| !is_replaced(it))
            .filter(|_| services.workspace.is_some())
        {
            Some(own) => Self::Host(own),
            None => Self::Native,
        }
    }

    fn call(&self, tool: &'a str, arguments: &'a Value) -> Call<'a> {
        let native = gate::native(tool, arguments);
        match self {
            Self::Native => native,
            Self::Server(server, tool) => Call {
                server: Some(&server.name),
                tool,
                base: own_folder(server),
                remote: is_elsewhere(server),
                ..native
            },
            Self::Host(own) => Call {
                server: Some(own.server),
                tool: own.name,
                hints: Hints {
                    read_only: Some(own.read_only),
                    destructive: Some(own.destructive),
                    idempotent: Some(own.idempotent),
                },
                schema: Some(&own.schema),
                filesystem: true,
                ..native
            },
        }
    }
}
