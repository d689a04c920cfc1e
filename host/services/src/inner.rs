//! What stands behind [`Lent`](crate::Lent): a loan, and its state while the run goes on.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use config::{AgentPlan, ServicesPlan};
use mcp::{Client, RemoteTool, State};
use permissions::{Phase, Policy};
use workspace::Files;

use crate::audit::Audit;
use crate::briefing::Briefing;
use crate::catalogue::Catalogue;
use crate::mask::Mask;
use crate::offers::{self, offers};
use crate::shelf::Place;
use crate::tape::{Offered, Recorder};
use crate::{Notice, notices};

/// Who hears of notices.
pub(crate) type Notify = Arc<dyn Fn(Notice) + Send + Sync>;

/// What is lent to an agent.
pub(crate) struct Loan {
    pub(crate) policy: Policy,
    /// The agent's own folder, links resolved.
    pub(crate) workspace: Option<PathBuf>,
    /// Present when there is a workspace.
    pub(crate) files: Option<Arc<Files>>,
    /// In the order of the plan's servers.
    pub(crate) clients: Vec<Client>,
    pub(crate) audit: Audit,
    pub(crate) shelf: Option<Arc<Place>>,
    pub(crate) recorder: Option<Recorder>,
}

/// One agent's loan, and what changes while the run goes on.
pub(crate) struct Inner {
    pub(crate) agent: String,
    pub(crate) plan: ServicesPlan,
    pub(crate) mask: Mask,
    pub(crate) loan: Loan,
    /// Write grants that are held.
    pub(crate) grants: AtomicUsize,
    pub(crate) notify: OnceLock<Notify>,
    listed: Mutex<Listed>,
}

/// The catalogue, and the lists it was made of.
#[derive(Default)]
struct Listed {
    lists: Vec<Arc<[RemoteTool]>>,
    catalogue: Option<Arc<Catalogue>>,
}

impl Inner {
    pub(crate) fn new(agent: &AgentPlan, loan: Loan) -> Self {
        Self {
            agent: agent.id.to_string(),
            plan: agent.services.clone(),
            mask: Mask::of(&agent.services),
            loan,
            grants: AtomicUsize::new(0),
            listed: Mutex::default(),
            notify: OnceLock::new(),
        }
    }

    pub(crate) fn phase(&self) -> Phase {
        match self.grants.load(Ordering::SeqCst) {
            0 => Phase::Coordination,
            _ => Phase::Presentation,
        }
    }

    /// Tells observers, without secrets.
    pub(crate) fn say(&self, notice: Notice) {
        if let Some(notify) = self.notify.get() {
            notify(notices::masked(notice, &self.mask));
        }
    }

    /// All tools that are known now; made anew only when a server's list changed.
    pub(crate) fn catalogue(&self) -> Arc<Catalogue> {
        let lists: Vec<_> = self.loan.clients.iter().map(Client::tools).collect();
        let (catalogue, is_new) = {
            let mut listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
            match &listed.catalogue {
                Some(known) if offers::are_same(&listed.lists, &lists) => {
                    (Arc::clone(known), false)
                }
                _ => {
                    let made = Arc::new(Catalogue::of(offers(self, &lists), &self.plan.filter));
                    *listed = Listed {
                        lists,
                        catalogue: Some(Arc::clone(&made)),
                    };
                    (made, true)
                }
            }
        };
        if is_new {
            let remarks = catalogue.remarks.iter().cloned();
            remarks.for_each(|it| self.say(Notice::Warning(it)));
        }
        catalogue
    }

    /// The client of a server.
    pub(crate) fn client(&self, server: &str) -> Option<&Client> {
        self.loan.clients.iter().find(|it| it.name() == server)
    }

    /// What a model is offered now.
    pub(crate) fn offered(&self) -> Offered {
        let catalogue = self.catalogue();
        let tools = catalogue.tools(|server| self.is_blocked(server));
        let names = tools.iter().map(|it| it.name.clone());
        Offered {
            read_only: names.filter(|it| catalogue.is_read_only(it)).collect(),
            briefing: self.briefing(),
            workspace: self.workspace().map(Path::to_owned),
            tools,
        }
    }

    pub(crate) fn briefing(&self) -> Option<String> {
        let instructions = |it: &Client| Some((it.name().to_owned(), it.instructions()?));
        let said: Vec<_> = self.loan.clients.iter().filter_map(instructions).collect();
        let servers = said.iter().map(|(name, it)| (&**name, self.mask.text(it)));
        let briefing = Briefing {
            plan: &self.plan,
            references: self.loan.shelf.as_deref().and_then(Place::references),
            servers: servers.collect(),
        };
        briefing.text()
    }

    pub(crate) fn workspace(&self) -> Option<&Path> {
        self.loan.workspace.as_deref()
    }

    fn is_blocked(&self, server: &str) -> bool {
        let state = self.client(server).map(Client::state);
        matches!(state, Some(State::Blocked { .. }))
    }
}
