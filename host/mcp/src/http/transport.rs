//! The transport of one session, with or without tokens.

use rmcp::RoleClient;
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::streamable_http_client::StreamableHttpError;
use rmcp::transport::{AuthClient, StreamableHttpClientTransport, Transport};
use transport::pinned::{HttpClient, HttpClientError};

use crate::oauth::Keeper;

/// Sends and receives; remembers which rights the server missed, for the next login.
pub(crate) struct HttpTransport {
    way: Way,
    keeper: Option<Keeper>,
}

enum Way {
    Plain(StreamableHttpClientTransport<HttpClient>),
    Authorized(StreamableHttpClientTransport<AuthClient<HttpClient>>),
}

impl HttpTransport {
    pub(crate) fn plain(
        inner: StreamableHttpClientTransport<HttpClient>,
        keeper: Option<Keeper>,
    ) -> Self {
        let way = Way::Plain(inner);
        Self { way, keeper }
    }

    pub(crate) fn authorized(
        inner: StreamableHttpClientTransport<AuthClient<HttpClient>>,
        keeper: Option<Keeper>,
    ) -> Self {
        let way = Way::Authorized(inner);
        Self { way, keeper }
    }
}

impl Transport<RoleClient> for HttpTransport {
    type Error = StreamableHttpError<HttpClientError>;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleClient>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        use futures_util::future::Either::{Left, Right};
        let sending = match &mut self.way {
            Way::Plain(inner) => Left(inner.send(message)),
            Way::Authorized(inner) => Right(inner.send(message)),
        };
        let keeper = self.keeper.clone();
        async move {
            let outcome = sending.await;
            if let (Err(StreamableHttpError::InsufficientScope(missing)), Some(keeper)) =
                (&outcome, keeper)
                && let Some(scope) = &missing.required_scope
            {
                keeper.want(scope).await;
            }
            outcome
        }
    }

    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleClient>> {
        match &mut self.way {
            Way::Plain(inner) => inner.receive().await,
            Way::Authorized(inner) => inner.receive().await,
        }
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        match &mut self.way {
            Way::Plain(inner) => inner.close().await,
            Way::Authorized(inner) => inner.close().await,
        }
    }
}
