//! One login, from the server's first words to the stored tokens.

use std::time::Duration;

use config::McpServer;
use http::{Method, Request, StatusCode, header};
use rmcp::transport::auth::{AuthorizationMetadata, OAuthClientConfig};
use rmcp::transport::{AuthError, AuthorizationManager};
use url::Url;

use super::callback::Callback;
use super::{Keeper, LoginError, manager};
use crate::ConnectError;
use crate::http::{ConnectContext, Endpoint};

/// The name under which clients are registered.
const CLIENT_NAME: &str = "massgen";
/// The largest answer to our question, in bytes: only its head is of interest.
const MAX_ANSWER: usize = 1 << 20;

/// A login that came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedIn {
    /// What was granted, in the authorisation server's order.
    pub scopes: Vec<String>,
}

/// Logs in at a server and stores the tokens. `show` is given the page where a person agrees, and
/// may open a browser; the answer is waited for on a port of this machine, ten minutes at most.
/// Dropping the future ends the login and changes nothing.
///
/// # Errors
///
/// See [`LoginError`].
pub async fn login(
    server: &McpServer,
    context: &ConnectContext<'_>,
    show: impl FnOnce(&Url),
) -> Result<LoggedIn, LoginError> {
    let endpoint = Endpoint::of(server, context)?;
    if endpoint.is_authorized() {
        return Err(LoginError::Configured);
    }
    let keeper = super::keeper(&endpoint, context)?;
    let (mut manager, metadata) = discover(&endpoint, &keeper).await?;
    let callback = Callback::open().await?;
    let scopes = scopes(&endpoint, &keeper, &manager).await?;
    let scopes: Vec<&str> = scopes.iter().map(String::as_str).collect();
    let secret = become_client(&mut manager, &metadata, &endpoint, &callback, &scopes).await?;

    let page = page(&manager.get_authorization_url(&scopes).await?)?;
    let state = page.query_pairs().find(|(name, _)| name == "state");
    let state = state.map(|(_, value)| value.into_owned());
    let state = state.ok_or_else(|| AuthError::InternalError("no state".into()))?;
    show(&page);
    let code = callback.wait(&state).await?;
    manager
        .exchange_code_for_token_with_issuer(&code.code, &state, code.issuer.as_deref())
        .await?;
    keeper.finish(secret).await?;
    let stored = keeper.login().await?;
    Ok(LoggedIn {
        scopes: stored.map(|login| login.scopes).unwrap_or_default(),
    })
}

/// Asks the server where to log in.
async fn discover(
    endpoint: &Endpoint,
    keeper: &Keeper,
) -> Result<(AuthorizationManager, AuthorizationMetadata), LoginError> {
    let asked = ask(endpoint).await?;
    let mut manager = manager(endpoint, keeper).await?;
    let challenge = asked.as_ref().and_then(Option::as_deref);
    let found = manager.resolve_metadata_from_challenge(challenge).await?;
    // Endpoints that nobody published are worth a try only where a login was asked for.
    if asked.is_none() && !found.source.is_discovered() {
        return Err(LoginError::NotOffered);
    }
    manager.set_metadata(found.metadata.clone());
    Ok((manager, found.metadata))
}

/// Sends a harmless request without a token. `None` when the server did not ask for a login, else
/// its challenge, if it gave one. A `GET`, which discovery sends, is not answered by every server.
async fn ask(endpoint: &Endpoint) -> Result<Option<Option<String>>, LoginError> {
    let unreachable = |reason: String| {
        let reason = transport::redact(&reason, &endpoint.secrets);
        LoginError::Endpoint(ConnectError::Unreachable { reason })
    };
    let ping = br#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(endpoint.url.as_str())
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::ACCEPT, "application/json, text/event-stream")
        .body(ping.to_vec())
        .map_err(|error| unreachable(error.to_string()))?;
    for (name, value) in &endpoint.headers {
        request.headers_mut().insert(name, value.clone());
    }
    let wait = Duration::from_secs(30);
    let answer = endpoint.pinned.fetch(request, MAX_ANSWER, wait).await;
    let answer = answer.map_err(|error| unreachable(transport::story(&error)))?;
    if answer.status() != StatusCode::UNAUTHORIZED {
        return Ok(None);
    }
    let challenge = answer.headers().get(header::WWW_AUTHENTICATE);
    let challenge = challenge.and_then(|value| value.to_str().ok());
    Ok(Some(challenge.map(str::to_owned)))
}

/// What to ask for: what the configuration names, else what the server names; and always what
/// it missed since the last login, together with what that login had.
async fn scopes(
    endpoint: &Endpoint,
    keeper: &Keeper,
    manager: &AuthorizationManager,
) -> Result<Vec<String>, LoginError> {
    let mut scopes = endpoint.oauth.scopes.clone();
    if scopes.is_empty() {
        scopes = manager.select_initial_scopes(&[]).await;
    }
    let wanted = keeper.wanted().await?;
    if wanted.is_empty() {
        return Ok(scopes);
    }
    let had = keeper.login().await?.map(|login| login.scopes);
    for scope in had.into_iter().flatten().chain(wanted) {
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    Ok(scopes)
}

/// Presents us as the configured client, or registers a new one. The secret that a registration
/// brought.
async fn become_client(
    manager: &mut AuthorizationManager,
    metadata: &AuthorizationMetadata,
    endpoint: &Endpoint,
    callback: &Callback,
    scopes: &[&str],
) -> Result<Option<String>, LoginError> {
    let redirect = &*callback.redirect;
    if let Some(id) = &endpoint.oauth.client_id {
        let client = OAuthClientConfig::new(id, redirect);
        let client = match &endpoint.oauth.client_secret {
            Some(secret) => client.with_client_secret(secret.expose()),
            None => client,
        };
        manager.configure_client(client)?;
        return Ok(None);
    }
    if metadata.registration_endpoint.is_none() {
        return Err(LoginError::NoClient);
    }
    let client = manager
        .register_client(CLIENT_NAME, redirect, scopes)
        .await?;
    Ok(client.client_secret)
}

/// A page that a browser may be sent to: whoever runs the server chose it.
fn page(text: &str) -> Result<Url, LoginError> {
    let url = Url::parse(text).ok();
    url.filter(|url| matches!(url.scheme(), "https" | "http"))
        .ok_or(LoginError::NotOffered)
}
