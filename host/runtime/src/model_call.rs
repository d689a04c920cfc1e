//! One model call: the model speaks, observers hear it, the turn takes it in.

use std::time::{Duration, Instant};

use agent::Turn;
use backends::CallEvent;
use events::{AgentId, PricedBy, RunEvent, WaitReason};
use massgen_plugin::chat::{Chunk, FinishReason, ReasoningForm, Usage};
use massgen_plugin::{Fault, FaultCode};
use orchestrator::{Failure, Millis};
use services::Lent;

use crate::attempt::{Attempt, preview};
use crate::doing::Wait;

/// The end of a model call, for observers and for what the run costs.
#[derive(Debug)]
pub(crate) struct CallEnd {
    /// The call's name in events.
    pub(crate) call: String,
    pub(crate) usage: Usage,
    priced_by: Option<PricedBy>,
    /// Whether it cost something, and nobody knows how much.
    pub(crate) is_unpriced: bool,
    finish: Option<FinishReason>,
    duration_ms: u64,
}

impl CallEnd {
    /// What observers are told.
    pub(crate) fn event(&self) -> RunEvent {
        RunEvent::CallEnded {
            call: self.call.clone(),
            usage: self.usage,
            priced_by: self.priced_by,
            finish: self.finish,
            duration_ms: self.duration_ms,
        }
    }
}

/// What is learned while the model speaks.
#[derive(Default)]
struct Heard {
    /// Whether anything was.
    something: bool,
    usage: Usage,
    /// The model that answered, as the provider names it.
    model: Option<String>,
    finish: Option<FinishReason>,
}

impl Attempt {
    /// Asks the model under this name. The call's end is there in any case.
    pub(crate) async fn ask(
        &self,
        call: String,
        turn: &mut Turn,
    ) -> (CallEnd, Result<(), Failure>) {
        self.emit(RunEvent::CallStarted {
            call: call.clone(),
            attempt: self.attempt,
        });
        self.doing.begin(Wait::Reply {
            from: self.provider(),
            after: None,
        });
        let began = Instant::now();
        let mut heard = Heard::default();
        let listening = self.listen(&call, turn, &mut heard);
        let outcome = self.cancel.run_until_cancelled(listening).await;
        let outcome = outcome.unwrap_or_else(|| Err(cancelled()));
        let outcome = outcome.map_err(|fault| self.failed(&call, &fault));
        let priced_by = self.price(&mut heard);
        let end = CallEnd {
            call,
            usage: heard.usage,
            priced_by,
            is_unpriced: heard.something && priced_by.is_none(),
            finish: heard.finish,
            duration_ms: millis(began.elapsed()),
        };
        (end, outcome)
    }

    /// Who is asked, in words.
    fn provider(&self) -> String {
        match (self.backend.title(), self.backend.host()) {
            (title, "") => title.to_owned(),
            (title, host) => format!("{title} at {host}"),
        }
    }

    /// Adds what the call cost, as far as somebody knows: the provider, else the table. The model
    /// that answered counts before the one that was asked for.
    fn price(&self, heard: &mut Heard) -> Option<PricedBy> {
        if heard.usage.cost_micro_usd.is_some() {
            return Some(PricedBy::Provider);
        }
        let models = [heard.model.as_deref(), self.backend.model()];
        let price = |model| prices::price(self.backend.host(), model);
        let price = models.into_iter().flatten().find_map(price)?;
        heard.usage.cost_micro_usd = Some(price.micro_usd(&heard.usage)?);
        Some(PricedBy::Table)
    }

    async fn listen(&self, call: &str, turn: &mut Turn, heard: &mut Heard) -> Result<(), Fault> {
        let mut calling = self.backend.call(turn.call(call));
        while let Some(event) = calling.next().await {
            match event {
                CallEvent::Chunk(chunk) => self.hear(chunk, turn, heard),
                CallEvent::Waiting { after, wait } => {
                    if let Some(fault) = &after {
                        self.doing.again(&fault.message);
                        let text = fault.message.clone();
                        self.emit(RunEvent::Status { text });
                    }
                    self.emit(waiting(after.as_ref(), wait));
                }
                CallEvent::PluginWarning(text) => {
                    let plugin = self.backend.plugin().to_owned();
                    self.emit(RunEvent::PluginWarning { plugin, text });
                }
                CallEvent::ToolCall {
                    id,
                    name,
                    arguments,
                } => self.tell_call(&id, &name, &arguments),
                CallEvent::ToolProgress { id, name, text } => self.tell_progress(&id, &name, text),
                CallEvent::ToolResult {
                    id,
                    name,
                    is_error,
                    text,
                } => self.tell_result(&id, &name, is_error, &text),
                CallEvent::Ended(outcome) => return outcome,
            }
        }
        Err(Fault::new(
            FaultCode::INTERNAL,
            "the call ended without an end",
        ))
    }

    fn hear(&self, chunk: Chunk, turn: &mut Turn, heard: &mut Heard) {
        let chunk = turn.read(chunk);
        match &chunk {
            Chunk::Usage(usage) => heard.usage = *usage,
            Chunk::Done(done) => {
                heard.finish = Some(done.finish);
                heard.model.clone_from(&done.model);
            }
            _ => {}
        }
        if !matches!(chunk, Chunk::Status { .. } | Chunk::Debug { .. }) {
            heard.something = true;
            self.doing.heard();
        }
        if let Some(event) = shown(&chunk, self.presents, &self.lent) {
            self.emit(event);
        }
        if let Chunk::Other { number, text, json } = &chunk {
            let (agent, plugin) = (self.agent.as_str(), self.backend.plugin());
            tracing::debug!(agent, plugin, kind = number.0, text, %json, "chunk of an unknown kind");
        }
        if let Chunk::Debug { text, level } = &chunk {
            log(&self.agent, self.backend.plugin(), level, text);
        }
        turn.absorb(chunk);
    }

    fn failed(&self, call: &str, fault: &Fault) -> Failure {
        let (agent, plugin) = (self.agent.as_str(), self.backend.plugin());
        let (code, detail) = (fault.code.as_str(), &fault.detail);
        tracing::warn!(agent, plugin, call, code, detail, "{}", fault.message);
        let mut failure = failure(fault);
        if fault.code == FaultCode::AUTH {
            let (title, key) = (self.backend.title(), self.backend.key());
            failure.message = format!("{title}: {} ({key})", failure.message);
        }
        failure
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

/// What becomes of a call whose turn is over.
pub(crate) fn cancelled() -> Fault {
    Fault::new(FaultCode::CANCELLED, "the call was cancelled")
}

/// What the rules need to know of a fault. A panic counts as retryable: the backend was made anew,
/// and a plugin that keeps panicking is switched off.
pub(crate) fn failure(fault: &Fault) -> Failure {
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
fn shown(chunk: &Chunk, presents: bool, lent: &Lent) -> Option<RunEvent> {
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
            arguments_preview: preview(&lent.mask(&call.arguments.to_string())),
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
