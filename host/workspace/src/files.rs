//! The file tools of one agent, behind one call.

use std::ffi::OsString;
use std::path::PathBuf;

use massgen_plugin::chat::Part;
use permissions::Guard;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::call::Call;
use crate::handle::Spot;
use crate::{FileError, Journal, Limits, tools};

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
    spec: FilesSpec,
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
        let call = self.a_call(tool, guard, cancel);
        match call.go_on().and_then(|()| tools::run(&call, arguments)) {
            Ok(output) => output,
            Err(error) => ToolOutput::failure(&error),
        }
    }

    /// A file's content.
    ///
    /// # Errors
    ///
    /// Refused, not there, not a file, more than `max` bytes.
    pub fn read(&self, path: &str, guard: &dyn Guard, max: u64) -> Result<Vec<u8>, FileError> {
        let cancel = CancellationToken::new();
        let (spot, file, meta) = self.a_call("read", guard, &cancel).open(path)?;
        tools::read_all(&spot, &file, &meta, max)
    }

    /// Replaces a file in one step, or makes it; its folder must be there.
    ///
    /// # Errors
    ///
    /// Refused, no such folder, not a file, write-protected, no space.
    pub fn write(&self, path: &str, content: &[u8], guard: &dyn Guard) -> Result<(), FileError> {
        let cancel = CancellationToken::new();
        let call = self.a_call("write", guard, &cancel);
        let spot = Spot::open(&call.target(path)?)?;
        call.write(spot, content, None)
    }

    /// A folder's entries that may be read, sorted by name; links are named, not followed.
    ///
    /// # Errors
    ///
    /// Refused, not there, not a folder.
    pub fn list(&self, path: &str, guard: &dyn Guard) -> Result<Vec<DirEntry>, FileError> {
        let cancel = CancellationToken::new();
        let call = self.a_call("list", guard, &cancel);
        let dir = call.open_dir(path)?;
        tools::entries(&call, &dir)
    }

    fn a_call<'a>(
        &'a self,
        tool: &'a str,
        guard: &'a dyn Guard,
        cancel: &'a CancellationToken,
    ) -> Call<'a> {
        Call {
            spec: &self.spec,
            guard,
            cancel,
            tool,
        }
    }
}
