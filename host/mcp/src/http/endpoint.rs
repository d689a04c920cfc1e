//! An HTTP server as configured, with its variables put in.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use config::{AddressRules, McpServer, McpTransport, OAuthPlan};
use http::{HeaderName, HeaderValue, header};
use transport::Secret;
use transport::pinned::{HttpClient, Pinned, PinnedError, PinnedSettings};
use url::Url;

use super::ConnectContext;
use super::addresses::Rules;
use crate::{ConnectError, Missing, substitute};

const USER_AGENT: &str = concat!("massgen/", env!("CARGO_PKG_VERSION"));

/// Where a server is and what it is sent with every request.
pub(crate) struct Endpoint {
    pub(crate) url: Url,
    pub(crate) headers: HashMap<HeaderName, HeaderValue>,
    pub(crate) oauth: OAuthPlan,
    pub(crate) addresses: AddressRules,
    pub(crate) pinned: Arc<Pinned>,
    /// What variables stand for, and what headers say.
    pub(crate) secrets: Vec<Secret>,
}

impl Endpoint {
    /// # Errors
    /// A missing variable, a malformed address or header, an unreadable file of certificates, or a
    /// server that is not reached over HTTP.
    pub(crate) fn of(
        server: &McpServer,
        context: &ConnectContext<'_>,
    ) -> Result<Self, ConnectError> {
        let McpTransport::Http {
            url,
            headers,
            read_ms,
            addresses,
            oauth,
        } = &server.transport
        else {
            return Err(address("must begin with http:// or https://"));
        };
        let mut secrets = Vec::new();
        let mut fill = |text: &str, wanted_by: &str| -> Result<String, Missing> {
            let done = substitute(text, wanted_by, context.environment)?;
            secrets.extend(done.secrets);
            Ok(done.text)
        };
        let text = fill(url, "`url`")?;
        if let Some(reason) = addresses.refusal(&text) {
            return Err(address(reason));
        }
        let url = Url::parse(&text).map_err(|error| address(error.to_string()))?;
        let (mut filled, mut said) = (HashMap::new(), Vec::new());
        for (name, value) in headers {
            let value = fill(value.expose(), &format!("header `{name}`"))?;
            let token = value.split_once(' ').map(|(_scheme, token)| token);
            said.extend(token.map(Secret::new));
            said.push(Secret::new(&*value));
            let (name, value) = header_of(name, &value)?;
            filled.insert(name, value);
        }
        let mut oauth = oauth.clone();
        if let Some(secret) = &oauth.client_secret {
            oauth.client_secret = Some(fill(secret.expose(), "`oauth.client_secret`")?.into());
        }
        secrets.extend(said);
        Ok(Self {
            url,
            headers: filled,
            oauth,
            addresses: addresses.clone(),
            pinned: pinned(addresses, *read_ms, context)?,
            secrets,
        })
    }

    /// Whether the configuration itself says who we are.
    pub(crate) fn is_authorized(&self) -> bool {
        self.headers.contains_key(&header::AUTHORIZATION)
    }

    /// A client for this server alone.
    ///
    /// # Errors
    /// Its address may not be used.
    pub(crate) async fn client(&self) -> Result<HttpClient, ConnectError> {
        self.pinned
            .client(&self.url)
            .await
            .map_err(|error| match error {
                PinnedError::Refused(refused) => address(refused.to_string()),
                PinnedError::Setup(error) => unreachable(transport::story(&error)),
            })
    }
}

fn pinned(
    addresses: &AddressRules,
    read_ms: u64,
    context: &ConnectContext<'_>,
) -> Result<Arc<Pinned>, ConnectError> {
    let settings = PinnedSettings {
        user_agent: USER_AGENT.into(),
        ca_file: context.ca_file.map(Into::into),
        connect: Duration::from_millis(context.connect_ms),
        read: Duration::from_millis(read_ms),
    };
    Pinned::new(settings, Arc::new(Rules(addresses.clone())))
        .map(Arc::new)
        .map_err(|error| unreachable(transport::story(&error)))
}

fn header_of(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), ConnectError> {
    let malformed = || unreachable(format!("its header `{name}` cannot be sent"));
    let name = HeaderName::try_from(name).map_err(|_| malformed())?;
    let mut value = HeaderValue::from_str(value).map_err(|_| malformed())?;
    value.set_sensitive(true);
    Ok((name, value))
}

fn address(reason: impl Into<String>) -> ConnectError {
    let reason = reason.into();
    ConnectError::Address { reason }
}

fn unreachable(reason: impl Into<String>) -> ConnectError {
    let reason = reason.into();
    ConnectError::Unreachable { reason }
}
