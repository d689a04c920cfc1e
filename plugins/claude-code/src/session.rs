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

use crate::control::{self, Ask, Form, Request};
use crate::history::{Past, mark};
use crate::reply::Reply;
use crate::request;
use crate::result::Outcome;
use crate::settings::Settings;

/// One call.
pub(crate) struct Session {
    settings: Arc<Settings>,
    call: Call,
    tickets: u64,
    process: u64,
    /// Questions that the host has under way, with the program's name for each.
    asked: BTreeMap<u64, (String, Ask)>,
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
        let mut reply = Reply::default();
        reply.structured = call.params.response_format.is_some();
        Self {
            reply,
            settings,
            call,
            tickets: 0,
            process: 0,
            asked: BTreeMap::new(),
            passed: BTreeSet::new(),
            calls: Vec::new(),
            outcome: None,
            resumed: false,
        }
    }

    fn ticket(&mut self) -> u64 {
        self.tickets += 1;
        self.tickets
    }

    fn start(&mut self, host: &mut Host<'_>, past: fn(&Call) -> Past<'_>) -> Result<(), Fault> {
        self.settings.warn();
        let past = past(&self.call);
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
        self.stdin(host, false, &format!("{line}\n"))
    }

    fn stdin(&mut self, host: &mut Host<'_>, close: bool, text: &str) -> Result<(), Fault> {
        let process = self.process;
        host.stdin(self.ticket(), &Stdin { process, close }, text.as_bytes())
    }

    /// An answer that the host does not take, because it is too long, is answered by why: the
    /// program would wait for ever. One that is gone takes no answer; its end says why.
    fn answer(&mut self, host: &mut Host<'_>, request: &str, answer: Result<Value, String>) {
        if let Err(fault) = self.write(host, &control::line(request, answer)) {
            drop(self.write(host, &control::line(request, Err(fault.message))));
        }
    }

    fn line(&mut self, host: &mut Host<'_>, data: &[u8]) -> Result<(), Fault> {
        let text = String::from_utf8_lossy(data);
        // Whatever prints to the same place is no message.
        let Ok(line) = serde_json::from_str::<Json<'_>>(&text) else {
            return Ok(());
        };
        let request = line.get("request_id").text().unwrap_or_default();
        match line.get("type").text().unwrap_or_default() {
            "control_request" => {
                match control::read(line.get("request"), &self.call, &self.calls) {
                    Ok(Request::Ask(ask)) => self.ask(host, request.to_owned(), ask),
                    Ok(Request::Answer(answer)) => self.answer(host, request, Ok(answer)),
                    Err(unknown) => self.answer(host, request, Err(unknown)),
                }
            }
            "control_cancel_request" => self.cancel(host, request),
            "control_response" => return greeted(line.get("response")),
            "result" => {
                self.outcome = Some(Outcome::of(&line));
                // It may have ended by itself.
                drop(self.stdin(host, true, ""));
            }
            _ => self.reply.message(&line, host)?,
        }
        Ok(())
    }

    fn ask(&mut self, host: &mut Host<'_>, request: String, ask: Ask) {
        let ticket = self.ticket();
        let begun = match &ask {
            Ask::Use { id, question, form } if *form == Form::Rules && self.passed.contains(id) => {
                let answer = control::permission(*form, question, self.by_rules());
                return self.answer(host, &request, Ok(answer));
            }
            Ask::Use { question, .. } => host.check(ticket, question),
            Ask::Tool { call, .. } => host.tool(ticket, call),
        };
        self.asked.insert(ticket, (request, ask));
        if let Err(fault) = begun {
            self.told(host, ticket, Err(fault));
        }
    }

    fn cancel(&mut self, host: &mut Host<'_>, request: &str) {
        let of_it = |_: &u64, asked: &mut (String, Ask)| asked.0 == request;
        for (ticket, _) in self.asked.extract_if(.., of_it) {
            host.abandon(ticket);
        }
    }

    /// Where rules are configured, what they do not permit is not.
    fn by_rules(&self) -> Result<(), String> {
        match self.settings.allowed {
            Some(_) => Err("`allowed_tools` of this agent do not permit it".into()),
            None => Ok(()),
        }
    }

    /// The host's answer to a question.
    fn told(&mut self, host: &mut Host<'_>, ticket: u64, said: Result<&[u8], Fault>) {
        let Some((request, ask)) = self.asked.remove(&ticket) else {
            return;
        };
        let answer = match ask {
            Ask::Use { id, question, form } => {
                let mut said = permitted(said);
                if form == Form::Rules {
                    said = said.and_then(|()| self.by_rules());
                } else if said.is_ok() && !id.is_empty() {
                    self.passed.insert(id);
                }
                control::permission(form, &question, said)
            }
            Ask::Tool { rpc, call } => match said.and_then(read::<ToolOutcome>) {
                Err(fault) if is_not_carried_out(&fault) => {
                    self.record(host, call);
                    control::recorded(&rpc)
                }
                outcome => control::tool_result(&rpc, outcome),
            },
        };
        self.answer(host, &request, Ok(answer));
    }

    /// A call that the host does not carry out is answered in the conversation.
    fn record(&mut self, host: &mut Host<'_>, call: ToolUse) {
        let call = ToolCall {
            index: u32::try_from(self.calls.len()).unwrap_or(u32::MAX),
            id: call.id,
            name: call.name,
            arguments: call.arguments,
        };
        host.emit(Chunk::ToolCall(call.clone()));
        self.calls.push(call);
    }

    fn end(
        &mut self,
        host: &mut Host<'_>,
        status: u32,
        end: &ProcessEnd,
    ) -> Result<Progress, Fault> {
        let outcome = self.outcome.take().ok_or_else(|| self.died(status, end))?;
        if self.resumed && outcome.is_lost {
            self.start(host, |call| Past::fresh(&call.turns))?;
            return Ok(Progress::MORE);
        }
        if outcome.finish.is_ok() {
            self.reply.end(outcome.text, host);
        }
        host.emit(Chunk::Usage(outcome.usage));
        let finish = outcome.finish?;
        host.emit(Chunk::ReasoningDone {
            index: self.reply.thoughts,
            opaque: Some(mark(&outcome.session, &self.call.turns)),
        });
        let called = (!self.calls.is_empty()).then_some(FinishReason::ToolCalls);
        host.emit(Chunk::Done(Done {
            finish: called.unwrap_or(finish),
            response_id: Some(outcome.session),
            model: self.reply.model.take(),
        }));
        Ok(Progress::DONE)
    }

    fn died(&self, status: u32, end: &ProcessEnd) -> Fault {
        let said = end.stderr_tail.trim();
        let last = said.lines().last().unwrap_or("it said nothing");
        let code = match said.starts_with("error: ") {
            true if !self.reply.began => FaultCode::CONFIG,
            _ => FaultCode::UPSTREAM,
        };
        let text = format!("Claude Code ended with status {status} before its reply did: {last}");
        Fault::new(code, text).with_detail(said)
    }
}

impl Machine for Session {
    fn step(&mut self, event: Event<'_>, host: &mut Host<'_>) -> Result<Progress, Fault> {
        match event {
            Event::Start => self.start(host, |call| Past::of(&call.turns))?,
            Event::ProcessOut { data, .. } => self.line(host, data)?,
            Event::ProcessEnd { status, end, .. } => return self.end(host, status, &end),
            Event::Completed { ticket, data, .. } => self.told(host, ticket, Ok(data)),
            Event::Failed { ticket, fault } if ticket == self.process => {
                return Err(unstarted(fault));
            }
            Event::Failed { ticket, fault } => self.told(host, ticket, Err(fault)),
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

/// Whether the gate permits it, or why not; no answer is no permission.
fn permitted(answer: Result<&[u8], Fault>) -> Result<(), String> {
    match answer.and_then(read::<Permission>) {
        Ok(it) if it.allowed => Ok(()),
        Ok(it) => Err(it.reason),
        Err(fault) => Err(format!("nobody could say whether this is allowed: {fault}")),
    }
}

fn read<T: DeserializeOwned>(data: &[u8]) -> Result<T, Fault> {
    serde_json::from_slice(data).map_err(|error| {
        let text = format!("the host's answer cannot be read: {error}");
        Fault::new(FaultCode::PROTOCOL, text)
    })
}

/// The answer to our greeting: only a refusal matters.
fn greeted(response: &Json<'_>) -> Result<(), Fault> {
    if response.get("subtype").text() != Some("error") {
        return Ok(());
    }
    let said = response.get("error").text().unwrap_or("it did not say why");
    let text = format!("Claude Code refused to begin: {said}");
    Err(Fault::new(FaultCode::PROTOCOL, text))
}
