//! Misbehaviour that no step contract forbids, and that a host or an agent would suffer from.

use std::sync::atomic::{AtomicUsize, Ordering};

use massgen_plugin::Fault;
use massgen_plugin::abi::Progress;
use massgen_plugin::chat::{Chunk, FinishReason, ToolCall, Usage};
use massgen_plugin::sdk::{Event, Host, Machine};
use massgen_plugin::wire::HttpRequest;
use serde_json::{Value, json};

use crate::decent::{Decent, done};

/// Sessions that there are.
pub(crate) static SESSIONS: AtomicUsize = AtomicUsize::new(0);

pub(crate) fn panic_on_unknown(
    decent: &mut Decent,
    event: Event<'_>,
    host: &mut Host<'_>,
) -> Result<Progress, Fault> {
    assert!(
        !matches!(event, Event::Other { .. }),
        "told to panic on an unknown event"
    );
    decent.step(event, host)
}

pub(crate) fn panic_when_refused(
    decent: &mut Decent,
    event: Event<'_>,
    host: &mut Host<'_>,
) -> Result<Progress, Fault> {
    let outcome = decent.step(event, host);
    assert!(outcome.is_ok(), "told to panic when something is refused");
    outcome
}

pub(crate) fn mix(host: &mut Host<'_>) -> Result<Progress, Fault> {
    let sessions = SESSIONS.load(Ordering::Relaxed);
    host.emit(Chunk::text(format!("there are {sessions} of us")));
    host.emit(done(FinishReason::Stop));
    Ok(Progress::DONE)
}

pub(crate) fn usage_twice(
    decent: &mut Decent,
    event: Event<'_>,
    host: &mut Host<'_>,
) -> Result<Progress, Fault> {
    if event == Event::Start {
        host.emit(Chunk::Usage(Usage {
            input: Some(1),
            ..Usage::default()
        }));
    }
    decent.step(event, host)
}

pub(crate) fn same_ids(host: &mut Host<'_>) -> Result<Progress, Fault> {
    host.emit(call(0, json!({})));
    host.emit(call(1, json!({})));
    host.emit(done(FinishReason::ToolCalls));
    Ok(Progress::DONE)
}

pub(crate) fn list_arguments(host: &mut Host<'_>) -> Result<Progress, Fault> {
    host.emit(call(0, json!(["no", "object"])));
    host.emit(done(FinishReason::ToolCalls));
    Ok(Progress::DONE)
}

fn call(index: u32, arguments: Value) -> Chunk {
    Chunk::ToolCall(ToolCall {
        index,
        id: "call_0".into(),
        name: "vote".into(),
        arguments,
    })
}

pub(crate) fn deaf(event: Event<'_>, host: &mut Host<'_>) -> Result<Progress, Fault> {
    match event {
        Event::Start => {
            let body = json!({ "say": "something" }).to_string();
            host.http(1, &HttpRequest::post_json("http://localhost:9/rude", body))?;
            Ok(Progress::MORE)
        }
        Event::HttpEnd { .. } | Event::Failed { .. } => {
            host.emit(done(FinishReason::Stop));
            Ok(Progress::DONE)
        }
        _ => Ok(Progress::MORE),
    }
}
