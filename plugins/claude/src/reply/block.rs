//! Blocks of a message: begun, grown by deltas, closed.
//!
//! A block is kept as the JSON that it would be in a whole message, so that every kind, also one
//! that nobody knows yet, can go back as it was.

use dialect::{Json, arguments, server_tool};
use massgen_plugin::Chunks;
use massgen_plugin::chat::{Chunk, ToolCall};
use serde_json::Value;

use super::{Reply, server};

/// A block that is open.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) kind: Kind,
    pub(super) value: Value,
    /// The text of `input`, piece by piece.
    pub(super) input: String,
}

/// What a block is to the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// Also what nobody knows; with its number among the blocks of reasoning.
    Thought(u32),
    /// With its number among the calls.
    Call(u32),
    ServerCall,
    ServerResult,
}

impl Block {
    /// Grows as the delta says: texts by appending, lists by an item, everything else by setting.
    fn grow(&mut self, delta: &Json<'_>) {
        let Json::Object(members) = delta else {
            return;
        };
        for (name, more) in members {
            match (name.as_ref(), more) {
                ("type", _) => {}
                ("partial_json", _) => self.input += more.text().unwrap_or(""),
                ("citation", _) => match &mut self.value["citations"] {
                    Value::Array(list) => list.push(more.to_value()),
                    other => *other = Value::Array(vec![more.to_value()]),
                },
                (name, Json::Text(more)) => match &mut self.value[name] {
                    Value::String(text) => text.push_str(more),
                    other => *other = Value::from(more.as_ref()),
                },
                (name, more) => self.value[name] = more.to_value(),
            }
        }
    }

    /// Sets `input` to what came of it.
    pub(super) fn take_input(&mut self) -> Value {
        if self.input.trim().is_empty() {
            return arguments::object(&self.value["input"]);
        }
        arguments::parse(&self.input)
    }
}

impl Reply {
    /// A block begins. What stands in it already counts as its first delta.
    pub(super) fn start(&mut self, index: u64, block: &Json<'_>, out: &mut Chunks<'_, '_>) {
        self.began = true;
        let mut value = block.to_value();
        if !value.is_object() {
            return;
        }
        let kind = self.kind(block.get("type").text().unwrap_or(""));
        if kind != Kind::Text {
            self.close_texts(out);
        }
        let name = block.get("name").text().unwrap_or("").to_owned();
        match kind {
            Kind::Call(index) => {
                let id = block.get("id").text().map(ToOwned::to_owned);
                let id = id.unwrap_or_else(|| format!("call_{index}"));
                value["id"] = id.as_str().into();
                out.push(Chunk::ToolCallStart { index, id, name });
            }
            Kind::ServerCall => server_tool::tell(out, &name, "started", "", None),
            Kind::Text | Kind::Thought(_) | Kind::ServerResult => {}
        }
        let input = String::new();
        let fresh = Block { kind, value, input };
        // An index that comes again without a stop belongs to a new block.
        if let Some(earlier) = self.open.insert(index, fresh) {
            self.close(earlier, out);
        }
        self.tell(kind, block, out);
    }

    /// More of an open block.
    pub(super) fn delta(&mut self, index: u64, delta: &Json<'_>, out: &mut Chunks<'_, '_>) {
        let Some(block) = self.open.get_mut(&index) else {
            return;
        };
        block.grow(delta);
        let kind = block.kind;
        self.tell(kind, delta, out);
    }

    /// A block is complete.
    pub(super) fn close(&mut self, mut block: Block, out: &mut Chunks<'_, '_>) {
        match block.kind {
            Kind::Text => {
                self.cited |= block.value["citations"]
                    .as_array()
                    .is_some_and(|it| !it.is_empty());
                if block.value["text"]
                    .as_str()
                    .is_some_and(|text| !text.is_empty())
                {
                    self.texts.push(block.value);
                }
            }
            Kind::Thought(index) => self.keep(index, block.value, out),
            Kind::Call(index) => self.close_call(index, block, out),
            Kind::ServerCall => {
                block.value["input"] = arguments::object(&block.take_input());
                server::running(block.value, out);
            }
            Kind::ServerResult => server::done(block.value, out),
        }
    }

    fn kind(&mut self, word: &str) -> Kind {
        match word {
            "text" => Kind::Text,
            "tool_use" => {
                self.calls += 1;
                Kind::Call(self.calls - 1)
            }
            word if word.ends_with("tool_use") => Kind::ServerCall,
            word if word.ends_with("tool_result") => Kind::ServerResult,
            _ => Kind::Thought(self.next_thought()),
        }
    }

    /// What a person sees of a block's beginning or of its delta.
    fn tell(&mut self, kind: Kind, news: &Json<'_>, out: &mut Chunks<'_, '_>) {
        match kind {
            Kind::Text => {
                out.text(news.get("text").text().unwrap_or(""));
                let one = std::slice::from_ref(news.get("citation"));
                self.citations.read(one, out);
                self.citations.read(news.get("citations").items(), out);
            }
            Kind::Thought(index) => out.reasoning(news.get("thinking").text().unwrap_or(""), index),
            Kind::Call(index) => {
                if let Some(text) = news.get("partial_json").text() {
                    let text = text.to_owned();
                    out.push(Chunk::ToolCallDelta { index, text });
                }
            }
            Kind::ServerCall | Kind::ServerResult => {}
        }
    }

    fn close_call(&mut self, index: u32, mut block: Block, out: &mut Chunks<'_, '_>) {
        let text = |name: &str| block.value[name].as_str().unwrap_or("").to_owned();
        let (id, name) = (text("id"), text("name"));
        let arguments = block.take_input();
        out.tool_call(ToolCall {
            index,
            id,
            name,
            arguments: arguments.clone(),
        });
        // Who called matters when it was no direct call: a program at the provider waits for it.
        let caller = block.value["caller"]["type"].as_str();
        if caller.is_some_and(|it| it != "direct") {
            block.value["input"] = arguments::object(&arguments);
            let thought = self.next_thought();
            self.keep(thought, block.value, out);
        }
    }
}
