//! The connect clock: a layer around the HTTP client's connector.
//!
//! The client knows one connect timeout for all requests. Here each request brings its own: the
//! layer finds the [`Dial`] of the request in a task-local, because the connector is called from
//! the task that sends. A request that gets a pooled connection never comes through here.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, timeout};
use tower_layer::Layer;
use tower_service::Service;

use crate::causes::BoxError;

tokio::task_local! {
    static DIAL: Arc<Dial>;
}

/// The connect clock of one request, and what it measured.
#[derive(Debug)]
pub(crate) struct Dial {
    limit: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    since: Option<Instant>,
    spent: Duration,
}

/// No connection stood within the limit. Found again in the client's error by its type.
#[derive(Debug, thiserror::Error)]
#[error("no connection in time")]
pub(crate) struct ConnectExpired;

impl Dial {
    pub(crate) fn new(limit: Duration) -> Arc<Self> {
        Arc::new(Self {
            limit,
            state: Mutex::default(),
        })
    }

    /// Time that went into connecting so far.
    pub(crate) fn spent(&self) -> Duration {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.spent + state.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// Runs what sends a request, so that its connections obey this clock.
    pub(crate) async fn scope<F: Future>(self: Arc<Self>, sending: F) -> F::Output {
        DIAL.scope(self, sending).await
    }

    pub(crate) async fn time<T>(
        &self,
        connecting: impl Future<Output = Result<T, BoxError>>,
    ) -> Result<T, BoxError> {
        self.mark(Some(Instant::now()));
        let outcome = timeout(self.limit, connecting).await;
        self.mark(None);
        outcome.unwrap_or_else(|_| Err(Box::new(ConnectExpired)))
    }

    fn mark(&self, since: Option<Instant>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(began) = state.since.take() {
            state.spent += began.elapsed();
        }
        state.since = since;
    }
}

/// Puts the connect clock around a connector.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConnectClock;

impl<S> Layer<S> for ConnectClock {
    type Service = Timed<S>;

    fn layer(&self, inner: S) -> Timed<S> {
        Timed { inner }
    }
}

/// A connector under the connect clock.
#[derive(Debug, Clone)]
pub(crate) struct Timed<S> {
    inner: S,
}

impl<S, R> Service<R> for Timed<S>
where
    S: Service<R, Error = BoxError>,
    S::Future: Send + 'static,
    S::Response: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let connecting = self.inner.call(request);
        match DIAL.try_with(Arc::clone) {
            Ok(dial) => Box::pin(async move { dial.time(connecting).await }),
            Err(_) => Box::pin(connecting),
        }
    }
}
