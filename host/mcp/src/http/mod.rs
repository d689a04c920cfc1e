//! MCP over streamable HTTP: what stands before and after `rmcp`'s transport.
//!
//! Here variables are put into the address and the headers, the address is checked and its name
//! pinned, and stored tokens are renewed. The protocol itself (session, revision header, a lost
//! session greeted again, a broken stream resumed, `DELETE` at the end) is `rmcp`'s.
//!
//! **Invariant:** nothing is sent to an address that [`config::AddressRules`] refuses, and no
//! header of the configuration to another origin.

mod addresses;
mod credentials;
mod endpoint;
mod failure;
mod transport;

use std::path::Path;

use config::McpServer;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use rmcp::transport::{AuthClient, StreamableHttpClientTransport};

pub(crate) use self::credentials::Credentials;
pub(crate) use self::endpoint::Endpoint;
pub(crate) use self::failure::{greeting, refusal, told, undelivered};
pub(crate) use self::transport::HttpTransport;
use crate::{ConnectError, Environment, oauth};

/// The largest message that a server may send, in bytes after unpacking.
const MAX_MESSAGE: usize = 16 << 20;

/// What a connection needs beside the server's configuration.
#[derive(Debug, Clone, Copy)]
pub struct ConnectContext<'a> {
    /// For `${VAR}` in the address and in headers.
    pub environment: &'a Environment,
    /// Folder of stored OAuth tokens; absent: none are kept.
    pub token_store: Option<&'a Path>,
    /// PEM file of root certificates to trust besides those of the operating system.
    pub ca_file: Option<&'a Path>,
    /// Milliseconds for one connection to come about.
    pub connect_ms: u64,
}

/// Prepares the way to a server: variables put in, address checked, tokens read and renewed. The
/// greeting is the caller's, who also ends the wait. With it comes what it is known by.
///
/// # Errors
///
/// What stands against it before anything was sent to the server.
pub(crate) async fn connect(
    server: &McpServer,
    context: &ConnectContext<'_>,
) -> Result<(HttpTransport, Credentials), ConnectError> {
    let endpoint = Endpoint::of(server, context)?;
    let client = endpoint.client().await?;
    let settings = settings(&endpoint);
    let keeper = match context.token_store {
        Some(folder) if !endpoint.is_authorized() => Some(oauth::Keeper::new(folder, &endpoint)),
        _ => None,
    };
    let authority = match &keeper {
        Some(keeper) => oauth::authority(&endpoint, keeper).await?,
        None => None,
    };
    let transport = match authority {
        Some(authority) => {
            let client = AuthClient::new(client, authority);
            let inner = StreamableHttpClientTransport::with_client(client, settings);
            HttpTransport::authorized(inner, keeper)
        }
        None => {
            let inner = StreamableHttpClientTransport::with_client(client, settings);
            HttpTransport::plain(inner, keeper)
        }
    };
    let credentials = Credentials {
        configured: endpoint.is_authorized(),
        secrets: endpoint.secrets,
    };
    Ok((transport, credentials))
}

fn settings(endpoint: &Endpoint) -> StreamableHttpClientTransportConfig {
    StreamableHttpClientTransportConfig::with_uri(endpoint.url.as_str())
        .custom_headers(endpoint.headers.clone())
        .max_json_response_size(MAX_MESSAGE)
        .max_sse_event_size(MAX_MESSAGE)
}
