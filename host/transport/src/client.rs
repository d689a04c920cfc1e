//! The HTTP clients: one for this machine, one for everything else.
//!
//! Two, because an address of this machine never goes through a proxy; their hosts do not
//! overlap, so each host still has one connection pool. Neither follows redirects: a secret must
//! not wander, and where a caller wants to follow one it can send again under the same grant.

use futures_util::StreamExt as _;
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Response};
use rustls::ClientConfig;
use url::Url;

use crate::answer::{Answer, bounded};
use crate::causes::{BoxError, causes};
use crate::clocks::Clock;
use crate::connect::{ConnectClock, ConnectExpired};
use crate::grant::{is_loopback, place};
use crate::prepare::Prepared;
use crate::{SetupError, TransportError};

/// The connection pools of the process.
#[derive(Debug)]
pub(crate) struct Clients {
    direct: Client,
    proxied: Client,
}

impl Clients {
    pub(crate) fn new(user_agent: &str, tls: &ClientConfig) -> Result<Self, SetupError> {
        let build = |builder: ClientBuilder| {
            builder
                .user_agent(user_agent)
                .redirect(Policy::none())
                .tls_backend_preconfigured(tls.clone())
                .connector_layer(ConnectClock)
                .build()
                .map_err(|source| SetupError::Client {
                    source: Box::new(source),
                })
        };
        Ok(Self {
            direct: build(Client::builder().no_proxy())?,
            proxied: build(Client::builder())?,
        })
    }

    /// Sends and waits for the head of the answer.
    pub(crate) async fn answer(&self, request: Prepared) -> Result<Answer, TransportError> {
        let url = request.url.clone();
        let client = if is_loopback(&url) {
            &self.direct
        } else {
            &self.proxied
        };
        let mut outgoing = reqwest::Request::new(request.method, request.url);
        *outgoing.headers_mut() = request.headers;
        *outgoing.body_mut() = request.body.map(Into::into);
        match client.execute(outgoing).await {
            Ok(response) => Ok(answer(response, place(&url))),
            Err(error) => Err(classify(error, &url, request.limits.connect)),
        }
    }
}

fn answer(response: Response, host: String) -> Answer {
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| {
            (
                name.as_str().to_owned(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect();
    let status = response.status().as_u16();
    let place = host.clone();
    let body = response
        .bytes_stream()
        .map(move |piece| piece.map_err(|error| broken(error, &place)))
        .boxed();
    Answer {
        status,
        headers,
        body: bounded(body, host),
    }
}

/// Says what went wrong before an answer came. The client's own text is kept without the address,
/// which may hold a secret.
fn classify(error: reqwest::Error, url: &Url, limit: std::time::Duration) -> TransportError {
    let host = place(url);
    if causes(&error).any(|cause| cause.is::<ConnectExpired>()) {
        return TransportError::Expired {
            clock: Clock::Connect,
            limit,
            host,
        };
    }
    let refused = is_loopback(url) && causes(&error).any(is_refusal);
    let distrusted = causes(&error).any(is_distrust);
    let connecting = error.is_connect();
    let source: BoxError = Box::new(error.without_url());
    if refused {
        TransportError::NotRunning { host, source }
    } else if distrusted {
        TransportError::Certificate { host, source }
    } else if connecting {
        TransportError::Connect { host, source }
    } else {
        TransportError::Broken { host, source }
    }
}

fn broken(error: reqwest::Error, host: &str) -> TransportError {
    let host = host.to_owned();
    let undecodable = error.is_decode() && !causes(&error).any(is_incomplete);
    let source = Box::new(error.without_url());
    if undecodable {
        TransportError::Undecodable { host, source }
    } else {
        TransportError::Broken { host, source }
    }
}

fn is_refusal(error: &(dyn std::error::Error + 'static)) -> bool {
    kind(error) == Some(std::io::ErrorKind::ConnectionRefused)
}

/// The decoder reports a connection that ended too early as a decoding error.
fn is_incomplete(error: &(dyn std::error::Error + 'static)) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(
        kind(error),
        Some(ConnectionAborted | ConnectionReset | UnexpectedEof)
    )
}

fn is_distrust(error: &(dyn std::error::Error + 'static)) -> bool {
    matches!(
        error.downcast_ref(),
        Some(rustls::Error::InvalidCertificate(_))
    )
}

fn kind(error: &(dyn std::error::Error + 'static)) -> Option<std::io::ErrorKind> {
    error
        .downcast_ref::<std::io::Error>()
        .map(std::io::Error::kind)
}
