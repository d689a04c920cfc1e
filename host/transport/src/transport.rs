//! The front door: settings in, exchanges out.

use std::path::PathBuf;
use std::sync::Arc;

use massgen_plugin::wire::{HttpRequest, Timeouts};
use url::Url;

use crate::answer::Answer;
use crate::cassette::{Counters, file, record, replay};
use crate::client::Clients;
use crate::clocks::{Clocks, Limits};
use crate::connect::Dial;
use crate::exchange::Exchange;
use crate::grant::{Grant, place};
use crate::limiter::{Limiter, Limiters};
use crate::prepare::{Prepared, prepare};
use crate::redact::{redact, redact_url};
use crate::{Secret, SetupError, Tape, TransportError, tls};

/// How a [`Transport`] is set up. Proxies are those of the environment (`HTTP_PROXY`,
/// `HTTPS_PROXY`, `NO_PROXY`); addresses of this machine never go through one.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Value of the `User-Agent` header.
    pub user_agent: String,
    /// PEM file of root certificates to trust besides those of the operating system.
    pub ca_file: Option<PathBuf>,
    /// Whether exchanges are recorded or replayed.
    pub tape: Tape,
}

/// On whose behalf an exchange is made; names the folder of its recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The agent's label, or another name for the one who asks.
    pub agent: String,
}

/// Makes exchanges. Clones share connections, limiters and the numbering of recordings.
#[derive(Debug, Clone)]
pub struct Transport(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    clients: Clients,
    tape: Tape,
    counters: Counters,
    limiters: Limiters,
}

impl Transport {
    /// Reads the root certificates and sets up the connection pools; connects to nothing.
    ///
    /// # Errors
    /// An unreadable `ca_file`, or a user agent that is no header value.
    pub fn new(settings: Settings) -> Result<Self, SetupError> {
        let tls = tls::config(settings.ca_file.as_deref())?;
        Ok(Self(Arc::new(Shared {
            clients: Clients::new(&settings.user_agent, &tls)?,
            tape: settings.tape,
            counters: Counters::default(),
            limiters: Limiters::default(),
        })))
    }

    /// Prepares an exchange; it begins with the first [`Exchange::next`]. A refusal is its first
    /// and only item.
    pub fn send(&self, request: HttpRequest, grant: &Grant, scope: &Scope) -> Exchange {
        match prepare(request, grant) {
            Ok(prepared) => self.start(prepared, scope.agent.clone()),
            Err(error) => {
                tracing::warn!(agent = %scope.agent, %error, "request refused");
                Exchange::refused(
                    error,
                    clocks(Limits::from(Timeouts::default()), String::new()).1,
                )
            }
        }
    }

    /// The limits that all users of this host and key share. `host` as in the address, with its
    /// port when that is not the usual one.
    pub fn limiter(&self, host: &str, secret: Option<&Secret>) -> Limiter {
        self.0.limiters.of(host, secret)
    }

    fn start(&self, prepared: Prepared, agent: String) -> Exchange {
        let (dial, clocks) = clocks(prepared.limits, place(&prepared.url));
        let framing = prepared.framing;
        let answer = self.0.clone().answer(prepared, agent);
        Exchange::new(Box::pin(dial.scope(answer)), framing, clocks)
    }
}

fn clocks(limits: Limits, host: String) -> (Arc<Dial>, Clocks) {
    let dial = Dial::new(limits.connect);
    (dial.clone(), Clocks::new(limits, dial, host))
}

impl Shared {
    async fn answer(
        self: Arc<Self>,
        request: Prepared,
        agent: String,
    ) -> Result<Answer, TransportError> {
        let (url, secrets) = (request.url.clone(), request.secrets.clone());
        tracing::debug!(agent, method = %request.method, url = redact_url(&url, &secrets), "request");
        let answer = self
            .taped(request, &agent)
            .await
            .and_then(|answer| no_redirect(answer, &url, &secrets));
        match &answer {
            Ok(answer) => tracing::debug!(agent, status = answer.status, "answer"),
            Err(error) => {
                let detail = redact(&error.fault().detail, &secrets);
                tracing::warn!(agent, %error, detail, "no answer");
            }
        }
        answer
    }

    async fn taped(&self, request: Prepared, agent: &str) -> Result<Answer, TransportError> {
        let place = |root| file(root, agent, self.counters.next(agent));
        match &self.tape {
            Tape::Off => self.clients.answer(request).await,
            Tape::Record(root) => {
                let recorder = record(&request, place(root));
                recorder.answer(self.clients.answer(request).await)
            }
            Tape::Replay(root) => replay(&request, place(root)),
        }
    }
}

fn no_redirect(answer: Answer, url: &Url, secrets: &[Secret]) -> Result<Answer, TransportError> {
    match answer.redirect() {
        None => Ok(answer),
        Some(location) => {
            // A location may be relative, and may hold anything.
            let location = url
                .join(location)
                .map_or("nowhere".into(), |url| redact_url(&url, secrets));
            Err(TransportError::Redirected {
                host: place(url),
                location,
            })
        }
    }
}
