//! The way of a tool call: known, within bounds, permitted, recorded, carried out, converted.
//!
//! **Invariant.** Nothing is carried out that was not judged by the policy and written to the
//! audit log first, and every call has exactly one outcome, also when something here panics.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use permissions::{Call, Decision, Hints};
use serde_json::{Map, Value};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::block_in_place;
use tokio_util::sync::CancellationToken;

use crate::catalogue::Offer;
use crate::inner::Inner;
use crate::ruling::{self, Asked, Permit};
use crate::{Outcome, Progress, ToolRequest, arguments, carry};

/// Carries out one call of an agent.
pub(crate) async fn call(
    inner: &Arc<Inner>,
    request: &Arc<ToolRequest>,
    cancel: &CancellationToken,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Outcome {
    let calling = AssertUnwindSafe(through(inner, request, cancel, progress)).catch_unwind();
    let outcome = match calling.await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(why)) => Outcome::error(why),
        Err(_) => Outcome::error(format!("`{}` failed: a fault in massgen", request.name)),
    };
    Outcome {
        is_error: outcome.is_error,
        parts: mcp::convert::cap(
            inner.mask.parts(outcome.parts),
            inner.plan.limits.result_bytes,
        ),
    }
}

/// The stations in order; an error is what the model is told in place of a result.
async fn through(
    inner: &Arc<Inner>,
    request: &Arc<ToolRequest>,
    cancel: &CancellationToken,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<Outcome, String> {
    let catalogue = inner.catalogue();
    let Some(offer) = catalogue.find(&request.name) else {
        let why = catalogue.unknown(&request.name, |server| inner.is_blocked(server));
        return Err(no_tool(inner, request, why));
    };
    let (arguments, size): (&Map<_, _>, usize) =
        arguments::checked(&request.arguments, inner.plan.limits.argument_bytes)
            .map_err(|why| unfit(inner, offer, request, why))?;
    let permit = permitted(inner, offer, request, size)?;
    Ok(if offer.own {
        carry::own(inner, &permit, offer, request, cancel).await
    } else {
        carry::remote(inner, &permit, offer, request, arguments, cancel, progress).await
    })
}

/// Longest name of an unknown tool in the log.
const NAME: usize = 200;

fn no_tool(inner: &Inner, request: &ToolRequest, why: String) -> String {
    let end = request.name.floor_char_boundary(NAME);
    let asked = Asked {
        id: request.id.clone(),
        server: String::new(),
        tool: request.name[..end].to_owned(),
    };
    ruling::refuse(inner, &asked, &Decision::unknown_tool(why))
}

fn unfit(inner: &Inner, offer: &Offer, request: &ToolRequest, why: String) -> String {
    let asked = Asked {
        id: request.id.clone(),
        server: offer.server.clone(),
        tool: offer.tool.name.clone(),
    };
    ruling::refuse(inner, &asked, &Decision::unfit_arguments(why))
}

/// Bytes of arguments that hold only a few paths.
const FEW: usize = 2 << 10;

/// Our own tools, and large arguments, may name thousands of paths, which are looked at beside the
/// event loop. For a server's few, another thread would cost more than the rest of the call's way.
fn permitted(
    inner: &Inner,
    offer: &Offer,
    request: &ToolRequest,
    size: usize,
) -> Result<Permit, String> {
    let judging = || judge(inner, &request.id, offer, &request.arguments);
    let judged = match Handle::current().runtime_flavor() {
        RuntimeFlavor::MultiThread if offer.own || size > FEW => block_in_place(judging),
        _ => judging(),
    };
    judged.map_err(|reason| refused(&request.name, &reason))
}

/// Words of a refusal that prompts and tests rely on (services §4.3).
pub fn refused(tool: &str, reason: &str) -> String {
    format!("Permission denied for tool '{tool}': {reason}")
}

/// Whether a call may be made; for plugins whose provider has tools of its own.
pub(crate) fn check(inner: &Inner, tool: &str, arguments: &Value) -> Result<(), String> {
    let permit = match inner.catalogue().find(tool) {
        Some(offer) => judge(inner, "", offer, arguments),
        None => ruling::rule(inner, "", &native(tool, arguments)),
    };
    permit.map(drop)
}

/// A tool that the provider itself runs.
pub(crate) fn native<'a>(tool: &'a str, arguments: &'a Value) -> Call<'a> {
    Call {
        server: None,
        tool,
        arguments,
        base: None,
        hints: Hints::default(),
        schema: None,
        filesystem: false,
        remote: false,
    }
}

fn judge(inner: &Inner, id: &str, offer: &Offer, arguments: &Value) -> Result<Permit, String> {
    let mut servers = inner.plan.mcp_servers.iter();
    let server = servers.find(|it| it.name == offer.server);
    let call = Call {
        server: Some(&offer.server),
        tool: &offer.tool.name,
        arguments,
        base: server.and_then(crate::servers::own_folder),
        hints: offer.hints,
        schema: Some(&offer.tool.parameters),
        filesystem: offer.own,
        remote: server.is_some_and(crate::servers::is_elsewhere),
    };
    ruling::rule(inner, id, &call)
}
