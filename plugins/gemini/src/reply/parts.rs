//! Parts of a message, told as they come and kept to be replayed where that matters.
//!
//! What belongs to a text or a call (its signature) is handed over as a block of reasoning without
//! text, directly after it.

use std::collections::HashSet;

use dialect::{Json, arguments, server_tool};
use massgen_plugin::Chunks;
use massgen_plugin::chat::{Chunk, ToolCall};
use serde_json::{Value, json};

use crate::wire;

/// What is kept of the parts that came.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// Number of the next block of reasoning.
    thoughts: u32,
    /// The thought that is open.
    thought: Option<String>,
    calls: u32,
    ids: HashSet<String>,
}

impl Parts {
    /// Whether the model called functions.
    pub(super) fn has_calls(&self) -> bool {
        self.calls > 0
    }

    /// Takes a part.
    pub(super) fn read(&mut self, model: &str, part: &Json<'_>, out: &mut Chunks<'_, '_>) {
        let text = part.get("text");
        if part.get("thought") == &Json::Bool(true) {
            return self.think(model, part, out);
        }
        self.close_thought(model, out);
        let is_signed = !part.get("thoughtSignature").is_nothing();
        let call = part.get("functionCall");
        if matches!(call, Json::Object(_)) {
            self.call(model, part, call, out);
        } else if matches!(text, Json::Text(_)) {
            out.text(text.text().unwrap_or(""));
            if is_signed {
                self.keep(model, part.to_value(), None, out);
            }
        } else if !self.server(model, part, out) {
            self.unknown(model, part, out);
        }
    }

    /// Hands over the thought that is open.
    pub(super) fn close_thought(&mut self, model: &str, out: &mut Chunks<'_, '_>) {
        if let Some(text) = self.thought.take() {
            let part = json!({ "text": text, "thought": true });
            self.keep(model, part, None, out);
        }
    }

    /// Thoughts in a row are one thought; a signature ends it.
    fn think(&mut self, model: &str, part: &Json<'_>, out: &mut Chunks<'_, '_>) {
        let text = part.get("text").text().unwrap_or("");
        out.reasoning(text, self.thoughts);
        let mut thought = self.thought.take().unwrap_or_default();
        thought.push_str(text);
        if part.get("thoughtSignature").is_nothing() {
            self.thought = Some(thought);
            return;
        }
        let mut part = part.to_value();
        part["text"] = thought.into();
        self.keep(model, part, None, out);
    }

    fn call(&mut self, model: &str, part: &Json<'_>, call: &Json<'_>, out: &mut Chunks<'_, '_>) {
        let index = self.calls;
        self.calls += 1;
        let id = self.unique(call.get("id").text(), index);
        let name = call.get("name").text().unwrap_or("").to_owned();
        out.push(Chunk::ToolCallStart {
            index,
            id: id.clone(),
            name: name.clone(),
        });
        out.tool_call(ToolCall {
            index,
            id: id.clone(),
            name,
            arguments: arguments::object(&call.get("args").to_value()),
        });
        self.keep(model, part.to_value(), Some(&id), out);
    }

    /// The provider's id, or one made of the call's place; the host needs one that is unique.
    fn unique(&mut self, id: Option<&str>, index: u32) -> String {
        let made = (index..).map(|number| format!("call_{number}"));
        let mut ids = id.map(ToOwned::to_owned).into_iter().chain(made);
        ids.find(|id| self.ids.insert(id.clone()))
            .unwrap_or_default()
    }

    /// A tool that runs at the provider; whether the part is of one.
    fn server(&mut self, model: &str, part: &Json<'_>, out: &mut Chunks<'_, '_>) -> bool {
        let Some((name, status, detail)) = served(part) else {
            return false;
        };
        let opaque = wire::opaque(model, part.to_value(), None);
        server_tool::tell(out, &name, status, detail, Some(opaque));
        true
    }

    fn unknown(&mut self, model: &str, part: &Json<'_>, out: &mut Chunks<'_, '_>) {
        let Json::Object(members) = part else {
            return;
        };
        if members.is_empty() {
            return;
        }
        if let Some(mime) = part.get("inlineData").get("mimeType").text() {
            let text = format!("the model made a file ({mime}) that cannot be shown here");
            out.push(Chunk::Status { text });
        }
        self.keep(model, part.to_value(), None, out);
    }

    fn keep(&mut self, model: &str, part: Value, call: Option<&str>, out: &mut Chunks<'_, '_>) {
        let opaque = Some(wire::opaque(model, part, call));
        let index = self.thoughts;
        self.thoughts += 1;
        out.push(Chunk::ReasoningDone { index, opaque });
    }
}

/// Name, status and words of a part that a tool of the provider made.
fn served(part: &Json<'_>) -> Option<(String, &'static str, String)> {
    let words = |json: &Json<'_>| json.text().unwrap_or("").trim_end().to_owned();
    let is_there = |name: &str| matches!(part.get(name), Json::Object(_));
    let lower = |json: &Json<'_>| {
        json.get("toolType")
            .text()
            .unwrap_or("tool")
            .to_ascii_lowercase()
    };
    if is_there("executableCode") {
        let code = words(part.get("executableCode").get("code"));
        return Some(("code_execution".into(), "running", code));
    }
    if is_there("codeExecutionResult") {
        let result = part.get("codeExecutionResult");
        let is_ok = result.get("outcome").text() == Some("OUTCOME_OK");
        let status = if is_ok { "completed" } else { "failed" };
        return Some(("code_execution".into(), status, words(result.get("output"))));
    }
    if is_there("toolCall") {
        let call = part.get("toolCall");
        let detail = serde_json::to_string(&call.get("args").to_value()).unwrap_or_default();
        let detail = if call.get("args").is_nothing() {
            String::new()
        } else {
            detail
        };
        return Some((lower(call), "running", detail));
    }
    let response = part.get("toolResponse");
    is_there("toolResponse").then(|| (lower(response), "completed", String::new()))
}
