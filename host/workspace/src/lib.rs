//! Files of an agent: the file tools, snapshots, the journal and undo.
//!
//! | Room | What |
//! | --- | --- |
//! | [`tools`], [`Files`] | the tools of the usual filesystem server and the workspace-copy tools |
//! | [`Journal`], [`undo`] | what an agent changed, and how to take it back |
//! | [`snapshot`] | copies of a workspace for the others to read |
//! | [`OwnedFolder`], [`prepare`] | folders that may be emptied, and those that never are |
//! | `handle`, `draft`, `effect`, `tree`, `walk`, `leftover` | the only places that touch the file system |
//!
//! **Invariant.** A path is turned into a directory handle once, link by link refused, and every
//! operation happens through that handle: nothing is checked by one name and used by another.
//! A file is replaced in one step or not at all.

mod call;
mod draft;
mod effect;
mod error;
mod files;
mod folder;
mod handle;
mod journal;
mod leftover;
mod limits;
pub mod snapshot;
mod tools;
mod tree;
pub mod undo;
mod walk;

pub use error::{FileError, FolderError};
pub use files::{DirEntry, Files, FilesSpec, ToolOutput};
pub use folder::{KeepOff, OwnedFolder, Prepared, prepare};
pub use journal::{Journal, JournalError};
pub use limits::{Limits, SnapshotCaps};
pub use tools::{FILESYSTEM, FileTool, WORKSPACE_COPY, tools};
