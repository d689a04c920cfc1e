//! A connected server: what calls need of it, and the task that keeps it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use rmcp::model::{ServerCapabilities, ServerNotification, SubscriptionFilter};
use rmcp::service::{Peer, RoleClient, RunningService};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::ConnectError;
use crate::connect::{Established, Program};
use crate::handler::Handler;
use crate::listing::{Offer, offer};
use crate::pipe::Fault;
use crate::shared::Shared;

/// How long a lost call waits to learn how its server ended.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// How long a session that ends waits until its server is told of calls that nobody waits for.
const NOTICES: Duration = Duration::from_millis(200);
/// The least time between two readings of its lists, however often they change.
const BETWEEN_LISTS: Duration = Duration::from_secs(1);

/// A connected server.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) peer: Peer<RoleClient>,
    pub(crate) handler: Handler,
    /// Ends it at once; see [`finish`](Self::finish).
    pub(crate) stop: CancellationToken,
    /// No call waits any more once this is cancelled.
    pub(crate) finishing: CancellationToken,
    /// Calls under way, each up to its notice that nobody waits for it.
    pub(crate) calls: TaskTracker,
    /// How it ended, once its processes have.
    end: watch::Sender<Option<String>>,
    /// Whether it is a program; a failed write is its end then.
    pub(crate) program: bool,
    fault: Fault,
    charged: AtomicBool,
}

impl Session {
    /// Takes over what was established: the session, its keeper's part, and what it offers.
    pub(crate) fn of(established: Established) -> (Arc<Self>, Keeper, Offer) {
        let session = Arc::new(Self {
            peer: established.running.peer().clone(),
            handler: established.running.service().clone(),
            stop: established.stop,
            finishing: CancellationToken::new(),
            calls: TaskTracker::new(),
            end: watch::Sender::default(),
            program: established.program.is_some(),
            fault: established.fault,
            charged: AtomicBool::new(false),
        });
        let keeper = Keeper {
            session: session.clone(),
            running: established.running,
            declined: established.declined,
            program: established.program,
        };
        (session, keeper, established.offer)
    }

    /// Whether this loss of the connection is the first that is counted: a program that dies takes
    /// all calls with it, which is one failure.
    pub(crate) fn first_loss(&self) -> bool {
        !self.program || !self.charged.swap(true, Ordering::Relaxed)
    }

    /// Whether its protocol has the greeting that all revisions but the newest have.
    pub(crate) fn greets(&self) -> bool {
        self.peer
            .peer_info()
            .is_none_or(|info| info.protocol_version.has_initialize())
    }

    /// Ends it, after its server was told of calls under way; one that does not read what it is
    /// told is not waited for.
    pub(crate) async fn finish(&self) {
        self.finishing.cancel();
        self.calls.close();
        let _ = timeout(NOTICES, self.calls.wait()).await;
        self.stop.cancel();
    }

    /// Why its calls are lost.
    pub(crate) fn fault(&self) -> &'static str {
        self.fault.get().copied().unwrap_or("its session ended")
    }

    /// How the program ended, when it does so within a second: who lost a call wants to know.
    pub(crate) async fn last_words(&self) -> Option<String> {
        let mut end = self.end.subscribe();
        let told = timeout(LAST_WORDS, end.wait_for(Option::is_some)).await;
        told.ok()?.ok()?.clone()
    }

    fn capabilities(&self) -> ServerCapabilities {
        let info = self.peer.peer_info();
        info.map(|info| info.capabilities.clone())
            .unwrap_or_default()
    }
}

/// Waits for what a session tells and for its end.
pub(crate) struct Keeper {
    session: Arc<Session>,
    running: RunningService<RoleClient, Handler>,
    declined: mpsc::Receiver<String>,
    program: Option<Program>,
}

impl Keeper {
    /// Until the session has ended and its processes are gone.
    pub(crate) async fn keep(self, client: Weak<Shared>, list_within: Duration) {
        let Self {
            session,
            running,
            mut declined,
            program,
        } = self;
        let mut listeners = JoinSet::new();
        listeners.spawn(listen(session.clone()));
        listeners.spawn(refreshes(session.clone(), client.clone(), list_within));
        let mut end = std::pin::pin!(running.waiting());
        loop {
            tokio::select! {
                biased;
                _ = &mut end => break,
                Some(message) = declined.recv() => {
                    if let Some(client) = client.upgrade() {
                        client.declined(message);
                    }
                }
            }
        }
        let (status, stderr) = match program {
            Some(mut program) => program.end().await,
            None => ("the connection was closed".to_owned(), String::new()),
        };
        let status = session
            .fault
            .get()
            .map_or(status, |&fault| fault.to_owned());
        let error = ConnectError::Ended { status, stderr };
        session.end.send_replace(Some(error.to_string()));
        if let Some(client) = client.upgrade() {
            client.ended(&session, error);
        }
    }
}

/// Reads the lists again when they changed. What changes meanwhile is read after a pause: a server
/// may tell of a change with each list it gives.
async fn refreshes(session: Arc<Session>, client: Weak<Shared>, within: Duration) {
    loop {
        session.handler.signals.changed.notified().await;
        refresh(&session, &client, within).await;
        sleep(BETWEEN_LISTS).await;
    }
}

async fn refresh(session: &Arc<Session>, client: &Weak<Shared>, within: Duration) {
    if let Some(client) = client.upgrade() {
        client.listing(session, true);
    }
    let has = session.capabilities();
    let listed = timeout(within, offer(&session.peer, &has)).await;
    let Some(client) = client.upgrade() else {
        return;
    };
    client.listing(session, false);
    match listed {
        Ok(Ok(offer)) => client.offered(session, offer),
        Ok(Err(error)) => client.warn(format!("its changed tools cannot be listed: {error}")),
        Err(_) => client.warn("its changed tools could not be listed in time".into()),
    }
}

/// The newest revision tells of changed lists only to who asks for it.
async fn listen(session: Arc<Session>) {
    let has = session.capabilities();
    let mut wanted = SubscriptionFilter::new();
    let changes = |flag: Option<bool>| flag.filter(|flag| *flag);
    wanted.tools_list_changed = has.tools.and_then(|tools| changes(tools.list_changed));
    wanted.prompts_list_changed = has
        .prompts
        .and_then(|prompts| changes(prompts.list_changed));
    wanted.resources_list_changed = has.resources.and_then(|all| changes(all.list_changed));
    if session.greets() || wanted == SubscriptionFilter::new() {
        return;
    }
    let mut subscription = match session.peer.listen(wanted).await {
        Ok(subscription) => subscription,
        Err(error) => {
            tracing::debug!(%error, "an MCP server does not tell of changed lists");
            return;
        }
    };
    while let Ok(Some(notification)) = subscription.next().await {
        if matches!(
            notification,
            ServerNotification::ToolListChangedNotification(_)
                | ServerNotification::PromptListChangedNotification(_)
                | ServerNotification::ResourceListChangedNotification(_)
        ) {
            session.handler.signals.changed.notify_one();
        }
    }
}
