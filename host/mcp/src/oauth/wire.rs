//! Every request of the OAuth protocol, under the server's address rules.

use std::sync::Arc;
use std::time::Duration;

use config::AddressRules;
use http::{Method, Uri};
use rmcp::transport::{
    OAuthHttpClient, OAuthHttpClientError, OAuthHttpClientFuture, OAuthHttpRequest,
};
use transport::pinned::Pinned;
use url::{Host, Url};

use crate::http::Endpoint;

/// The largest answer, in bytes.
const MAX_ANSWER: usize = 1 << 20;
/// The longest wait, where the protocol names none.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// Sends requests for metadata, registrations and tokens. Follows no redirect: one that keeps to
/// the rules is followed by the protocol itself.
pub(super) struct Wire {
    pinned: Arc<Pinned>,
    addresses: AddressRules,
}

#[derive(Debug, thiserror::Error)]
#[error("`{host}` wants a login over plain http, where anybody could read it")]
struct Unencrypted {
    host: String,
}

impl Wire {
    pub(super) fn new(endpoint: &Endpoint) -> Self {
        Self {
            pinned: endpoint.pinned.clone(),
            addresses: endpoint.addresses.clone(),
        }
    }

    /// Codes and tokens go over https, except on this machine and in networks that the user
    /// declared private.
    fn check(&self, method: &Method, uri: &Uri) -> Result<(), OAuthHttpClientError> {
        let url = Url::parse(&uri.to_string())?;
        let local = match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        if method == Method::GET || url.scheme() == "https" || local || self.addresses.private {
            return Ok(());
        }
        let host = url.host_str().unwrap_or_default().to_owned();
        Err(Box::new(Unencrypted { host }))
    }
}

impl OAuthHttpClient for Wire {
    fn execute(&self, request: OAuthHttpRequest) -> OAuthHttpClientFuture<'_> {
        Box::pin(async move {
            let time = request.timeout.unwrap_or(MAX_WAIT);
            let request = request.request;
            self.check(request.method(), request.uri())?;
            Ok(self.pinned.fetch(request, MAX_ANSWER, time).await?)
        })
    }
}
