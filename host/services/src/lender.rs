//! What a run lends, and to whom: made once, before the run begins.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use config::{AgentPlan, ContextPath, RunPlan, ServicesPlan, folder_name};
use events::Label;
use mcp::Environment;
use permissions::{Context, Policy, Spec};
use workspace::{Files, FilesSpec, Journal, KeepOff, Limits, OwnedFolder};

use crate::audit::Audit;
use crate::inner::{Inner, Loan};
use crate::mask::Mask;
use crate::program::{Means, ProgramTape};
use crate::shelf::Shelf;
use crate::tape::{self, Recorder, Replay};
use crate::{LendError, Lent, ToolTape, servers};

/// Places that a run gives to its services.
#[derive(Debug, Clone)]
pub struct Places {
    /// The run's own folder.
    pub run: PathBuf,
    /// Where tokens of remote servers are kept; absent: nowhere.
    pub tokens: Option<PathBuf>,
    /// The program itself, to be started as a launcher.
    pub program: PathBuf,
    /// The user's home.
    pub home: Option<PathBuf>,
    /// Our own variables.
    pub environment: Environment,
    /// PEM file of further root certificates.
    pub ca_file: Option<PathBuf>,
    /// Whether tool calls are recorded, or repeated from a recording.
    pub tape: ToolTape,
}

impl Places {
    /// The log of all decisions.
    pub fn audit(&self) -> PathBuf {
        self.run.join("audit.jsonl")
    }

    /// What agents changed, to be undone.
    pub fn journal(run: &Path) -> PathBuf {
        run.join("journal")
    }
}

/// Lends to each agent of one run.
pub struct Lender {
    places: Places,
    /// Opened with the first workspace.
    journal: Option<Journal>,
    shelf: Option<Shelf>,
}

impl Lender {
    /// Prepares the folders that the whole team shares. Without any workspace there are none.
    ///
    /// # Errors
    ///
    /// A folder cannot be made.
    pub fn open(plan: &RunPlan, places: Places) -> Result<Self, LendError> {
        let is_live = !matches!(places.tape, ToolTape::Replay(_));
        let has_files = is_live && plan.agents.iter().any(|it| it.services.workspace.is_some());
        let (journal, shelf) = if has_files {
            let journal = Journal::open(&Places::journal(&places.run))?;
            let shelf = Shelf::open(plan, &places.run, &keep_off(plan, &places))?;
            (Some(journal), Some(shelf))
        } else {
            (None, None)
        };
        Ok(Self {
            places,
            journal,
            shelf,
        })
    }

    /// What this agent gets, and what the user should know about it. Nothing is started yet.
    ///
    /// # Errors
    ///
    /// A folder or file cannot be made, a sandbox cannot be had.
    pub fn lend(&self, agent: &AgentPlan) -> Result<(Lent, Vec<String>), LendError> {
        let services = &agent.services;
        if let ToolTape::Replay(folder) = &self.places.tape {
            let lent = replayed(agent, folder)?;
            let programs = ProgramTape::Replay(recorded_programs(folder, agent));
            return Ok((lent.with_programs(programs), Vec::new()));
        }
        let mut remarks = self
            .shelf
            .as_ref()
            .map_or_else(Vec::new, Shelf::take_remarks);
        let workspace = self.prepare(agent, &mut remarks)?;
        let references = match (&workspace, &self.shelf) {
            (Some(_), Some(shelf)) => Some(shelf.references_of(&agent.id)?),
            _ => None,
        };
        let policy = Policy::new(self.spec(services, workspace.as_deref(), references.as_ref()));
        let files = workspace
            .as_ref()
            .map(|it| self.files(agent, it, references.as_ref()));
        let reach = servers::Reach {
            agent,
            places: &self.places,
            workspace: workspace.as_deref(),
            references: references.as_ref().map(OwnedFolder::path),
        };
        let clients = servers::clients(&reach, &mut remarks)?;
        let programs = Means::of(&reach);
        let loan = Loan {
            policy,
            files: files.map(Arc::new),
            clients,
            audit: Audit::new(self.places.audit()),
            shelf: self
                .shelf
                .as_ref()
                .map(|it| Arc::new(it.of(agent, references))),
            recorder: self.recorder(agent).filter(|_| lends(services)),
            programs,
            workspace,
        };
        let lent = Lent::of(Inner::new(agent, loan));
        Ok((lent.with_programs(self.programs(agent)), remarks))
    }

    fn recorder(&self, agent: &AgentPlan) -> Option<Recorder> {
        let mask = Mask::of(&agent.services);
        match &self.places.tape {
            ToolTape::Record(folder) => Some(Recorder::new(recording(folder, agent), mask)),
            ToolTape::Off | ToolTape::Replay(_) => None,
        }
    }

    fn programs(&self, agent: &AgentPlan) -> ProgramTape {
        match &self.places.tape {
            ToolTape::Record(folder) => ProgramTape::Record(recorded_programs(folder, agent)),
            ToolTape::Off | ToolTape::Replay(_) => ProgramTape::Off,
        }
    }

    fn prepare(
        &self,
        agent: &AgentPlan,
        remarks: &mut Vec<String>,
    ) -> Result<Option<PathBuf>, LendError> {
        let Some(path) = &agent.services.workspace else {
            return Ok(None);
        };
        let prepared = workspace::prepare(path).map_err(|source| LendError::Workspace {
            path: path.clone(),
            source,
        })?;
        if prepared.found > 0 {
            remarks.push(format!(
                "the workspace {} of agent `{}` is not empty ({} entries); what is in it is kept",
                path.display(),
                agent.id,
                prepared.found
            ));
        }
        Ok(Some(prepared.path))
    }

    fn spec(
        &self,
        services: &ServicesPlan,
        workspace: Option<&Path>,
        references: Option<&OwnedFolder>,
    ) -> Spec {
        let references = references.map(|it| it.path().to_owned());
        let home = self.places.home.clone();
        let mut spec = policy_spec(services, workspace, references, home);
        // Whatever folder the log was put into: whoever takes a run back trusts its journal, and
        // what other agents do is nobody's business.
        spec.hidden.push(self.places.run.clone());
        spec
    }

    fn files(
        &self,
        agent: &AgentPlan,
        workspace: &Path,
        references: Option<&OwnedFolder>,
    ) -> Files {
        let contexts = agent
            .services
            .context_paths
            .iter()
            .map(|it| it.path.clone());
        let references = references.map(|it| it.path().to_owned());
        let own = std::iter::once(workspace.to_owned());
        Files::new(FilesSpec {
            workspace: workspace.to_owned(),
            limits: Limits::default(),
            journal: self.journal.as_ref().map(|it| it.of(agent.id.as_str())),
            allowed: own.chain(contexts).chain(references).collect(),
        })
    }
}

fn recording(folder: &Path, agent: &AgentPlan) -> PathBuf {
    tape::file(folder, &folder_name(&agent.id))
}

fn recorded_programs(folder: &Path, agent: &AgentPlan) -> PathBuf {
    folder.join(format!("{}.programs.jsonl", folder_name(&agent.id)))
}

/// Whether an agent has more than the policy's word, which needs no tape to be the same again.
fn lends(services: &ServicesPlan) -> bool {
    services.workspace.is_some()
        || !services.mcp_servers.is_empty()
        || !services.context_paths.is_empty()
        || !services.protected_paths.is_empty()
}

/// What an agent was lent in a recorded run.
fn replayed(agent: &AgentPlan, folder: &Path) -> Result<Lent, LendError> {
    if !lends(&agent.services) {
        return Ok(Lent::default());
    }
    let path = recording(folder, agent);
    match Replay::open(&path, Mask::of(&agent.services)) {
        Ok(Some(tape)) => Ok(Lent::replayed(tape, agent.services.limits.clone())),
        Ok(None) => Ok(Lent::default()),
        Err(source) => Err(LendError::Recording { path, source }),
    }
}

/// The label of the agent at this position, from 0.
pub(crate) fn label(position: usize) -> Label {
    Label::agent(u32::try_from(position + 1).unwrap_or(u32::MAX))
}

/// The policy's view of a plan.
pub(crate) fn policy_spec(
    services: &ServicesPlan,
    workspace: Option<&Path>,
    references: Option<PathBuf>,
    home: Option<PathBuf>,
) -> Spec {
    let context = |it: &ContextPath| Context {
        path: it.path.clone(),
        write: it.write,
    };
    Spec {
        workspace: workspace.map(Path::to_owned),
        references,
        contexts: services.context_paths.iter().map(context).collect(),
        protected: services.protected_paths.clone(),
        hidden: Vec::new(),
        home,
        context_write_always: services.context_write_always,
    }
}

/// What may never be emptied, nor anything near it.
fn keep_off(plan: &RunPlan, places: &Places) -> KeepOff {
    let services = plan.agents.iter().map(|it| &it.services);
    let users = services.flat_map(|it| {
        let contexts = it.context_paths.iter().map(|it| it.path.clone());
        it.workspace.clone().into_iter().chain(contexts)
    });
    KeepOff {
        home: places.home.clone(),
        process_dir: std::env::current_dir().ok(),
        users: users.collect(),
    }
}
