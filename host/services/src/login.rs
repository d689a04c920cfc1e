//! Logging in at a remote server of a configuration, and forgetting it.

use config::{McpServer, RunPlan};
use mcp::ConnectContext;
use mcp::oauth::{self, LoginError};
use url::Url;

use crate::Places;

/// Time for one connection, in milliseconds.
const CONNECT_MS: u64 = 30_000;

/// The servers of this name, each address once; several agents may share one.
pub fn servers_named<'a>(plan: &'a RunPlan, name: &str) -> Vec<&'a McpServer> {
    let all = plan.agents.iter().flat_map(|it| &it.services.mcp_servers);
    let mut found: Vec<&McpServer> = Vec::new();
    for server in all.filter(|it| it.name == name) {
        if found.iter().all(|it| it.transport != server.transport) {
            found.push(server);
        }
    }
    found
}

/// Logs in; `show` is given the page where a person agrees. Gives what was granted.
///
/// # Errors
///
/// See [`LoginError`].
pub async fn login(
    server: &McpServer,
    places: &Places,
    show: impl FnOnce(&Url),
) -> Result<Vec<String>, LoginError> {
    let logged_in = oauth::login(server, &context(places), show).await?;
    Ok(logged_in.scopes)
}

/// Forgets a login; whether there was one.
///
/// # Errors
///
/// See [`LoginError`].
pub async fn logout(server: &McpServer, places: &Places) -> Result<bool, LoginError> {
    oauth::logout(server, &context(places)).await
}

fn context(places: &Places) -> ConnectContext<'_> {
    ConnectContext {
        environment: &places.environment,
        token_store: places.tokens.as_deref(),
        ca_file: places.ca_file.as_deref(),
        connect_ms: CONNECT_MS,
    }
}
