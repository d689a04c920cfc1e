//! One request and its whole answer, for the small documents around a server: metadata, tokens.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use http::{Request, Response};
use reqwest::redirect::Policy;
use url::Url;

use super::{HttpClient, Pinned, PinnedError};
use crate::SetupError;
use crate::causes::BoxError;
use crate::grant::place;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The address does not parse.
    #[error("the request names no absolute address")]
    Address(#[from] url::ParseError),
    /// The address may not be used, or the client could not be set up.
    #[error(transparent)]
    Pinned(#[from] PinnedError),
    /// No answer came, or only a part of one.
    #[error("no whole answer from `{host}`")]
    Broken {
        /// `host` or `host:port`.
        host: String,
        /// What the client said, without the address.
        source: BoxError,
    },
    /// The answer is larger than asked for.
    #[error("the answer of `{host}` has more than {limit} bytes")]
    TooLarge {
        /// `host` or `host:port`.
        host: String,
        /// What was asked for.
        limit: usize,
    },
    /// Time ran out.
    #[error("`{host}` did not answer within {} s", limit.as_secs())]
    Expired {
        /// `host` or `host:port`.
        host: String,
        /// How long it had.
        limit: Duration,
    },
}

impl Pinned {
    /// Sends a request to any permitted address and reads the answer, at most `bytes` after
    /// unpacking, within `time`. A redirect is an answer like any other.
    ///
    /// # Errors
    /// See [`FetchError`].
    pub async fn fetch(
        &self,
        request: Request<Vec<u8>>,
        bytes: usize,
        time: Duration,
    ) -> Result<Response<Vec<u8>>, FetchError> {
        let url = Url::parse(&request.uri().to_string())?;
        let host = place(&url);
        match tokio::time::timeout(time, self.fetch_whole(request, &url, bytes)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(FetchError::Expired { host, limit: time }),
        }
    }

    async fn fetch_whole(
        &self,
        request: Request<Vec<u8>>,
        url: &Url,
        limit: usize,
    ) -> Result<Response<Vec<u8>>, FetchError> {
        let direct = self.admit(url).await.map_err(PinnedError::from)?;
        let client = self.fetching(direct).map_err(PinnedError::from)?;
        let broken = |error: reqwest::Error| FetchError::Broken {
            host: place(url),
            source: Box::new(error.without_url()),
        };
        let request = reqwest::Request::try_from(request).map_err(broken)?;
        let response = client.execute(request).await.map_err(broken)?;
        let mut answer = Response::new(Vec::new());
        *answer.status_mut() = response.status();
        *answer.headers_mut() = response.headers().clone();
        let mut pieces = response.bytes_stream();
        while let Some(piece) = pieces.try_next().await.map_err(broken)? {
            if answer.body().len() + piece.len() > limit {
                let host = place(url);
                return Err(FetchError::TooLarge { host, limit });
            }
            answer.body_mut().extend_from_slice(&piece);
        }
        Ok(answer)
    }

    fn fetching(&self, direct: bool) -> Result<HttpClient, SetupError> {
        let slot = &self.fetching[usize::from(!direct)];
        if let Some(client) = slot.get() {
            return Ok(client.clone());
        }
        let client = self.build(direct, Policy::none())?;
        Ok(slot.get_or_init(|| client).clone())
    }
}
