//! The tools, as offered to a model.

use serde_json::Value;

/// Server name of the usual file tools.
pub const FILESYSTEM: &str = "filesystem";
/// Server name of the workspace-copy tools.
pub const WORKSPACE_COPY: &str = "workspace_copy";

/// One tool on offer.
#[derive(Debug, Clone, PartialEq)]
pub struct FileTool {
    /// [`FILESYSTEM`] or [`WORKSPACE_COPY`].
    pub server: &'static str,
    /// Bare name; unique over both servers.
    pub name: &'static str,
    /// For the model; the same bytes in every run.
    pub description: &'static str,
    /// JSON Schema of the arguments.
    pub schema: Value,
    /// It changes nothing.
    pub read_only: bool,
    /// It may take something away.
    pub destructive: bool,
    /// Calling it twice is as good as calling it once.
    pub idempotent: bool,
}

/// All tools, in a fixed order.
pub fn tools() -> &'static [FileTool] {
    &[]
}
