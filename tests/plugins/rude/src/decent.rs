//! The well-behaved session: three text chunks over two pauses, then one tool call, then the end.
//!
//! It votes for the first name the `vote` tool offers once that name stands in the conversation,
//! answers while there is nobody to vote for, and only talks when no tool is offered.

use massgen_plugin::abi::Progress;
use massgen_plugin::chat::{Call, Chunk, Done, FinishReason, ToolCall, Usage};
use massgen_plugin::sdk::{Event, Host, Machine};
use massgen_plugin::{Fault, FaultCode};
use serde_json::{Value, json};

const WORDS: [&str; 3] = ["I ", "behave ", "well."];
const PAUSE_MS: u64 = 1;

/// One decent session.
pub(crate) struct Decent {
    said: usize,
    tool_call: Option<ToolCall>,
}

impl Decent {
    pub(crate) fn new(call: &Call) -> Self {
        Self {
            said: 0,
            tool_call: choose(call),
        }
    }

    fn go_on(&mut self, host: &mut Host<'_>) -> Result<Progress, Fault> {
        let Some(word) = WORDS.get(self.said) else {
            return Err(Fault::new(FaultCode::PROTOCOL, "a timer that nobody began"));
        };
        host.emit(Chunk::text(*word));
        self.said += 1;
        if self.said < WORDS.len() {
            host.timer(self.said as u64, PAUSE_MS)?;
            return Ok(Progress::MORE);
        }
        self.finish(host);
        Ok(Progress::DONE)
    }

    fn finish(&mut self, host: &mut Host<'_>) {
        let finish = match self.tool_call.take() {
            Some(call) => {
                host.emit(Chunk::ToolCall(call));
                FinishReason::ToolCalls
            }
            None => FinishReason::Stop,
        };
        host.emit(Chunk::Usage(Usage {
            input: Some(1),
            output: Some(WORDS.len() as u64),
            ..Usage::default()
        }));
        host.emit(done(finish));
    }
}

impl Machine for Decent {
    fn step(&mut self, event: Event<'_>, host: &mut Host<'_>) -> Result<Progress, Fault> {
        match event {
            Event::Start | Event::Timer { .. } => self.go_on(host),
            Event::Failed { fault, .. } => Err(fault),
            _ => Ok(Progress::MORE),
        }
    }
}

pub(crate) fn done(finish: FinishReason) -> Chunk {
    Chunk::Done(Done {
        finish,
        response_id: None,
        model: Some("rude-1".into()),
    })
}

fn choose(call: &Call) -> Option<ToolCall> {
    let offered = |name: &str| call.tools.iter().find(|tool| tool.name == name);
    let vote = offered("vote").and_then(|tool| {
        let target = first_target(&tool.parameters)?;
        is_named(call, target).then(|| json!({ "agent_id": target, "reason": "it behaves well" }))
    });
    if let Some(arguments) = vote {
        return Some(tool_call("vote", arguments));
    }
    let text = WORDS.concat();
    offered("new_answer").map(|_| tool_call("new_answer", json!({ "content": text })))
}

fn first_target(parameters: &Value) -> Option<&str> {
    parameters["properties"]["agent_id"]["enum"][0].as_str()
}

fn is_named(call: &Call, target: &str) -> bool {
    call.turns
        .iter()
        .any(|turn| turn.joined_text().contains(target))
}

fn tool_call(name: &str, arguments: Value) -> ToolCall {
    ToolCall {
        index: 0,
        id: format!("call_{name}"),
        name: name.into(),
        arguments,
    }
}
