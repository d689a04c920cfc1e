//! The file tools of one agent, behind one call.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use massgen_plugin::chat::Part;
use permissions::Guard;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::{FileError, Journal, Limits};

/// What [`Files`] needs to know.
#[derive(Debug, Clone)]
pub struct FilesSpec {
    /// The agent's own folder, resolved. An empty destination means it.
    pub workspace: PathBuf,
    /// Limits of one call.
    pub limits: Limits,
    /// Where changes are put on record; `None`: they cannot be undone.
    pub journal: Option<Journal>,
    /// The managed folders, for `list_allowed_directories`, and as roots that are never deleted.
    pub allowed: Vec<PathBuf>,
}

/// What a tool gave.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolOutput {
    /// Whether it failed.
    pub is_error: bool,
    /// Text and pictures.
    pub parts: Vec<Part>,
    /// The same as data, for tools whose result is data.
    pub structured: Option<Value>,
}

/// One entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirEntry {
    /// Name within the folder.
    pub name: OsString,
    /// `file`, `directory`, `link` or `other`.
    pub kind: &'static str,
    /// Bytes; 0 for anything but a file.
    pub size: u64,
}

/// The file tools of one agent. Every method blocks.
#[derive(Debug)]
pub struct Files {
    pub(crate) spec: FilesSpec,
}

impl Files {
    /// Tools for an agent with this workspace.
    pub fn new(spec: FilesSpec) -> Self {
        Self { spec }
    }

    /// Carries out one tool by its bare name. Every file it touches is asked for at `guard` first.
    /// A failure is an output with [`is_error`](ToolOutput::is_error); after `cancel` the tool
    /// stops at the next file, and what was replaced until then stays replaced.
    pub fn call(
        &self,
        tool: &str,
        arguments: &Value,
        guard: &dyn Guard,
        cancel: &CancellationToken,
    ) -> ToolOutput {
        let _ = (arguments, guard, cancel);
        ToolOutput {
            is_error: true,
            parts: vec![Part::text(FileError::NoTool(tool.into()).to_string())],
            structured: None,
        }
    }

    /// A file's content.
    ///
    /// # Errors
    ///
    /// Refused, not there, not a file, more than `max` bytes.
    pub fn read(&self, _path: &str, _guard: &dyn Guard, _max: u64) -> Result<Vec<u8>, FileError> {
        Err(FileError::Cancelled)
    }

    /// Replaces a file in one step, or makes it; its folder must be there.
    ///
    /// # Errors
    ///
    /// Refused, no such folder, not a file, no space.
    pub fn write(
        &self,
        _path: &str,
        _content: &[u8],
        _guard: &dyn Guard,
    ) -> Result<(), FileError> {
        Err(FileError::Cancelled)
    }

    /// A folder's entries, sorted by name; links are named, not followed.
    ///
    /// # Errors
    ///
    /// Refused, not there, not a folder.
    pub fn list(&self, _path: &str, _guard: &dyn Guard) -> Result<Vec<DirEntry>, FileError> {
        Err(FileError::Cancelled)
    }

    /// The agent's own folder.
    pub fn workspace(&self) -> &Path {
        &self.spec.workspace
    }
}
