//! One call: sessions one after the other until one ends well or nothing more may be tried.
//!
//! **Invariant.** Exactly one [`CallEvent::Ended`], last. Nothing is tried again once a visible
//! chunk was handed out or a tool may have had effects, so neither is ever repeated.

use std::time::{Duration, Instant};

use massgen_plugin::chat::Call;
use massgen_plugin::{Fault, FaultCode};
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};
use transport::retry::Policy;
use transport::{Delay, Limiter};

use crate::backend::Backend;
use crate::driver::Ended;
use crate::event::{CallEvent, tell};

/// Chunks that may wait for the consumer before the socket is left alone.
const QUEUE: usize = 64;

impl Backend {
    /// Starts a call; must be called within a tokio runtime.
    pub fn call(&self, call: Call) -> Calling {
        Calling::start(self.clone(), call)
    }
}

/// A call under way. Dropping it cancels the call.
#[derive(Debug)]
pub struct Calling {
    events: mpsc::Receiver<CallEvent>,
    _cancel: DropGuard,
}

impl Calling {
    /// The next event; `None` after [`CallEvent::Ended`].
    pub async fn next(&mut self) -> Option<CallEvent> {
        self.events.recv().await
    }

    fn start(backend: Backend, call: Call) -> Self {
        let (out, events) = mpsc::channel(QUEUE);
        let cancel = CancellationToken::new();
        let attempts = Attempts {
            backend,
            out,
            cancel: cancel.clone(),
            policy: Policy::default(),
        };
        tokio::spawn(attempts.run(call));
        Self {
            events,
            _cancel: cancel.drop_guard(),
        }
    }
}

struct Attempts {
    backend: Backend,
    out: mpsc::Sender<CallEvent>,
    cancel: CancellationToken,
    policy: Policy,
}

impl Attempts {
    async fn run(self, call: Call) {
        let outcome = match serde_json::to_string(&call) {
            Ok(json) => self.until_settled(&json).await,
            Err(error) => Err(Fault::new(FaultCode::INTERNAL, error.to_string())),
        };
        // A consumer that went away needs no end.
        drop(self.out.send(CallEvent::Ended(outcome)).await);
    }

    async fn until_settled(&self, call: &str) -> Result<(), Fault> {
        let limiter = self.backend.limiter();
        let mut failed = 0;
        loop {
            self.backend.check_health()?;
            let permit = self.permit(&limiter).await?;
            let ended = self.backend.session(call, &self.out, &self.cancel).await;
            drop(permit);
            let mut fault = match ended.outcome {
                Ok(()) => return Ok(()),
                Err(ref fault) => fault.clone(),
            };
            failed += 1;
            self.backend.note(&fault, Instant::now()).await;
            let asked = asked(&ended, &fault);
            if let Some(asked) = asked.filter(|it| *it <= self.policy.longest_asked) {
                limiter.pause(asked);
                fault.retry_after_ms = u64::try_from(asked.as_millis()).unwrap_or(u64::MAX);
            }
            let Some(wait) = self.wait_after(&ended, &fault, failed, asked) else {
                return Err(fault);
            };
            self.pause(fault, wait).await?;
        }
    }

    /// How long to wait before another try; `None` when there is none.
    fn wait_after(
        &self,
        ended: &Ended,
        fault: &Fault,
        failed: u32,
        asked: Option<Duration>,
    ) -> Option<Duration> {
        let retryable = ended
            .server_says_retry
            .unwrap_or_else(|| fault.code.is_retryable());
        if ended.settled || !retryable || self.cancel.is_cancelled() {
            return None;
        }
        self.policy.wait(failed, asked, fastrand::f64())
    }

    async fn permit(&self, limiter: &Limiter) -> Result<transport::Permit, Fault> {
        if let Delay::Paused(wait) = limiter.delay() {
            tell(&self.out, CallEvent::Waiting { after: None, wait }).await?;
        }
        self.unless_cancelled(limiter.permit()).await
    }

    async fn pause(&self, fault: Fault, wait: Duration) -> Result<(), Fault> {
        tell(
            &self.out,
            CallEvent::Waiting {
                after: Some(fault),
                wait,
            },
        )
        .await?;
        self.unless_cancelled(tokio::time::sleep(wait)).await
    }

    async fn unless_cancelled<T>(&self, what: impl Future<Output = T>) -> Result<T, Fault> {
        let cancelled = || Fault::new(FaultCode::CANCELLED, "the call was cancelled");
        self.cancel
            .run_until_cancelled(what)
            .await
            .ok_or_else(cancelled)
    }
}

/// How long the server asked to wait, in its headers, in words, or by the plugin's own reading.
fn asked(ended: &Ended, fault: &Fault) -> Option<Duration> {
    let own = (fault.retry_after_ms > 0).then(|| Duration::from_millis(fault.retry_after_ms));
    ended.asked.max(own)
}
