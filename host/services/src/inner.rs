//! What stands behind [`Lent`](crate::Lent): a loan, and its state while the run goes on.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use config::{AgentPlan, ServicesPlan};
use mcp::{Client, RemoteTool, State};
use permissions::{Decision, Phase, Policy};
use workspace::Files;

use crate::audit::{Audit, Entry};
use crate::briefing::Briefing;
use crate::catalogue::Catalogue;
use crate::grants::Grants;
use crate::mask::Mask;
use crate::offers::{self, offers};
use crate::program::Means;
use crate::ruling::Asked;
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
    pub(crate) programs: Means,
}

/// One agent's loan, and what changes while the run goes on.
pub(crate) struct Inner {
    pub(crate) agent: String,
    pub(crate) plan: ServicesPlan,
    pub(crate) mask: Mask,
    pub(crate) loan: Loan,
    /// Write grants that are held.
    pub(crate) grants: Grants,
    pub(crate) notify: OnceLock<Notify>,
    /// Whether observers know that the audit log cannot be written.
    unrecorded: AtomicBool,
    listed: Mutex<Listed>,
}

/// The catalogue, and the lists it was made of.
#[derive(Default)]
struct Listed {
    lists: Vec<Arc<[RemoteTool]>>,
    catalogue: Option<Arc<Catalogue>>,
    /// Remarks that observers have heard.
    said: BTreeSet<String>,
}

impl Listed {
    /// Keeps a new catalogue; gives the remarks that nobody has heard.
    fn keep(&mut self, lists: Vec<Arc<[RemoteTool]>>, made: &Arc<Catalogue>) -> Vec<String> {
        self.lists = lists;
        self.catalogue = Some(Arc::clone(made));
        let remarks = made.remarks.iter().cloned();
        remarks.filter(|it| self.said.insert(it.clone())).collect()
    }
}

impl Inner {
    pub(crate) fn new(agent: &AgentPlan, loan: Loan) -> Self {
        Self {
            agent: agent.id.to_string(),
            plan: agent.services.clone(),
            mask: Mask::of(&agent.services),
            loan,
            grants: Grants::default(),
            listed: Mutex::default(),
            notify: OnceLock::new(),
            unrecorded: AtomicBool::new(false),
        }
    }

    /// Puts a decision on record.
    ///
    /// # Errors
    ///
    /// That this cannot be done, for the model; observers hear of it once.
    pub(crate) fn record(
        &self,
        asked: &Asked,
        phase: Phase,
        decision: &Decision,
    ) -> Result<(), String> {
        let entry = Entry {
            time: jiff::Timestamp::now().to_string(),
            agent: &self.agent,
            call: &asked.id,
            phase,
            server: &asked.server,
            tool: &asked.tool,
            decision,
        };
        self.loan.audit.write(&entry, &self.mask).map_err(|error| {
            let text = format!("the audit log cannot be written: {error}");
            if !self.unrecorded.swap(true, Ordering::Relaxed) {
                self.say(Notice::Warning(format!(
                    "{text}; no tool is called without it"
                )));
            }
            format!("Permission check failed: {text}")
        })
    }

    /// Tells observers, without secrets.
    pub(crate) fn say(&self, notice: Notice) {
        if let Some(notify) = self.notify.get() {
            notify(notices::masked(notice, &self.mask));
        }
    }

    /// Tells observers, unless they have heard it.
    pub(crate) fn warn_once(&self, text: String) {
        let mut listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        let new = listed.said.insert(text.clone());
        drop(listed);
        if new {
            self.say(Notice::Warning(text));
        }
    }

    /// All tools that are known now; made anew only when a server's list changed.
    pub(crate) fn catalogue(&self) -> Arc<Catalogue> {
        let lists: Vec<_> = self.loan.clients.iter().map(Client::tools).collect();
        let (catalogue, new) = {
            let mut listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
            match &listed.catalogue {
                Some(known) if offers::are_same(&listed.lists, &lists) => {
                    (Arc::clone(known), Vec::new())
                }
                _ => {
                    let made = Arc::new(self.catalogue_of(&lists));
                    let new = listed.keep(lists, &made);
                    (made, new)
                }
            }
        };
        new.into_iter().for_each(|it| self.say(Notice::Warning(it)));
        catalogue
    }

    fn catalogue_of(&self, lists: &[Arc<[RemoteTool]>]) -> Catalogue {
        let mut remarks = Vec::new();
        let offers = offers(self, lists, &mut remarks);
        let mut made = Catalogue::of(offers, &self.plan.filter);
        made.remarks.extend(remarks);
        made
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

    pub(crate) fn is_blocked(&self, server: &str) -> bool {
        let state = self.client(server).map(Client::state);
        matches!(state, Some(State::Blocked { .. }))
    }
}
