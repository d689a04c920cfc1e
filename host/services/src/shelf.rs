//! Where the team keeps its snapshots, and where each agent finds those of the others.
//!
//! A folder that a user names is taken only when it is empty or ours: it will be emptied. Otherwise
//! the run's own folder serves, and the user is told.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use config::{AgentPlan, RunPlan, TeamFolders, folder_name};
use events::{AgentId, Label};
use workspace::{KeepOff, OwnedFolder, SnapshotCaps, snapshot};

use crate::{LendError, lender};

/// The shelf of a run.
#[derive(Debug)]
pub(crate) struct Shelf {
    snapshots: Arc<OwnedFolder>,
    /// Parent of each agent's references.
    references: Arc<OwnedFolder>,
    /// Folder names in the store, in registration order.
    names: Arc<[(Label, String)]>,
    remarks: Mutex<Vec<String>>,
}

impl Shelf {
    pub(crate) fn open(plan: &RunPlan, run: &Path, off: &KeepOff) -> Result<Self, LendError> {
        let TeamFolders {
            snapshots,
            references,
        } = &plan.folders;
        let mut remarks = Vec::new();
        let snapshots = claim(
            snapshots.as_deref(),
            &run.join("snapshots"),
            off,
            &mut remarks,
        )?;
        let parent = claim(
            references.as_deref(),
            &run.join("references"),
            off,
            &mut remarks,
        )?;
        let name = |(n, agent): (usize, &AgentPlan)| (lender::label(n), folder_name(&agent.id));
        Ok(Self {
            snapshots: Arc::new(snapshots),
            references: Arc::new(parent),
            names: plan.agents.iter().enumerate().map(name).collect(),
            remarks: Mutex::new(remarks),
        })
    }

    /// What the user should know; said once.
    pub(crate) fn take_remarks(&self) -> Vec<String> {
        std::mem::take(&mut *self.remarks.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The folder in which this agent finds the others' work. Its parent is ours already, wherever
    /// that lies.
    pub(crate) fn references_of(&self, agent: &AgentId) -> Result<OwnedFolder, LendError> {
        let path = self.references.path().join(folder_name(agent));
        OwnedFolder::claim(&path, &KeepOff::default())
            .map_err(|source| LendError::Folder { path, source })
    }

    /// One agent's place on the shelf.
    pub(crate) fn of(&self, agent: &AgentPlan, references: Option<OwnedFolder>) -> Place {
        Place {
            snapshots: Arc::clone(&self.snapshots),
            names: Arc::clone(&self.names),
            name: folder_name(&agent.id),
            references,
            _parent: Arc::clone(&self.references),
        }
    }
}

/// The folder that the user names, if it may be emptied, else our own.
fn claim(
    named: Option<&Path>,
    own: &Path,
    off: &KeepOff,
    remarks: &mut Vec<String>,
) -> Result<OwnedFolder, LendError> {
    if let Some(named) = named {
        match OwnedFolder::claim(named, off) {
            Ok(folder) => return Ok(folder),
            Err(error) => remarks.push(format!(
                "{} is not used, since it would be emptied: {error}; {} serves instead",
                named.display(),
                own.display()
            )),
        }
    }
    // The run's own folder may lie in the user's; nothing but this run is in it.
    OwnedFolder::claim(own, &KeepOff::default()).map_err(|source| LendError::Folder {
        path: own.to_owned(),
        source,
    })
}

/// One agent's place on the shelf.
#[derive(Debug)]
pub(crate) struct Place {
    snapshots: Arc<OwnedFolder>,
    names: Arc<[(Label, String)]>,
    name: String,
    references: Option<OwnedFolder>,
    /// Held, so that no other run takes it.
    _parent: Arc<OwnedFolder>,
}

impl Place {
    /// Where the agent finds the others' work.
    pub(crate) fn references(&self) -> Option<&Path> {
        self.references.as_ref().map(OwnedFolder::path)
    }

    /// Puts a copy of the workspace on the shelf; blocks. Gives warnings.
    pub(crate) fn put(&self, workspace: &Path) -> Vec<String> {
        let taken = snapshot::take(
            workspace,
            &self.snapshots,
            &self.name,
            &SnapshotCaps::default(),
        );
        said(taken, "the snapshot before is kept")
    }

    /// Takes copies of these agents' snapshots down for this agent; blocks. Gives warnings.
    pub(crate) fn show(&self, of: &[Label]) -> Vec<String> {
        let Some(references) = &self.references else {
            return Vec::new();
        };
        let wanted = self.names.iter().filter(|(label, _)| of.contains(label));
        let wanted: Vec<_> = wanted
            .map(|(label, name)| (label.to_string(), self.snapshots.path().join(name)))
            .collect();
        let shown = snapshot::show(&wanted, references, &SnapshotCaps::default());
        said(shown, "the copies before are kept")
    }
}

fn said(
    outcome: Result<snapshot::SnapshotReport, workspace::FileError>,
    otherwise: &str,
) -> Vec<String> {
    match outcome {
        Ok(report) => report.warnings,
        Err(error) => vec![format!("{error}; {otherwise}")],
    }
}
