//! What all handles of one server share: its state, its breaker, what it offers, its tasks.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::breaker::{Begun, Breaker};
use crate::connect::{Established, Greeting, connect};
use crate::listing::Offer;
use crate::ration::{Ration, Share};
use crate::retry;
use crate::session::Session;
use crate::{CallError, ClientSpec, ConnectError, Event, Hints, State};

/// How long an end may take: closing input, SIGTERM and SIGKILL have their own times within.
const END: Duration = Duration::from_secs(6);
/// How long lists that are being read again are waited for before the old ones are used.
const LISTED: Duration = Duration::from_millis(500);

type Notify = Arc<dyn Fn(Event) + Send + Sync>;

/// What all clones share.
pub(crate) struct Shared {
    pub(crate) spec: Arc<ClientSpec>,
    notify: OnceLock<Notify>,
    rations: Rations,
    status: Mutex<Status>,
    /// Changes with every change of the status that somebody may wait for.
    changed: watch::Sender<()>,
    closing: CancellationToken,
    tasks: TaskTracker,
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
    /// Its first start has come to an end, whichever.
    started: bool,
}

/// How much more observers hear of each kind that a server may say as often as it likes.
#[derive(Default)]
struct Rations {
    declined: Ration,
    warnings: Ration,
    downloads: Ration,
    changes: Ration,
}

impl Rations {
    /// None for the steps of a connection: the breaker bounds them.
    fn of(&self, event: &Event) -> Option<&Ration> {
        match event {
            Event::Declined { .. } => Some(&self.declined),
            Event::Warning(_) => Some(&self.warnings),
            Event::Downloading { .. } => Some(&self.downloads),
            Event::ToolsChanged { .. } => Some(&self.changes),
            Event::Connecting
            | Event::Connected { .. }
            | Event::Failed { .. }
            | Event::Blocked { .. } => None,
        }
    }
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

/// A call's leave to be made. While the breaker is half open there is one.
pub(crate) struct Leave {
    shared: Arc<Shared>,
    begun: Begun,
}

impl Drop for Leave {
    fn drop(&mut self) {
        self.shared.status().breaker.over(self.begun);
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.closing.cancel();
    }
}

impl Shared {
    pub(crate) fn new(spec: ClientSpec) -> Self {
        Self {
            spec: Arc::new(spec),
            notify: OnceLock::new(),
            rations: Rations::default(),
            status: Mutex::default(),
            changed: watch::Sender::new(()),
            closing: CancellationToken::new(),
            tasks: TaskTracker::new(),
            born: Instant::now(),
        }
    }

    pub(crate) fn start(self: &Arc<Self>, notify: Notify) {
        let _ = self.notify.set(notify);
        self.ensure();
    }

    /// Ends what runs and waits for it; nothing begins any more.
    pub(crate) async fn close(&self) {
        let link = std::mem::replace(&mut self.status().link, Link::Closed);
        self.changed.send_replace(());
        let end = async {
            if let Link::Up(session) = link {
                session.finish().await;
            }
            self.closing.cancel();
            self.tasks.close();
            self.tasks.wait().await;
        };
        if timeout(END, end).await.is_err() {
            tracing::warn!(server = %self.spec.server.name, "an MCP server did not end in time");
        }
    }

    fn status(&self) -> MutexGuard<'_, Status> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn tell(&self, event: Event) {
        let Some(notify) = self.notify.get() else {
            return;
        };
        let share = self.rations.of(&event).map_or(Share::Told, Ration::take);
        if share == Share::LeftOut {
            return;
        }
        notify(event);
        if share == Share::Last {
            notify(Event::Warning(
                "it says too much; more of this kind is left out".into(),
            ));
        }
    }

    pub(crate) fn warn(&self, line: String) {
        self.tell(Event::Warning(line));
    }

    pub(crate) fn declined(&self, message: String) {
        self.tell(Event::Declined { message });
    }

    pub(crate) fn offer(&self) -> Offer {
        self.status().offer.clone()
    }

    pub(crate) fn instructions(&self) -> Option<Arc<str>> {
        self.status().instructions.clone()
    }

    /// The hints of a tool; of an unknown one nothing is known.
    pub(crate) fn hints(&self, tool: &str) -> Hints {
        let tools = self.offer().tools;
        let found = tools.iter().find(|known| known.name == tool);
        found.map(|tool| tool.hints).unwrap_or_default()
    }

    pub(crate) fn state(&self) -> State {
        let now = self.now();
        let status = self.status();
        match (&status.link, status.breaker.blocked(now)) {
            (Link::Closed, _) => State::Closed,
            (Link::Connecting { downloading: false }, _) => State::Connecting,
            (Link::Connecting { downloading: true }, _) => State::Downloading,
            (_, Some(retry_ms)) => State::Blocked { retry_ms },
            (Link::Up(_), None) => State::Connected,
            (Link::Failed(error), None) => State::Failed(error.clone()),
            (Link::Idle, None) => State::Idle,
        }
    }

    /// Sees to it that a connection is there or under way, unless the server is left alone or
    /// trying again is pointless. One attempt at a time, in a task of its own: whoever waits for
    /// it may stop waiting.
    pub(crate) fn ensure(self: &Arc<Self>) {
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
        status.listing = false;
        let begun = status.breaker.connecting();
        let greeting = if status.greets {
            Greeting::Initialize
        } else {
            Greeting::Ask
        };
        drop(status);
        self.tell(Event::Connecting);
        let (spec, closing) = (self.spec.clone(), self.closing.clone());
        let attempt = attempt(spec, closing, greeting, (Arc::downgrade(self), begun));
        self.tasks.spawn(attempt);
    }

    /// Waits until no connection is being made.
    pub(crate) async fn settle(&self) {
        self.until(|status| !matches!(status.link, Link::Connecting { .. }))
            .await;
    }

    /// Waits until its first start is over.
    pub(crate) async fn started(&self) {
        self.until(|status| status.started || !matches!(status.link, Link::Connecting { .. }))
            .await;
    }

    /// Waits a moment for lists that are being read again.
    pub(crate) async fn listed(&self) {
        let _ = timeout(LISTED, self.until(|status| !status.listing)).await;
    }

    async fn until(&self, holds: impl Fn(&Status) -> bool) {
        let mut changed = self.changed.subscribe();
        while !holds(&self.status()) {
            if changed.changed().await.is_err() {
                return;
            }
        }
    }

    /// A session to call through, and the leave to do so once. A connection that is not there
    /// within this time goes on being made.
    pub(crate) async fn session(
        self: &Arc<Self>,
        within: Duration,
    ) -> Result<(Arc<Session>, Leave), CallError> {
        self.ensure();
        if timeout(within, self.settle()).await.is_err() {
            return Err(CallError::Unavailable(ConnectError::TimedOut {
                after_ms: u64::try_from(within.as_millis()).unwrap_or(u64::MAX),
                stderr: String::new(),
            }));
        }
        let now = self.now();
        let mut status = self.status();
        let status = &mut *status;
        match &status.link {
            Link::Up(session) => {
                let begun = status.breaker.calling(now);
                let begun = begun.map_err(|retry_ms| CallError::Blocked { retry_ms })?;
                let shared = self.clone();
                Ok((session.clone(), Leave { shared, begun }))
            }
            Link::Closed => Err(CallError::Unavailable(ConnectError::Closed)),
            link => Err(match (status.breaker.blocked(now), link) {
                (Some(retry_ms), _) => CallError::Blocked { retry_ms },
                (None, Link::Failed(error)) => CallError::Unavailable(error.clone()),
                _ => CallError::Unavailable(gone("it is not connected")),
            }),
        }
    }

    fn downloading(&self, line: String) {
        if let Link::Connecting { downloading } = &mut self.status().link {
            *downloading = true;
        }
        self.tell(Event::Downloading { line });
    }

    fn connected(self: &Arc<Self>, established: Established, begun: Begun) {
        let (session, keeper, offer) = Session::of(established);
        let info = session.peer.peer_info();
        let instructions = info.and_then(|info| info.instructions.clone());
        let (tools, warnings) = (offer.tools.len(), offer.warnings.clone());
        let mut status = self.status();
        let wanted = matches!(status.link, Link::Connecting { .. });
        status.started = true;
        if wanted {
            status.greets = session.greets();
            status.instructions = instructions.map(Arc::from);
            status.offer = offer;
            status.breaker.succeeded(begun);
            status.link = Link::Up(session.clone());
        } else {
            session.stop.cancel();
        }
        drop(status);
        let within = Duration::from_millis(self.spec.call_ms());
        self.tasks.spawn(keeper.keep(Arc::downgrade(self), within));
        self.changed.send_replace(());
        if wanted {
            warnings.into_iter().for_each(|line| self.warn(line));
            self.tell(Event::Connected { tools });
        }
    }

    fn not_connected(&self, error: ConnectError, begun: Begun) {
        let reason = error.told(&self.spec.server.name);
        let now = self.now();
        let mut status = self.status();
        if !matches!(status.link, Link::Connecting { .. }) {
            return;
        }
        let blocked = (!retry::permanent(&error))
            .then(|| status.breaker.failed(begun, now))
            .flatten();
        status.started = true;
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
        let reason = error.told(&self.spec.server.name);
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
        let session = session.clone();
        self.tasks.spawn(async move { session.finish().await });
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
    pub(crate) fn note<T>(
        &self,
        session: &Arc<Session>,
        leave: &Leave,
        outcome: &Result<T, CallError>,
    ) {
        let failed = match outcome {
            Ok(_) | Err(CallError::Refused { .. } | CallError::Malformed { .. }) => {
                self.status().breaker.succeeded(leave.begun);
                return;
            }
            Err(CallError::TimedOut { .. }) => true,
            Err(CallError::NotSent { .. } | CallError::Lost { .. }) => {
                if session.program {
                    self.give_up(session, gone("the connection broke"));
                }
                session.first_loss()
            }
            Err(_) => false,
        };
        let now = self.now();
        if failed && let Some(retry_ms) = self.fail(leave.begun, now) {
            self.give_up(session, gone("it failed again and again"));
            self.tell(Event::Blocked { retry_ms });
        }
    }

    fn fail(&self, begun: Begun, now: u64) -> Option<u64> {
        self.status().breaker.failed(begun, now)
    }
}

fn gone(status: &str) -> ConnectError {
    ConnectError::Ended {
        status: status.to_owned(),
        stderr: String::new(),
    }
}

/// One attempt to connect, until it is done or nobody is left who wants it.
async fn attempt(
    spec: Arc<ClientSpec>,
    closing: CancellationToken,
    greeting: Greeting,
    (client, begun): (Weak<Shared>, Begun),
) {
    let report = |line| {
        if let Some(client) = client.upgrade() {
            client.downloading(line);
        }
    };
    let mut unfinished = Unfinished(Some(client.clone()), begun);
    let outcome = tokio::select! {
        biased;
        () = closing.cancelled() => return,
        outcome = connect(&spec, greeting, &closing, &report) => outcome,
    };
    unfinished.0 = None;
    match (client.upgrade(), outcome) {
        (Some(client), Ok(established)) => client.connected(established, begun),
        (Some(client), Err(error)) => client.not_connected(error, begun),
        (None, _) => {}
    }
}

/// An attempt that has no outcome yet. Should it end without one, by a panic, nobody may wait for
/// it for ever.
struct Unfinished(Option<Weak<Shared>>, Begun);

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(client) = self.0.take().and_then(|client| client.upgrade()) {
            client.not_connected(gone("its start was given up"), self.1);
        }
    }
}
