//! Tools that a model wants run: called at the gate, told to observers, and given back.

use std::time::Duration;

use agent::{ToolOutcome, Wanted};
use events::{AgentStatus, Call, RunEvent};
use futures_util::{StreamExt as _, stream};
use orchestrator::Failure;
use serde_json::Value;
use services::{Outcome, Progress, ToolRequest};
use tokio_util::sync::CancellationToken;

use crate::attempt::{Attempt, preview};
use crate::doing::Wait;

/// Calls that run at once when all of them only read.
const AT_ONCE: usize = 8;

/// How long a cancelled call may take to tell its server so and to be recorded: longer than the gate
/// itself waits.
const PATIENCE: Duration = services::GRACE.saturating_add(Duration::from_secs(1));

impl Attempt {
    /// Runs these calls, one after the other unless all of them only read (services §2.12).
    /// Outcomes are in the order of the calls, however fast each was.
    pub(crate) async fn run_tools(&self, wanted: Vec<Wanted>) -> Result<Vec<ToolOutcome>, Failure> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        self.tell_status(AgentStatus::Tool);
        let only_read = wanted
            .iter()
            .all(|it| it.refusal.is_some() || self.lent.is_read_only(&it.call.name));
        let at_once = if only_read { AT_ONCE } else { 1 };
        let running = stream::iter(wanted).map(|it| self.run_tool(it));
        let outcomes = running.buffered(at_once).collect().await;
        self.unless_cancelled(std::future::ready(())).await?;
        self.tell_status(if self.presents {
            AgentStatus::Presenting
        } else {
            AgentStatus::Working
        });
        Ok(outcomes)
    }

    async fn run_tool(&self, wanted: Wanted) -> ToolOutcome {
        let Wanted {
            call,
            refusal,
            written,
        } = wanted;
        // The others were told when they came in.
        if written {
            self.tell_call(&call.id, &call.name, &call.arguments);
        }
        let outcome = match refusal {
            Some(why) => Outcome::error(why),
            None => self.call_tool(&call).await,
        };
        self.tell_result(&call.id, &call.name, outcome.is_error, &outcome.text());
        ToolOutcome {
            is_error: outcome.is_error,
            parts: outcome.parts,
        }
    }

    async fn call_tool(&self, call: &Call) -> Outcome {
        if self.cancel.is_cancelled() {
            return cancelled();
        }
        let name = call.name.clone();
        self.doing.begin(Wait::Tool { name });
        let request = ToolRequest {
            id: call.id.clone(),
            name: call.name.clone(),
            arguments: call.arguments.clone(),
        };
        let progress = |progress: Progress| {
            self.tell_progress(&progress.id, &call.name, progress.text);
        };
        tokio::select! {
            biased;
            outcome = self.lent.call(request, &self.cancel, &progress) => outcome,
            () = overdue(&self.cancel) => cancelled(),
        }
    }

    /// Tells observers that a tool is used, whoever uses it: the model, or a plugin by itself.
    pub(crate) fn tell_call(&self, id: &str, name: &str, arguments: &Value) {
        self.emit(RunEvent::ToolCall {
            call_id: id.to_owned(),
            name: name.to_owned(),
            arguments_preview: preview(&self.lent.mask(&arguments.to_string())),
        });
    }

    pub(crate) fn tell_progress(&self, id: &str, name: &str, text: String) {
        self.emit(RunEvent::ToolProgress {
            call_id: id.to_owned(),
            name: name.to_owned(),
            text,
        });
    }

    pub(crate) fn tell_result(&self, id: &str, name: &str, is_error: bool, text: &str) {
        self.emit(RunEvent::ToolResult {
            call_id: id.to_owned(),
            name: name.to_owned(),
            is_error,
            preview: preview(&self.lent.mask(text)),
        });
    }

    fn tell_status(&self, status: AgentStatus) {
        self.emit(RunEvent::AgentStatus { status });
    }
}

/// Waits until a call has had time to notice that it is cancelled.
async fn overdue(cancel: &CancellationToken) {
    cancel.cancelled().await;
    tokio::time::sleep(PATIENCE).await;
}

fn cancelled() -> Outcome {
    Outcome::error("The call was cancelled.")
}
