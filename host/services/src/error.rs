//! Why an agent cannot be lent what it was promised.

use std::path::PathBuf;

/// A run cannot begin with this configuration on this machine.
#[derive(Debug, thiserror::Error)]
pub enum LendError {
    /// The workspace cannot be used.
    #[error("the workspace {}: {source}", path.display())]
    Workspace {
        /// As configured.
        path: PathBuf,
        /// Why not.
        source: workspace::FolderError,
    },
    /// A folder for the others' work cannot be made.
    #[error("the folder {}: {source}", path.display())]
    Folder {
        /// Which one.
        path: PathBuf,
        /// Why not.
        source: workspace::FolderError,
    },
    /// The recording of a run cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Recording {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The journal cannot be kept.
    #[error(transparent)]
    Journal(#[from] workspace::JournalError),
    /// A server must run in a sandbox, and there is none.
    #[error("the MCP server `{server}` must run in a sandbox: {source}")]
    Sandbox {
        /// The server's name.
        server: String,
        /// What is missing.
        source: sandbox::Error,
    },
}

impl LendError {
    /// What the user can do.
    pub fn hint(&self) -> String {
        match self {
            Self::Workspace { .. } => "name another folder in `cwd`".into(),
            Self::Folder { .. } => {
                "name another folder in `snapshot_storage` or `agent_temporary_workspace`".into()
            }
            Self::Journal(_) => "make room or name another folder: `--log-dir DIR`".into(),
            Self::Recording { .. } => "name another run: `--replay RUN`".into(),
            Self::Sandbox { .. } => {
                "`sandbox: warn` starts it as far as the kernel can hold it".into()
            }
        }
    }
}
