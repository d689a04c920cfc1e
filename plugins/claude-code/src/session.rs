//! One call as a state machine: starts the program, answers what it asks, ends with its result.
//!
//! Everything the program asks is under way at once, each under its ticket, so that a slow tool
//! keeps no other question waiting. What the host cannot answer is denied.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use dialect::Json;
use massgen_plugin::abi::Progress;
use massgen_plugin::chat::{Call, Chunk, Done, FinishReason, ToolCall};
use massgen_plugin::sdk::{Event, Host, Machine};
use massgen_plugin::wire::{Permission, ProcessEnd, Stdin, ToolOutcome, ToolUse};
use massgen_plugin::{Fault, FaultCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::control::{self, Ask, Request};
use crate::history::{Past, mark};
use crate::reply::Reply;
use crate::request;
use crate::result::Outcome;
use crate::settings::Settings;

/// A question of the program that the host has under way.
struct Asked {
    /// The program's name for it.
    request: String,
    ask: Ask,
}

/// One call.
pub(crate) struct Session {
    settings: Arc<Settings>,
    call: Call,
    tickets: u64,
    process: u64,
    asked: BTreeMap<u64, Asked>,
    /// Uses of tools that the gate has let pass.
    passed: BTreeSet<String>,
    /// Calls that the host answers in the next turn.
    calls: Vec<ToolCall>,
    reply: Reply,
    outcome: Option<Outcome>,
    resumed: bool,
}

impl Session {
    pub(crate) fn new(settings: Arc<Settings>, call: Call) -> Self {
        let reply = Reply::new(call.params.response_format.is_some());
        Self {
            settings,
            call,
            tickets: 0,
            process: 0,
            asked: BTreeMap::new(),
            passed: BTreeSet::new(),
            calls: Vec::new(),
            reply,
            outcome: None,
            resumed: false,
        }
    }

    fn ticket(&mut self) -> u64 {
        self.tickets += 1;
        self.tickets
    }

    fn start(&mut self, host: &mut Host<'_>, resume: bool) -> Result<(), Fault> {
        let turns = &self.call.turns;
        let past = if resume {
            Past::of(turns)
        } else {
            Past::fresh(turns)
        };
        let spawn = request::spawn(&self.settings, &self.call, &past);
        let message = request::message(&self.call, &past);
        self.resumed = past.session.is_some();
        self.process = self.ticket();
        host.spawn(self.process, &spawn)?;
        let greeting = request::greeting(&self.settings, &self.call);
        self.write(host, &greeting)?;
        self.write(host, &message)
    }

    fn write(&mut self, host: &mut Host<'_>, line: &Value) -> Result<(), Fault> {
        let stdin = Stdin {
            process: self.process,
            close: false,
        };
        host.stdin(self.ticket(), &stdin, format!("{line}\n").as_bytes())
    }

    /// A program that is gone takes no answer; its end says why.
    fn answer(&mut self, host: &mut Host<'_>, line: &Value) {
        drop(self.write(host, line));
    }

    fn line(&mut self, host: &mut Host<'_>, data: &[u8]) -> Result<(), Fault> {
        let text = String::from_utf8_lossy(data);
        // Whatever prints to the same place is no message.
        let Ok(line) = serde_json::from_str::<Json<'_>>(&text) else {
            return Ok(());
        };
        match line.get("type").text().unwrap_or_default() {
            "control_request" => self.request(host, &line),
            "control_cancel_request" => self.cancel(host, &line),
            "control_response" => return greeted(&line),
            "result" => self.result(host, &line),
            _ => self.reply.message(&line, host)?,
        }
        Ok(())
    }

    fn request(&mut self, host: &mut Host<'_>, line: &Json<'_>) {
        let request = line.get("request_id").text().unwrap_or_default().to_owned();
        match control::read(line.get("request"), &self.call) {
            Request::Answer(answer) => self.answer(host, &control::success(&request, answer)),
            Request::Unknown(what) => self.answer(host, &control::failure(&request, &what)),
            Request::Used { tool } => {
                let is_recorded = self.calls.iter().any(|call| call.name == tool);
                self.answer(
                    host,
                    &control::success(&request, control::after(is_recorded)),
                );
            }
            Request::Ask(Ask::Allow { id, input, .. }) if self.passed.contains(&id) => {
                let permission = self.by_rules();
                self.answer(
                    host,
                    &control::success(&request, control::allow(input, &permission)),
                );
            }
            Request::Ask(ask) => self.ask(host, request, ask),
        }
    }

    /// Where rules are configured, what they do not permit is not.
    fn by_rules(&self) -> Permission {
        let allowed = self.settings.allowed.is_none();
        let reason = "`allowed_tools` of this agent do not permit it".into();
        Permission {
            allowed,
            reason: if allowed { String::new() } else { reason },
        }
    }

    fn ask(&mut self, host: &mut Host<'_>, request: String, ask: Ask) {
        let ticket = self.ticket();
        let begun = match &ask {
            Ask::Hook { question, .. } | Ask::Allow { question, .. } => {
                host.check(ticket, question)
            }
            Ask::Tool { call, .. } => host.tool(ticket, call),
        };
        let asked = Asked { request, ask };
        match begun {
            Ok(()) => drop(self.asked.insert(ticket, asked)),
            Err(fault) => self.told(host, &asked, Err(fault)),
        }
    }

    /// A call that the host does not carry out is answered in the conversation.
    fn record(&mut self, host: &mut Host<'_>, call: &ToolUse) {
        let call = ToolCall {
            index: u32::try_from(self.calls.len()).unwrap_or(u32::MAX),
            id: call.id.clone(),
            name: call.name.clone(),
            arguments: call.arguments.clone(),
        };
        host.emit(Chunk::ToolCall(call.clone()));
        self.calls.push(call);
    }

    /// The host's answer to a question.
    fn told(&mut self, host: &mut Host<'_>, asked: &Asked, answer: Result<&[u8], Fault>) {
        let answer = match &asked.ask {
            Ask::Hook { id, .. } => {
                let permission = permission(answer);
                if permission.allowed && !id.is_empty() {
                    self.passed.insert(id.clone());
                }
                control::before(&permission)
            }
            Ask::Allow { input, .. } => {
                let said = permission(answer);
                let rules = self.by_rules();
                let permission = if said.allowed { rules } else { said };
                control::allow(input.clone(), &permission)
            }
            Ask::Tool { rpc, call } => match answer.and_then(read::<ToolOutcome>) {
                Err(fault) if is_not_carried_out(&fault) => {
                    self.record(host, call);
                    control::recorded(rpc)
                }
                outcome => control::tool_result(rpc, outcome),
            },
        };
        self.answer(host, &control::success(&asked.request, answer));
    }

    fn cancel(&mut self, host: &mut Host<'_>, line: &Json<'_>) {
        let request = line.get("request_id").text();
        let ticket = self
            .asked
            .iter()
            .find(|it| Some(it.1.request.as_str()) == request);
        if let Some(ticket) = ticket.map(|it| *it.0) {
            self.asked.remove(&ticket);
            host.abandon(ticket);
        }
    }

    fn result(&mut self, host: &mut Host<'_>, line: &Json<'_>) {
        self.outcome = Some(Outcome::of(line));
        let stdin = Stdin {
            process: self.process,
            close: true,
        };
        // It may have ended by itself.
        drop(host.stdin(self.ticket(), &stdin, &[]));
    }

    fn end(
        &mut self,
        host: &mut Host<'_>,
        status: u32,
        end: &ProcessEnd,
    ) -> Result<Progress, Fault> {
        let outcome = self.outcome.take().ok_or_else(|| self.died(status, end))?;
        if self.resumed && outcome.is_lost {
            self.start(host, false)?;
            return Ok(Progress::MORE);
        }
        host.emit(Chunk::Usage(outcome.usage));
        let finish = outcome.finish?;
        self.reply.end(outcome.text, host);
        host.emit(Chunk::ReasoningDone {
            index: self.reply.thoughts,
            opaque: Some(mark(&outcome.session, &self.call.turns)),
        });
        host.emit(Chunk::Done(Done {
            finish: if self.calls.is_empty() {
                finish
            } else {
                FinishReason::ToolCalls
            },
            response_id: Some(outcome.session),
            model: self.reply.model.take(),
        }));
        Ok(Progress::DONE)
    }

    fn died(&self, status: u32, end: &ProcessEnd) -> Fault {
        let said = end.stderr_tail.trim();
        let last = said.lines().last().unwrap_or("it said nothing");
        let is_unfit = !self.reply.began && said.starts_with("error: ");
        let code = if is_unfit {
            FaultCode::CONFIG
        } else {
            FaultCode::UPSTREAM
        };
        let text = format!("Claude Code ended with status {status} before its reply did: {last}");
        Fault::new(code, text).with_detail(said)
    }
}

impl Machine for Session {
    fn step(&mut self, event: Event<'_>, host: &mut Host<'_>) -> Result<Progress, Fault> {
        match event {
            Event::Start => self.start(host, true)?,
            Event::ProcessOut { data, .. } => self.line(host, data)?,
            Event::ProcessEnd { status, end, .. } => return self.end(host, status, &end),
            Event::Completed { ticket, data, .. } => {
                if let Some(asked) = self.asked.remove(&ticket) {
                    self.told(host, &asked, Ok(data));
                }
            }
            Event::Failed { ticket, fault } if ticket == self.process => {
                return Err(unstarted(fault));
            }
            Event::Failed { ticket, fault } => {
                if let Some(asked) = self.asked.remove(&ticket) {
                    self.told(host, &asked, Err(fault));
                }
            }
            _ => {}
        }
        Ok(Progress::MORE)
    }
}

fn unstarted(fault: Fault) -> Fault {
    if fault.code != FaultCode::CONFIG {
        return fault;
    }
    fault.with_detail(
        "hint: install it with `npm install --global @anthropic-ai/claude-code`, or name the \
         program in `cli_path`",
    )
}

fn is_not_carried_out(fault: &Fault) -> bool {
    matches!(fault.code, FaultCode::DENIED | FaultCode::UNSUPPORTED)
}

/// No answer is no permission.
fn permission(answer: Result<&[u8], Fault>) -> Permission {
    answer.and_then(read).unwrap_or_else(|fault| Permission {
        allowed: false,
        reason: format!("nobody could say whether this is allowed: {fault}"),
    })
}

fn read<T: DeserializeOwned>(data: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(data).map_err(|error| {
        let text = format!("the host's answer cannot be read: {error}");
        Fault::new(FaultCode::PROTOCOL, text)
    })
}

/// The answer to our greeting: only a refusal matters.
fn greeted(line: &Json<'_>) -> Result<(), Fault> {
    let response = line.get("response");
    if response.get("subtype").text() != Some("error") {
        return Ok(());
    }
    let said = response.get("error").text().unwrap_or("it did not say why");
    let text = format!("Claude Code refused to begin: {said}");
    Err(Fault::new(FaultCode::PROTOCOL, text))
}
