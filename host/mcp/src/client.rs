//! The handle to one server of one agent, and its state.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use serde_json::{Map, Value};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::breaker::{Breaker, Kind};
use crate::connect::{Established, Greeting, connect};
use crate::listing::Offer;
use crate::retry;
use crate::session::Session;
use crate::{
    CallError, CallOptions, CallResult, ClientSpec, ConnectError, Event, Hints, RemotePrompt,
    RemoteResource, RemoteTool, State,
};

/// How long an end may take: closing input, SIGTERM and SIGKILL have their own times within.
const END: Duration = Duration::from_secs(6);

type Notify = Arc<dyn Fn(Event) + Send + Sync>;

/// One server of one agent. Cheap to clone; every clone is the same session. The session ends with
/// the last clone, but only [`close`](Self::close) waits for that.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

impl Client {
    /// A client that does nothing until it is started.
    pub fn new(spec: ClientSpec) -> Self {
        Self(Arc::new(Inner {
            spec: Arc::new(spec),
            notify: OnceLock::new(),
            status: Mutex::default(),
            changed: watch::Sender::new(()),
            closing: CancellationToken::new(),
            born: Instant::now(),
        }))
    }

    /// The server's configured name.
    pub fn name(&self) -> &str {
        &self.0.spec.server.name
    }

    /// Whether the agent cannot take part without it.
    pub fn required(&self) -> bool {
        self.0.spec.server.required
    }

    /// Connects in the background; `notify` hears of everything from here on. Must not block.
    pub fn start(&self, notify: Arc<dyn Fn(Event) + Send + Sync>) {
        let _ = self.0.notify.set(notify);
        self.0.ensure();
    }

    /// Waits until the server is connected, failed or left alone, and its tools are listed. A
    /// server that failed or went away is tried again first, unless it is left alone or trying
    /// again is pointless.
    pub async fn settled(&self) -> State {
        self.0.ensure();
        self.0.settle().await;
        self.state()
    }

    /// What the server is now.
    pub fn state(&self) -> State {
        self.0.state()
    }

    /// The tools as last listed, in the server's order; also while it is away or left alone.
    pub fn tools(&self) -> Arc<[RemoteTool]> {
        self.0.status().offer.tools.clone()
    }

    /// The server's words on how to use it, not capped.
    pub fn instructions(&self) -> Option<Arc<str>> {
        self.0.status().instructions.clone()
    }

    /// The resources as last listed.
    pub fn resources(&self) -> Arc<[RemoteResource]> {
        self.0.status().offer.resources.clone()
    }

    /// The prompts as last listed.
    pub fn prompts(&self) -> Arc<[RemotePrompt]> {
        self.0.status().offer.prompts.clone()
    }

    /// Calls a tool by the server's own name for it, connecting first if need be. Repeated only
    /// where that cannot do harm (services §2.10). Dropping the future cancels the call.
    ///
    /// # Errors
    ///
    /// Anything but a result of the tool.
    pub async fn call(
        &self,
        tool: &str,
        arguments: Map<String, Value>,
        options: CallOptions,
    ) -> Result<CallResult, CallError> {
        self.0.call(tool, &arguments, &options).await
    }

    /// Ends the session and its processes, within six seconds. Later calls fail.
    pub async fn close(&self) {
        let before = std::mem::replace(&mut self.0.status().link, Link::Closed);
        self.0.changed.send_replace(());
        self.0.closing.cancel();
        if let Link::Up(session) = before
            && timeout(END, session.ended.cancelled()).await.is_err()
        {
            tracing::warn!(server = self.name(), "an MCP server did not end in time");
        }
    }
}

/// What all clones share.
pub(crate) struct Inner {
    pub(crate) spec: Arc<ClientSpec>,
    notify: OnceLock<Notify>,
    status: Mutex<Status>,
    /// Changes with every change of the status that somebody may wait for.
    changed: watch::Sender<()>,
    closing: CancellationToken,
    born: Instant,
}

#[derive(Default)]
struct Status {
    link: Link,
    breaker: Breaker,
    offer: Offer,
    instructions: Option<Arc<str>>,
    /// Whether it is known to speak a revision with a greeting, so that it need not be asked.
    greets: bool,
    /// Its lists are being read again.
    listing: bool,
}

#[derive(Default)]
enum Link {
    #[default]
    Idle,
    Connecting {
        downloading: bool,
    },
    Up(Arc<Session>),
    Failed(ConnectError),
    Closed,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.closing.cancel();
    }
}

impl Inner {
    fn status(&self) -> MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn tell(&self, event: Event) {
        if let Some(notify) = self.notify.get() {
            notify(event);
        }
    }

    pub(crate) fn warn(&self, line: String) {
        self.tell(Event::Warning(line));
    }

    pub(crate) fn declined(&self, message: String) {
        self.tell(Event::Declined { message });
    }

    /// The hints of a tool; those of an unknown one are the careful ones.
    pub(crate) fn hints(&self, tool: &str) -> Hints {
        let tools = self.status().offer.tools.clone();
        let found = tools.iter().find(|known| known.name == tool);
        found.map(|tool| tool.hints).unwrap_or_default()
    }

    fn state(&self) -> State {
        let now = self.now();
        let status = self.status();
        match &status.link {
            Link::Closed => State::Closed,
            Link::Up(_) => State::Connected,
            Link::Connecting { downloading: false } => State::Connecting,
            Link::Connecting { downloading: true } => State::Downloading,
            Link::Idle | Link::Failed(_) if status.breaker.blocked(now).is_some() => {
                let retry_ms = status.breaker.blocked(now).unwrap_or_default();
                State::Blocked { retry_ms }
            }
            Link::Failed(error) => State::Failed(error.clone()),
            Link::Idle => State::Idle,
        }
    }

    /// Sees to it that a connection is there or under way, unless the server is left alone or
    /// trying again is pointless. One attempt at a time, in a task of its own: whoever waits for
    /// it may stop waiting.
    fn ensure(self: &Arc<Self>) {
        let now = self.now();
        let mut status = self.status();
        let wanted = match &status.link {
            Link::Idle => true,
            Link::Failed(error) => !retry::permanent(error),
            Link::Up(session) => session.peer.is_transport_closed(),
            Link::Connecting { .. } | Link::Closed => false,
        };
        if !wanted || status.breaker.blocked(now).is_some() {
            return;
        }
        status.link = Link::Connecting { downloading: false };
        let greeting = if status.greets {
            Greeting::Initialize
        } else {
            Greeting::Ask
        };
        drop(status);
        self.tell(Event::Connecting);
        let (spec, closing) = (self.spec.clone(), self.closing.clone());
        tokio::spawn(attempt(spec, closing, greeting, Arc::downgrade(self)));
    }

    /// Waits until nothing is under way.
    async fn settle(&self) {
        let mut changed = self.changed.subscribe();
        loop {
            let busy = {
                let status = self.status();
                status.listing || matches!(status.link, Link::Connecting { .. })
            };
            if !busy || changed.changed().await.is_err() {
                return;
            }
        }
    }

    /// A session to call through.
    pub(crate) async fn session(self: &Arc<Self>) -> Result<Arc<Session>, CallError> {
        self.ensure();
        self.settle().await;
        let now = self.now();
        let status = self.status();
        match &status.link {
            Link::Up(session) => Ok(session.clone()),
            Link::Closed => Err(CallError::Unavailable(ConnectError::Closed)),
            link => Err(match (status.breaker.blocked(now), link) {
                (Some(retry_ms), _) => CallError::Blocked { retry_ms },
                (None, Link::Failed(error)) => CallError::Unavailable(error.clone()),
                _ => CallError::Unavailable(ConnectError::Ended {
                    stderr: String::new(),
                }),
            }),
        }
    }

    fn downloading(&self, line: String) {
        if let Link::Connecting { downloading } = &mut self.status().link {
            *downloading = true;
        }
        self.tell(Event::Downloading { line });
    }

    fn connected(self: &Arc<Self>, established: Established) {
        let (session, keeper, offer) = Session::of(established);
        let info = session.peer.peer_info();
        let instructions = info.and_then(|info| info.instructions.clone());
        let (tools, warnings) = (offer.tools.len(), offer.warnings.clone());
        let mut status = self.status();
        let wanted = matches!(status.link, Link::Connecting { .. });
        if wanted {
            status.greets = session.greets();
            status.instructions = instructions.map(Arc::from);
            status.offer = offer;
            status.breaker.succeeded(Kind::Connect);
            status.link = Link::Up(session.clone());
        } else {
            session.stop.cancel();
        }
        drop(status);
        let within = Duration::from_millis(self.spec.call_ms());
        tokio::spawn(keeper.keep(Arc::downgrade(self), within));
        self.changed.send_replace(());
        if wanted {
            warnings.into_iter().for_each(|line| self.warn(line));
            self.tell(Event::Connected { tools });
        }
    }

    fn not_connected(&self, error: ConnectError) {
        let reason = error.to_string();
        let now = self.now();
        let mut status = self.status();
        if !matches!(status.link, Link::Connecting { .. }) {
            return;
        }
        let blocked = (!retry::permanent(&error))
            .then(|| status.breaker.failed(Kind::Connect, now))
            .flatten();
        status.link = Link::Failed(error);
        drop(status);
        self.changed.send_replace(());
        self.tell(Event::Failed { reason });
        if let Some(retry_ms) = blocked {
            self.tell(Event::Blocked { retry_ms });
        }
    }

    /// Its session is over; one that is no longer in use was ended by us.
    pub(crate) fn ended(&self, session: &Arc<Session>, error: ConnectError) {
        let reason = error.to_string();
        if self.give_up(session, error) {
            self.tell(Event::Failed { reason });
        }
    }

    /// Stops using this session; whether it was in use.
    fn give_up(&self, session: &Arc<Session>, error: ConnectError) -> bool {
        let mut status = self.status();
        let in_use = matches!(&status.link, Link::Up(current) if Arc::ptr_eq(current, session));
        if in_use {
            status.link = Link::Failed(error);
            status.listing = false;
        }
        drop(status);
        session.stop.cancel();
        self.changed.send_replace(());
        in_use
    }

    pub(crate) fn listing(&self, session: &Arc<Session>, listing: bool) {
        let mut status = self.status();
        if matches!(&status.link, Link::Up(current) if Arc::ptr_eq(current, session)) {
            status.listing = listing;
        }
        drop(status);
        self.changed.send_replace(());
    }

    /// What a session offers now.
    pub(crate) fn offered(&self, session: &Arc<Session>, offer: Offer) {
        let (tools, warnings) = (offer.tools.len(), offer.warnings.clone());
        let mut status = self.status();
        if !matches!(&status.link, Link::Up(current) if Arc::ptr_eq(current, session)) {
            return;
        }
        let changed = status.offer.tools != offer.tools;
        status.offer = offer;
        drop(status);
        if changed {
            warnings.into_iter().for_each(|line| self.warn(line));
            self.tell(Event::ToolsChanged { tools });
        }
    }

    /// Notes how a call went: for the breaker, and whether the session can still be used.
    pub(crate) fn note<T>(&self, session: &Arc<Session>, outcome: &Result<T, CallError>) {
        let failed = match outcome {
            Ok(_) | Err(CallError::Refused { .. } | CallError::Malformed { .. }) => {
                self.status().breaker.succeeded(Kind::Call);
                return;
            }
            Err(CallError::TimedOut { .. }) => true,
            Err(CallError::NotSent { .. } | CallError::Lost { .. }) => {
                if session.program {
                    let stderr = String::new();
                    self.give_up(session, ConnectError::Ended { stderr });
                }
                session.first_loss()
            }
            Err(_) => false,
        };
        let now = self.now();
        if failed && let Some(retry_ms) = self.fail(now) {
            self.give_up(
                session,
                ConnectError::Ended {
                    stderr: String::new(),
                },
            );
            self.tell(Event::Blocked { retry_ms });
        }
    }

    fn fail(&self, now: u64) -> Option<u64> {
        self.status().breaker.failed(Kind::Call, now)
    }
}

/// One attempt to connect, until it is done or nobody is left who wants it.
async fn attempt(
    spec: Arc<ClientSpec>,
    closing: CancellationToken,
    greeting: Greeting,
    client: Weak<Inner>,
) {
    let report = |line| {
        if let Some(client) = client.upgrade() {
            client.downloading(line);
        }
    };
    let outcome = tokio::select! {
        biased;
        () = closing.cancelled() => return,
        outcome = connect(&spec, greeting, &closing, &report) => outcome,
    };
    match (client.upgrade(), outcome) {
        (Some(client), Ok(established)) => client.connected(established),
        (Some(client), Err(error)) => client.not_connected(error),
        (None, _) => {}
    }
}
