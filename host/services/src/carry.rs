//! Carrying out a call that may be made: by our own file tools, or by an MCP server.

use std::sync::Arc;
use std::time::Duration;

use mcp::{CallError, CallOptions, CallResult};
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use workspace::ToolOutput;

use crate::catalogue::Offer;
use crate::inner::Inner;
use crate::ruling::{ENDED, Permit};
use crate::{Outcome, Progress, ToolRequest};

/// How long a cancelled call may take to end: a file tool stops at its next file. Whoever waits less
/// loses the call on the tape.
pub const GRACE: Duration = Duration::from_secs(2);
/// Reports of progress that observers hear of one call.
const REPORTS: usize = 100;

/// A tool of the host itself. When the call is cancelled or dropped, it stops at its next file.
pub(crate) async fn own(
    inner: &Arc<Inner>,
    permit: &Permit,
    offer: &Offer,
    request: &Arc<ToolRequest>,
    cancel: &CancellationToken,
) -> Outcome {
    let Some(files) = inner.loan.files.clone() else {
        return Outcome::error("this agent has no workspace");
    };
    let stop = cancel.child_token();
    let _stopped_with_us = stop.clone().drop_guard();
    let (guard, tool) = (permit.guard(inner), offer.tool.name.clone());
    let (asked, stopped) = (Arc::clone(request), stop.clone());
    let mut running = spawn_blocking(move || files.call(&tool, &asked.arguments, &guard, &stopped));
    tokio::select! {
        biased;
        done = &mut running => return given(done),
        () = stop.cancelled() => {}
        () = permit.ended() => stop.cancel(),
    }
    match timeout(GRACE, running).await {
        Ok(done) => given(done),
        Err(_) => Outcome::error("cancelled; what was under way may still be finished"),
    }
}

fn given(done: Result<ToolOutput, JoinError>) -> Outcome {
    match done {
        Ok(output) => Outcome {
            is_error: output.is_error,
            parts: output.parts,
        },
        Err(error) => {
            tracing::error!(%error, "a file tool failed");
            Outcome::error("the tool failed: a fault in massgen")
        }
    }
}

/// A tool of an MCP server.
pub(crate) async fn remote(
    inner: &Inner,
    permit: &Permit,
    offer: &Offer,
    request: &ToolRequest,
    arguments: &Map<String, Value>,
    cancel: &CancellationToken,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Outcome {
    let Some(client) = inner.client(&offer.server) else {
        return Outcome::error(format!("there is no server `{}`", offer.server));
    };
    let stop = cancel.child_token();
    let (sender, mut reports) = mpsc::channel(REPORTS);
    let mut left = REPORTS;
    let options = CallOptions {
        timeout: None,
        cancel: stop.clone(),
        progress: Some(Arc::new(move |it| drop(sender.try_send(it)))),
    };
    let mut tell = |report: mcp::Progress| {
        if left > 0 {
            left -= 1;
            progress(in_words(&request.id, &report, inner, left == 0));
        }
    };
    let mut calling = std::pin::pin!(client.call(&offer.tool.name, arguments.clone(), options));
    let result = loop {
        tokio::select! {
            biased;
            Some(report) = reports.recv() => tell(report),
            result = &mut calling => break result,
            () = permit.ended(), if !stop.is_cancelled() => stop.cancel(),
        }
    };
    // Those that came together with the result.
    while let Ok(report) = reports.try_recv() {
        tell(report);
    }
    if let Err(error) = &result
        && let Some(advice) = error.advice(&offer.server)
    {
        // For people; the model can do nothing about it.
        inner.warn_once(format!("MCP server `{}`: {advice}", offer.server));
    }
    answered(result, permit)
}

fn answered(result: Result<CallResult, CallError>, permit: &Permit) -> Outcome {
    match result {
        Ok(result) => Outcome {
            is_error: result.is_error,
            parts: result.parts,
        },
        Err(CallError::Cancelled) if permit.has_ended() => Outcome::error(ENDED),
        Err(error) => Outcome::error(transport::story(&error)),
    }
}

fn in_words(id: &str, report: &mcp::Progress, inner: &Inner, is_last: bool) -> Progress {
    let counted = match report.total {
        Some(total) => format!("{} of {total}", report.done),
        None => report.done.to_string(),
    };
    let mut text = match &report.message {
        Some(message) => format!("{counted}: {}", inner.mask.text(message)),
        None => counted,
    };
    if is_last {
        text.push_str(" (further progress is left out)");
    }
    Progress {
        id: id.to_owned(),
        text,
    }
}
