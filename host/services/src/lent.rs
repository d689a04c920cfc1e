//! What one agent is lent.

use std::path::Path;
use std::sync::Arc;

use events::Label;
use massgen_plugin::chat::Tool;
use tokio_util::sync::CancellationToken;

use crate::{Entry, Notice, Outcome, Progress, ToolRequest, Unavailable};

/// Everything one agent is lent. Cheap to clone; the default lends nothing.
#[derive(Clone, Default)]
pub struct Lent(Option<Arc<Inner>>);

struct Inner {}

impl Lent {
    /// Starts what has to be started, in the background; notices say how it goes. Once per run.
    pub fn start(&self, _notify: Arc<dyn Fn(Notice) + Send + Sync>) {}

    /// Waits until each server is connected or given up on. Called before a model call; returns
    /// at once when nothing is under way.
    ///
    /// # Errors
    ///
    /// A required server that is not there.
    pub async fn ready(&self) -> Result<(), Unavailable> {
        Ok(())
    }

    /// The tools on offer now, in an order that does not change while the set does not.
    pub fn tools(&self) -> Vec<Tool> {
        Vec::new()
    }

    /// Whether a call of this name is ours.
    pub fn has(&self, _name: &str) -> bool {
        false
    }

    /// Whether calls of this tool may run beside others: it only reads.
    pub fn is_read_only(&self, _name: &str) -> bool {
        false
    }

    /// What the agent is told about its folders and servers, for the system message; stable.
    pub fn briefing(&self) -> Option<String> {
        None
    }

    /// Model calls with tools in one attempt.
    pub fn max_rounds(&self) -> u32 {
        50
    }

    /// Turns kept within one activation; 0 is no limit.
    pub fn max_history(&self) -> usize {
        200
    }

    /// Carries out one call: permission, limits, retries, conversion. Always gives one outcome,
    /// also when cancelled.
    pub async fn call(
        &self,
        request: ToolRequest,
        _cancel: &CancellationToken,
        _progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Outcome {
        Outcome::error(format!("there is no tool `{}`", request.name))
    }

    /// The agent's own folder.
    pub fn workspace(&self) -> Option<&Path> {
        None
    }

    /// Reads a file, by a path relative to the workspace or an absolute one.
    ///
    /// # Errors
    ///
    /// In words: not allowed, not there, not readable, larger than 16 MiB.
    pub async fn read(&self, _path: &str) -> Result<Vec<u8>, String> {
        Err("this agent has no workspace".into())
    }

    /// Replaces a file in one step, or makes it.
    ///
    /// # Errors
    ///
    /// As for [`read`](Self::read).
    pub async fn write(&self, _path: &str, _content: Vec<u8>) -> Result<(), String> {
        Err("this agent has no workspace".into())
    }

    /// Lists a folder, sorted by name.
    ///
    /// # Errors
    ///
    /// As for [`read`](Self::read).
    pub async fn list(&self, _path: &str) -> Result<Vec<Entry>, String> {
        Err("this agent has no workspace".into())
    }

    /// Whether the agent may call this tool with these arguments; for plugins whose provider has
    /// tools of its own (`server` is `native` then).
    ///
    /// # Errors
    ///
    /// The reason against it.
    pub fn check(&self, _tool: &str, _arguments: &serde_json::Value) -> Result<(), String> {
        Ok(())
    }

    /// Gives the agent its configured write access to context paths until the grant is dropped.
    #[must_use = "the access ends with the grant"]
    pub fn grant_write(&self) -> WriteGrant {
        WriteGrant {}
    }

    /// Copies the workspace into the store of snapshots; an empty one gives an empty snapshot. What
    /// fails is a notice, and the snapshot before stays.
    pub async fn snapshot(&self) {}

    /// Rebuilds the folder in which the agent may read the latest snapshots of these agents, under
    /// their labels.
    pub async fn show_references(&self, _of: &[Label]) {}

    /// Ends sessions and child processes; bounded by a few seconds.
    pub async fn close(&self) {}
}

/// The presenter's write access. Ends when dropped.
#[derive(Debug)]
pub struct WriteGrant {}
