//! One model call of an agent's turn, as a task of its own.
//!
//! The task owns the turn while the model speaks and gives it back with the outcome. It ends soon
//! after its token is cancelled, and says what the call cost in any case.

use std::time::{Duration, Instant};

use agent::Turn;
use backends::{Backend, CallEvent};
use events::{AgentId, Response, RunEvent, WaitReason};
use massgen_plugin::chat::{Chunk, FinishReason, ReasoningForm, Usage};
use massgen_plugin::{Fault, FaultCode};
use orchestrator::{Failure, Millis};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::Outlet;

/// Longest text of tool arguments in an event.
const PREVIEW: usize = 200;

/// A finished call.
pub(crate) struct Replied {
    pub(crate) agent: AgentId,
    pub(crate) activation: u32,
    /// The call's name in events.
    pub(crate) call: String,
    pub(crate) turn: Turn,
    pub(crate) outcome: Result<Response, Failure>,
    pub(crate) usage: Usage,
    pub(crate) finish: Option<FinishReason>,
    pub(crate) duration_ms: u64,
}

/// What a call task needs.
pub(crate) struct CallTask {
    pub(crate) agent: AgentId,
    pub(crate) activation: u32,
    pub(crate) attempt: u32,
    /// Whether this is the presentation.
    pub(crate) presents: bool,
    pub(crate) backend: Backend,
    pub(crate) turn: Turn,
    pub(crate) outlet: Outlet,
    pub(crate) done: mpsc::UnboundedSender<Replied>,
    pub(crate) cancel: CancellationToken,
}

/// What is learned while the model speaks.
#[derive(Default)]
struct Heard {
    usage: Usage,
    finish: Option<FinishReason>,
}

impl CallTask {
    /// Makes the call and reports it.
    pub(crate) async fn run(mut self) {
        let call = format!("{}-{}-{}", self.agent, self.activation, self.attempt);
        self.emit(RunEvent::CallStarted {
            call: call.clone(),
            attempt: self.attempt,
        });
        let began = Instant::now();
        let mut heard = Heard::default();
        let cancel = self.cancel.clone();
        let listening = self.listen(&call, &mut heard);
        let outcome = cancel.run_until_cancelled(listening).await;
        let outcome = outcome.unwrap_or_else(|| Err(cancelled()));
        self.report(call, outcome, heard, began.elapsed());
    }

    async fn listen(&mut self, call: &str, heard: &mut Heard) -> Result<(), Fault> {
        let mut calling = self.backend.call(self.turn.call(call));
        while let Some(event) = calling.next().await {
            match event {
                CallEvent::Chunk(chunk) => self.hear(chunk, heard),
                CallEvent::Waiting { after, wait } => {
                    if let Some(fault) = &after {
                        let text = fault.message.clone();
                        self.emit(RunEvent::Status { text });
                    }
                    self.emit(waiting(after.as_ref(), wait));
                }
                CallEvent::PluginWarning(text) => {
                    let plugin = self.backend.plugin().to_owned();
                    self.emit(RunEvent::PluginWarning { plugin, text });
                }
                CallEvent::Ended(outcome) => return outcome,
            }
        }
        Err(Fault::new(
            FaultCode::INTERNAL,
            "the call ended without an end",
        ))
    }

    fn hear(&mut self, chunk: Chunk, heard: &mut Heard) {
        match &chunk {
            Chunk::Usage(usage) => heard.usage = *usage,
            Chunk::Done(done) => heard.finish = Some(done.finish),
            _ => {}
        }
        if let Some(event) = shown(&chunk, self.presents) {
            self.emit(event);
        }
        if let Chunk::Other { number, text, json } = &chunk {
            let (agent, plugin) = (self.agent.as_str(), self.backend.plugin());
            tracing::debug!(agent, plugin, kind = number.0, text, %json, "chunk of an unknown kind");
        }
        if let Chunk::Debug { text, level } = &chunk {
            log(&self.agent, self.backend.plugin(), level, text);
        }
        self.turn.absorb(chunk);
    }

    fn emit(&self, event: RunEvent) {
        self.outlet.emit(Some(&self.agent), event);
    }

    fn report(mut self, call: String, outcome: Result<(), Fault>, heard: Heard, took: Duration) {
        let outcome = match outcome {
            Ok(()) => Ok(self.turn.finish_response()),
            Err(fault) => {
                let (agent, plugin) = (self.agent.as_str(), self.backend.plugin());
                let (code, detail) = (fault.code.as_str(), &fault.detail);
                tracing::warn!(agent, plugin, call, code, detail, "{}", fault.message);
                Err(failure(&fault))
            }
        };
        let replied = Replied {
            agent: self.agent,
            activation: self.activation,
            call,
            turn: self.turn,
            outcome,
            usage: heard.usage,
            finish: heard.finish,
            duration_ms: millis(took),
        };
        // A run that is over needs no report.
        drop(self.done.send(replied));
    }
}

/// A plugin's log line in the host's log, at its own level.
fn log(agent: &AgentId, plugin: &str, level: &str, text: &str) {
    let agent = agent.as_str();
    match level {
        "error" => tracing::error!(agent, plugin, "{text}"),
        "warn" => tracing::warn!(agent, plugin, "{text}"),
        "info" => tracing::info!(agent, plugin, "{text}"),
        _ => tracing::debug!(agent, plugin, "{text}"),
    }
}

fn cancelled() -> Fault {
    Fault::new(FaultCode::CANCELLED, "the call was cancelled")
}

/// What the rules need to know of a fault. A panic counts as retryable: the backend was made anew,
/// and a plugin that keeps panicking is switched off.
fn failure(fault: &Fault) -> Failure {
    Failure {
        retryable: fault.code.is_retryable() || fault.code == FaultCode::PANICKED,
        code: fault.code,
        message: with_hint(fault),
        retry_after: Millis(fault.retry_after_ms),
    }
}

/// The message, and what to do about it where the detail says so: its first `hint:` line, which is
/// the plugin's before the transport's.
fn with_hint(fault: &Fault) -> String {
    let hint = fault
        .detail
        .lines()
        .find_map(|line| line.strip_prefix("hint: "));
    hint.map_or_else(
        || fault.message.clone(),
        |hint| format!("{} (hint: {hint})", fault.message),
    )
}

fn waiting(after: Option<&Fault>, wait: Duration) -> RunEvent {
    let limited = after.is_none_or(|fault| fault.code == FaultCode::RATE_LIMITED);
    let reason = if limited {
        WaitReason::RateLimit
    } else {
        WaitReason::Retry
    };
    RunEvent::Waiting {
        reason,
        wait_ms: millis(wait),
    }
}

/// The event that shows a chunk, for chunks that are shown as they come.
fn shown(chunk: &Chunk, presents: bool) -> Option<RunEvent> {
    Some(match chunk {
        Chunk::Text { text } | Chunk::Refusal { text } if presents => {
            RunEvent::FinalDelta { text: text.clone() }
        }
        Chunk::Text { text } | Chunk::Refusal { text } => {
            RunEvent::TextDelta { text: text.clone() }
        }
        Chunk::Reasoning { text, form, .. } => reasoning(text, *form),
        Chunk::ToolCall(call) => RunEvent::ToolCall {
            call_id: call.id.clone(),
            name: call.name.clone(),
            arguments_preview: call.arguments.to_string().chars().take(PREVIEW).collect(),
        },
        Chunk::ServerTool(tool) => RunEvent::ServerTool {
            name: tool.name.clone(),
            status: tool.status.clone(),
            detail: tool.detail.clone(),
        },
        Chunk::Status { text } => RunEvent::Status { text: text.clone() },
        Chunk::Citation { title, url } => {
            let text = format!("source: {title} {url}");
            RunEvent::Status { text }
        }
        _ => return None,
    })
}

fn reasoning(text: &str, form: ReasoningForm) -> RunEvent {
    RunEvent::ReasoningDelta {
        text: text.to_owned(),
        form,
    }
}

fn millis(length: Duration) -> u64 {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}
