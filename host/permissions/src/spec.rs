//! What an agent may touch, as configured.

use std::path::PathBuf;

/// The paths of one agent. All are absolute; they need not exist yet. The default has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spec {
    /// The agent's own folder: may be read and written, and relative paths start here.
    pub workspace: Option<PathBuf>,
    /// Where the agent finds the snapshots of others: may be read.
    pub references: Option<PathBuf>,
    /// Paths beside the workspace.
    pub contexts: Vec<Context>,
    /// May be read where something else permits it, never written.
    pub protected: Vec<PathBuf>,
    /// May not even be read, unless the workspace, the references or a context lie below it: the
    /// run's own folder, which holds what other agents do.
    pub hidden: Vec<PathBuf>,
    /// What `~` stands for; absent: paths with `~` are refused.
    pub home: Option<PathBuf>,
    /// Contexts have their configured permission from the start, not only in the presentation.
    pub context_write_always: bool,
}

/// A path beside the workspace (services §4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// A folder, or a single file: then exactly that file.
    pub path: PathBuf,
    /// Configured with `permission: write`.
    pub write: bool,
}

/// How far the run is. Contexts configured for write can be written only in the presentation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Agents answer and vote.
    #[default]
    Coordination,
    /// The winner presents.
    Presentation,
}
