//! What an agent is lent, as it may be shown.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::{HIDDEN, is_secret, public_url};
use crate::substitute::references;
use crate::{
    ApiKey, ContextPath, McpServer, McpTransport, SandboxMode, SandboxPlan, ServicesPlan,
    TeamFolders, ToolFilter,
};

pub(super) fn services(plan: &ServicesPlan) -> Value {
    if *plan == ServicesPlan::default() {
        return Value::Null;
    }
    let limits = &plan.limits;
    json!({
        "workspace": plan.workspace.as_deref().map(path),
        "context_paths": plan.context_paths.iter().map(context_path).collect::<Vec<_>>(),
        "context_write_always": plan.context_write_always,
        "protected_paths": plan.protected_paths.iter().map(|it| path(it)).collect::<Vec<_>>(),
        "mcp_servers": plan.mcp_servers.iter().map(server).collect::<Vec<_>>(),
        "program_sandbox": sandbox(plan.program_sandbox),
        "filter": filter(&plan.filter),
        "limits": {
            "rounds": limits.rounds,
            "argument_bytes": limits.argument_bytes,
            "result_bytes": limits.result_bytes,
            "history": limits.history,
            "call_ms": limits.call_ms,
            "connect_ms": limits.connect_ms,
        },
    })
}

pub(super) fn folders(folders: &TeamFolders) -> Value {
    json!({
        "snapshots": folders.snapshots.as_deref().map(path),
        "references": folders.references.as_deref().map(path),
    })
}

fn path(path: &Path) -> String {
    path.display().to_string()
}

fn context_path(context: &ContextPath) -> Value {
    json!({ "path": path(&context.path), "write": context.write })
}

fn filter(filter: &ToolFilter) -> Value {
    json!({ "allowed": filter.allowed, "excluded": filter.excluded })
}

fn server(server: &McpServer) -> Value {
    json!({
        "name": server.name,
        "transport": transport(&server.transport),
        "required": server.required,
        "connect_ms": server.connect_ms,
        "call_ms": server.call_ms,
        "sandbox": sandbox(server.sandbox),
        "filter": filter(&server.filter),
    })
}

fn transport(transport: &McpTransport) -> Value {
    match transport {
        McpTransport::Stdio { argv, env, cwd } => json!({
            "type": "stdio",
            "argv": shown_arguments(argv),
            "env": pairs(env),
            "cwd": cwd.as_deref().map(path),
        }),
        McpTransport::Http {
            url,
            headers,
            read_ms,
            addresses,
            oauth,
        } => json!({
            "type": "streamable-http",
            "url": public_url(url),
            "headers": pairs(headers),
            "read_ms": read_ms,
            "addresses": {
                "hostnames": addresses.hostnames,
                "localhost": addresses.localhost,
                "private": addresses.private,
            },
            "oauth": {
                "client_id": oauth.client_id,
                "client_secret": oauth.client_secret.as_ref().map(|it| variable_or_hidden(it.expose())),
                "scopes": oauth.scopes,
            },
        }),
    }
}

fn sandbox(plan: SandboxPlan) -> Value {
    let mode = match plan.mode {
        SandboxMode::Off => "off",
        SandboxMode::Warn => "warn",
        SandboxMode::Enforce => "enforce",
    };
    json!({
        "mode": mode,
        "network": !plan.deny_network,
        "package_caches": !plan.deny_package_caches,
    })
}

fn pairs(pairs: &[(String, ApiKey)]) -> Value {
    let shown = |value: &ApiKey| variable_or_hidden(value.expose()).into();
    let pairs = pairs
        .iter()
        .map(|(name, value)| (name.clone(), shown(value)));
    Value::Object(pairs.collect::<Map<_, _>>())
}

/// The name of a variable tells nothing; any other text may be the secret itself.
fn variable_or_hidden(text: &str) -> &str {
    match references(text).as_slice() {
        [name] if text.len() == name.len() + "${}".len() => text,
        _ => HIDDEN,
    }
}

fn shown_arguments(argv: &[String]) -> Vec<String> {
    let shown = secret_arguments(argv).zip(argv);
    shown
        .map(|((value, secret), whole)| match whole.strip_suffix(value) {
            Some(name) if secret => format!("{name}{}", variable_or_hidden(value)),
            _ => whole.clone(),
        })
        .collect()
}

/// Each argument, and whether it is secret by the option before it. Of `--key=VALUE` only the value
/// is given.
pub(crate) fn secret_arguments(argv: &[String]) -> impl Iterator<Item = (&str, bool)> {
    let mut before = "";
    argv.iter().map(move |argument| {
        let names_next = before.starts_with('-') && !before.contains('=') && is_secret(before);
        before = argument;
        match argument.split_once('=') {
            _ if names_next => (argument.as_str(), true),
            Some((name, value)) if is_secret(name) && !value.is_empty() => (value, true),
            _ => (argument.as_str(), false),
        }
    })
}
