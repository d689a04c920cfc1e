//! Parts of a message, told as they come and kept to be replayed where that matters.
//!
//! What belongs to a text or a call (its signature) is handed over as a block of reasoning without
//! text, directly after it.

use dialect::{Json, arguments, server_tool};
use massgen_plugin::chat::{Chunk, ToolCall};
use serde_json::{Value, json};

use super::Reading;
use crate::wire::{self, SERVED};

impl Reading<'_, '_, '_> {
    /// Takes a part.
    pub(super) fn part(&mut self, part: &Json<'_>) {
        if part.get("thought") == &Json::Bool(true) {
            return self.think(part);
        }
        self.close_thought();
        if let call @ Json::Object(_) = part.get("functionCall") {
            self.call(part, call);
        } else if let Json::Text(text) = part.get("text") {
            self.out.text(text);
            if !part.get("thoughtSignature").is_nothing() {
                self.keep(part.to_value(), None);
            }
        } else if !self.server(part) {
            self.unknown(part);
        }
    }

    /// Hands over the thought that is open.
    pub(super) fn close_thought(&mut self) {
        if let Some(text) = self.reply.thought.take() {
            self.keep(json!({ "text": text, "thought": true }), None);
        }
    }

    /// Thoughts in a row are one thought; a signature ends it.
    fn think(&mut self, part: &Json<'_>) {
        let text = part.get("text").text().unwrap_or("");
        self.out.reasoning(text, self.reply.thoughts);
        let thought = self.reply.thought.take().unwrap_or_default() + text;
        if part.get("thoughtSignature").is_nothing() {
            self.reply.thought = Some(thought);
            return;
        }
        let mut part = part.to_value();
        part["text"] = thought.into();
        self.keep(part, None);
    }

    /// A call comes whole. Its id is the provider's or made of its place; the host needs one that
    /// is unique.
    fn call(&mut self, part: &Json<'_>, call: &Json<'_>) {
        let index = self.reply.calls;
        self.reply.calls += 1;
        let made = (index..).map(|number| format!("call_{number}"));
        let given = call.get("id").text().map(ToOwned::to_owned);
        let id = self.reply.ids.first(given.into_iter().chain(made));
        let name = call.get("name").text().unwrap_or("").to_owned();
        let known = id.clone();
        let whole = ToolCall {
            index,
            id: id.clone(),
            name: name.clone(),
            arguments: arguments::object(&call.get("args").to_value()),
        };
        self.out.push(Chunk::ToolCallStart { index, id, name });
        self.out.tool_call(whole);
        self.keep(part.to_value(), Some(&known));
    }

    /// A tool that runs at the provider; whether the part is of one.
    fn server(&mut self, part: &Json<'_>) -> bool {
        let is_there = |name: &str| matches!(part.get(name), Json::Object(_));
        let Some((member, tool, is_over, detail)) = SERVED.iter().find(|it| is_there(it.0)) else {
            return false;
        };
        let said = part.get(member);
        let name = said.get("toolType").text().unwrap_or(tool);
        let status = match said.get("outcome").text() {
            Some(outcome) if outcome != "OUTCOME_OK" => "failed",
            _ if *is_over => "completed",
            _ => "running",
        };
        let detail = match said.get(detail) {
            Json::Null => String::new(),
            Json::Text(text) => text.trim_end().to_owned(),
            other => other.to_value().to_string(),
        };
        let opaque = wire::opaque(self.model, part.to_value(), None);
        let name = name.to_ascii_lowercase();
        server_tool::tell(self.out, &name, status, detail, Some(opaque));
        true
    }

    fn unknown(&mut self, part: &Json<'_>) {
        if let Some(mime) = part.get("inlineData").get("mimeType").text() {
            let text = format!("the model made a file ({mime}) that cannot be shown here");
            self.out.push(Chunk::Status { text });
        }
        if matches!(part, Json::Object(members) if !members.is_empty()) {
            self.keep(part.to_value(), None);
        }
    }

    /// Keeps a part to be replayed, for a call with the id that the host knows it by.
    fn keep(&mut self, part: Value, call: Option<&str>) {
        self.out.push(Chunk::ReasoningDone {
            index: self.reply.thoughts,
            opaque: Some(wire::opaque(self.model, part, call)),
        });
        self.reply.thoughts += 1;
    }
}
