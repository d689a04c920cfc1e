//! Logins at HTTP servers by OAuth 2.1: a person logs in once, a run only renews.
//!
//! [`login`] needs a person with a browser and is never called by a run. Tokens lie in one file per
//! server, readable by the user alone. The protocol (discovery, registration, PKCE, issuers,
//! audience) is `rmcp`'s; every request it makes goes through the server's own address rules.
//!
//! **Invariant:** a token is sent to the server it was issued for and to nobody else.

mod callback;
mod error;
mod login;
mod store;
mod wire;

use std::sync::Arc;

use config::McpServer;
use rmcp::transport::auth::OAuthClientConfig;
use rmcp::transport::{AuthError, AuthorizationManager};

pub use self::error::LoginError;
pub use self::login::{LoggedIn, login};
pub(crate) use self::store::Keeper;
pub use self::store::Login;
use crate::ConnectError;
use crate::http::{ConnectContext, Endpoint};

/// Forgets the login at a server. Whether there was one.
///
/// # Errors
///
/// The server is not an HTTP server, no folder for tokens, or a file that cannot be removed.
pub async fn logout(server: &McpServer, context: &ConnectContext<'_>) -> Result<bool, LoginError> {
    keeper(&Endpoint::of(server, context)?, context)?
        .forget()
        .await
}

/// The stored login at a server; `None` without one. Asks nobody whether it is still valid.
///
/// # Errors
///
/// The server is not an HTTP server, no folder for tokens, or a file that cannot be read.
pub async fn stored(
    server: &McpServer,
    context: &ConnectContext<'_>,
) -> Result<Option<Login>, LoginError> {
    keeper(&Endpoint::of(server, context)?, context)?
        .login()
        .await
}

fn keeper(endpoint: &Endpoint, context: &ConnectContext<'_>) -> Result<Keeper, LoginError> {
    let folder = context.token_store.ok_or(LoginError::NoStore)?;
    Ok(Keeper::new(folder, endpoint))
}

/// What sends tokens along and renews them, when there is a login; renewed now if need be.
///
/// # Errors
///
/// The login has expired, or could not be renewed.
pub(crate) async fn authority(
    endpoint: &Endpoint,
    keeper: &Keeper,
) -> Result<Option<AuthorizationManager>, ConnectError> {
    let failed = |error: AuthError| match error {
        AuthError::AuthorizationRequired | AuthError::TokenRefreshRejected(_) => {
            let reason = "the login has expired".into();
            ConnectError::LoginNeeded { reason }
        }
        error => ConnectError::Unreachable {
            reason: transport::redact(&transport::story(&error), &endpoint.secrets),
        },
    };
    if keeper.login().await.map_err(unreadable)?.is_none() {
        return Ok(None);
    }
    let mut manager = manager(endpoint, keeper).await.map_err(failed)?;
    if !manager.initialize_from_store().await.map_err(failed)? {
        return Ok(None);
    }
    if let Some(client) = client_of(endpoint, keeper).await.map_err(unreadable)? {
        manager.configure_client(client).map_err(failed)?;
    }
    manager.get_access_token().await.map_err(failed)?;
    Ok(Some(manager))
}

fn unreadable(error: LoginError) -> ConnectError {
    ConnectError::Unreachable {
        reason: transport::story(&error),
    }
}

async fn manager(endpoint: &Endpoint, keeper: &Keeper) -> Result<AuthorizationManager, AuthError> {
    let wire = Arc::new(wire::Wire::new(endpoint));
    let url = endpoint.url.as_str();
    let mut manager = AuthorizationManager::new_with_oauth_http_client(url, wire).await?;
    manager.set_credential_store(keeper.clone());
    Ok(manager)
}

/// The client that the stored tokens belong to, with its secret, which `rmcp` does not store.
async fn client_of(
    endpoint: &Endpoint,
    keeper: &Keeper,
) -> Result<Option<OAuthClientConfig>, LoginError> {
    let Some((client_id, kept)) = keeper.client().await? else {
        return Ok(None);
    };
    let configured = endpoint.oauth.client_secret.as_ref();
    let secret = configured
        .filter(|_| endpoint.oauth.client_id.as_ref() == Some(&client_id))
        .map(|secret| secret.expose().to_owned())
        .or(kept);
    // The redirect is not used again; the server's own address is a well-formed one.
    let config = OAuthClientConfig::new(client_id, endpoint.url.as_str());
    Ok(secret.map(|secret| config.with_client_secret(secret)))
}
