//! The way of a tool call: known, within bounds, permitted, recorded, carried out, converted.
//!
//! **Invariant.** Nothing is carried out that was not judged by the policy and written to the
//! audit log first, and every call has exactly one outcome.

use std::sync::Arc;
use std::time::Duration;

use mcp::CallOptions;
use permissions::{Call, Decision, Hints};
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::catalogue::Offer;
use crate::inner::Inner;
use crate::{Outcome, Progress, ToolRequest, arguments, audit};

/// Carries out one call of an agent.
pub(crate) async fn call(
    inner: &Arc<Inner>,
    request: &ToolRequest,
    cancel: &CancellationToken,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Outcome {
    let catalogue = inner.catalogue();
    let Some(offer) = catalogue.find(&request.name) else {
        return Outcome::error(catalogue.unknown(&request.name));
    };
    let arguments = match arguments::checked(&request.arguments, inner.plan.limits.argument_bytes) {
        Ok(arguments) => arguments.clone(),
        Err(what) => return Outcome::error(what),
    };
    if let Err(reason) = judge(inner, &request.id, offer, &request.arguments) {
        return Outcome::error(refused(&request.name, &reason));
    }
    let outcome = if offer.own {
        own(inner, offer, &request.arguments, cancel).await
    } else {
        remote(inner, offer, &request.id, arguments, cancel, progress).await
    };
    Outcome {
        is_error: outcome.is_error,
        parts: mcp::convert::cap(
            inner.mask.parts(outcome.parts),
            inner.plan.limits.result_bytes,
        ),
    }
}

/// Whether a call may be made; for plugins whose provider has tools of its own.
pub(crate) fn check(inner: &Inner, tool: &str, arguments: &Value) -> Result<(), String> {
    match inner.catalogue().find(tool) {
        Some(offer) => judge(inner, "", offer, arguments),
        None => record(inner, "", "native", &native(tool, arguments)),
    }
}

/// A tool that the provider itself runs.
pub(crate) fn native<'a>(tool: &'a str, arguments: &'a Value) -> Call<'a> {
    Call {
        server: None,
        tool,
        arguments,
        hints: Hints::default(),
        schema: None,
        filesystem: false,
        remote: false,
    }
}

/// Words of a refusal that prompts and tests rely on (services §4.3).
fn refused(tool: &str, reason: &str) -> String {
    format!("Permission denied for tool '{tool}': {reason}")
}

fn judge(inner: &Inner, id: &str, offer: &Offer, arguments: &Value) -> Result<(), String> {
    let server = inner
        .plan
        .mcp_servers
        .iter()
        .find(|it| it.name == offer.server);
    let call = Call {
        server: Some(&offer.server),
        tool: &offer.tool.name,
        arguments,
        hints: offer.hints,
        schema: Some(&offer.tool.parameters),
        filesystem: offer.own,
        remote: server.is_some_and(crate::servers::is_elsewhere),
    };
    record(inner, id, &offer.server, &call)
}

/// Judges, and writes down what was decided.
pub(crate) fn record(inner: &Inner, id: &str, server: &str, call: &Call<'_>) -> Result<(), String> {
    let decision: Decision = inner.loan.policy.judge(call, inner.phase());
    inner.loan.audit.write(&audit::Entry {
        time: jiff::Zoned::now().timestamp().to_string(),
        agent: &inner.agent,
        call: id,
        phase: inner.phase(),
        server,
        tool: call.tool,
        decision: &decision,
    });
    decision
        .denied()
        .map_or(Ok(()), |reason| Err(reason.to_owned()))
}

/// A tool of the host itself.
async fn own(
    inner: &Arc<Inner>,
    offer: &Offer,
    arguments: &Value,
    cancel: &CancellationToken,
) -> Outcome {
    let Some(files) = inner.loan.files.clone() else {
        return Outcome::error("this agent has no workspace");
    };
    let guard = inner.loan.policy.guard(inner.phase());
    let (tool, arguments, cancel) = (offer.tool.name.clone(), arguments.clone(), cancel.clone());
    let call = move || files.call(&tool, &arguments, &guard, &cancel);
    match tokio::task::spawn_blocking(call).await {
        Ok(output) => Outcome {
            is_error: output.is_error,
            parts: output.parts,
        },
        Err(error) => Outcome::error(format!("the tool failed: {error}")),
    }
}

/// A tool of an MCP server.
async fn remote(
    inner: &Inner,
    offer: &Offer,
    id: &str,
    arguments: Map<String, Value>,
    cancel: &CancellationToken,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Outcome {
    let Some(client) = inner.client(&offer.server) else {
        return Outcome::error(format!("there is no server `{}`", offer.server));
    };
    let (sender, mut reports) = mpsc::unbounded_channel();
    let options = CallOptions {
        timeout: None::<Duration>,
        cancel: cancel.clone(),
        progress: Some(Arc::new(move |it| drop(sender.send(it)))),
    };
    let mut calling = std::pin::pin!(client.call(&offer.tool.name, arguments, options));
    let result = loop {
        tokio::select! {
            biased;
            Some(report) = reports.recv() => progress(in_words(id, &report, inner)),
            result = &mut calling => break result,
        }
    };
    match result {
        Ok(result) => Outcome {
            is_error: result.is_error,
            parts: result.parts,
        },
        Err(error) => Outcome::error(transport::story(&error)),
    }
}

fn in_words(id: &str, report: &mcp::Progress, inner: &Inner) -> Progress {
    let counted = match report.total {
        Some(total) => format!("{} of {total}", report.done),
        None => report.done.to_string(),
    };
    let text = match &report.message {
        Some(message) => format!("{counted}: {}", inner.mask.text(message)),
        None => counted,
    };
    Progress {
        id: id.to_owned(),
        text,
    }
}
