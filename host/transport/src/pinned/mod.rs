//! HTTP clients that reach only what [`Addresses`] permits: for servers that a configuration, or
//! another server, names.
//!
//! Every address is checked before it is used: as text, and again as what its name resolves to.
//! The first answer of the name service is kept for the life of a [`Pinned`], so that a name
//! cannot lead elsewhere later. Redirects stay at their server. Which addresses are permitted is
//! the caller's rule; nothing is framed, retried or recorded here.
//!
//! Behind a proxy, the proxy resolves names again, and where it leads is its business; what our
//! own name service says is checked all the same.

mod fetch;
mod names;
mod redirect;

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::redirect::Policy;
use rustls::ClientConfig;
use url::{Host, Url};

pub use fetch::FetchError;
/// The client that [`Pinned::client`] hands out, and its error.
pub use reqwest::{Client as HttpClient, Error as HttpClientError};

use self::names::{Lookup, Names, System};
use crate::causes::BoxError;
use crate::grant::is_loopback;
use crate::{SetupError, tls};

/// Which addresses may be used.
pub trait Addresses: Send + Sync + 'static {
    /// Why this address may not be used, judged by its text alone; `None` when it may.
    fn refusal(&self, url: &Url) -> Option<String>;

    /// Whether this host may be at this address.
    fn permits(&self, host: &str, address: IpAddr) -> bool;
}

/// How a [`Pinned`] is set up. Proxies are those of the environment; addresses of this machine
/// never go through one.
#[derive(Debug, Clone)]
pub struct PinnedSettings {
    /// Value of the `User-Agent` header.
    pub user_agent: String,
    /// PEM file of root certificates to trust besides those of the operating system.
    pub ca_file: Option<PathBuf>,
    /// How long a connection may take to come about.
    pub connect: Duration,
    /// The longest silence before and within an answer.
    pub read: Duration,
}

/// An address that may not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressRefused {
    /// By its text.
    #[error("the address of `{host}` {reason}")]
    Text {
        /// Its host.
        host: String,
        /// After the address: `must …`.
        reason: String,
    },
    /// By what its name stands for.
    #[error("`{host}` stands for {address}, which is not a permitted address")]
    Resolved {
        /// The name.
        host: String,
        /// What it resolves to.
        address: IpAddr,
    },
}

/// Clients for one server and those that it names, for one session.
pub struct Pinned {
    settings: PinnedSettings,
    tls: ClientConfig,
    names: Names,
    /// For [`Pinned::fetch`]: direct, and through a proxy.
    fetching: [OnceLock<HttpClient>; 2],
}

impl Pinned {
    /// Reads the root certificates; connects to nothing.
    ///
    /// # Errors
    /// An unreadable `ca_file`.
    pub fn new(
        settings: PinnedSettings,
        addresses: Arc<dyn Addresses>,
    ) -> Result<Self, SetupError> {
        Self::with(settings, addresses, Arc::new(System))
    }

    fn with(
        settings: PinnedSettings,
        addresses: Arc<dyn Addresses>,
        lookup: Arc<dyn Lookup>,
    ) -> Result<Self, SetupError> {
        Ok(Self {
            tls: tls::config(settings.ca_file.as_deref())?,
            settings,
            names: Names::new(addresses, lookup),
            fetching: [OnceLock::new(), OnceLock::new()],
        })
    }

    /// A client for this address and nothing else: it follows redirects that keep the method and
    /// stay at the same server, five at most; any other is an error.
    ///
    /// # Errors
    /// The address may not be used, or the user agent is no header value.
    pub async fn client(&self, url: &Url) -> Result<HttpClient, PinnedError> {
        let direct = self.admit(url).await?;
        let addresses = self.names.addresses();
        let policy = Policy::custom(move |attempt| {
            let Some(from) = attempt.previous().last() else {
                return attempt.stop();
            };
            let hops = attempt.previous().len();
            match redirect::check(attempt.status(), from, attempt.url(), hops, &*addresses) {
                Ok(()) => attempt.follow(),
                Err(refused) => attempt.error(refused),
            }
        });
        Ok(self.build(direct, policy)?)
    }

    /// Checks an address and keeps what its name stands for. Whether it is reached directly, being
    /// an address of this machine.
    async fn admit(&self, url: &Url) -> Result<bool, AddressRefused> {
        if let Some(reason) = self.names.addresses().refusal(url) {
            let host = url.host_str().unwrap_or_default().to_owned();
            return Err(AddressRefused::Text { host, reason });
        }
        let Some(Host::Domain(name)) = url.host() else {
            return Ok(is_loopback(url));
        };
        // A name that we cannot resolve may be known to a proxy; without one, connecting says so.
        let pinned = self.names.admit(name).await?;
        let here = pinned.is_some_and(|all| all.iter().all(IpAddr::is_loopback));
        Ok(here || is_loopback(url))
    }

    fn build(&self, direct: bool, redirects: Policy) -> Result<HttpClient, SetupError> {
        let builder = HttpClient::builder()
            .user_agent(&self.settings.user_agent)
            .redirect(redirects)
            .referer(false)
            .tls_backend_preconfigured(self.tls.clone())
            .dns_resolver(Arc::new(self.names.clone()))
            .connect_timeout(self.settings.connect)
            .read_timeout(self.settings.read);
        let builder = if direct { builder.no_proxy() } else { builder };
        builder.build().map_err(|source| SetupError::Client {
            source: Box::new(source),
        })
    }
}

/// Why there is no client for an address.
#[derive(Debug, thiserror::Error)]
pub enum PinnedError {
    /// The address may not be used.
    #[error(transparent)]
    Refused(#[from] AddressRefused),
    /// The client could not be set up.
    #[error(transparent)]
    Setup(#[from] SetupError),
}

impl std::fmt::Debug for Pinned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pinned")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// Whether an error of the client says for sure that nothing was sent: no connection came about.
pub fn never_connected(error: &HttpClientError) -> bool {
    error.is_connect()
}

#[cfg(test)]
mod tests;
