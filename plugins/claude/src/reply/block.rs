//! Blocks of a message: begun, grown by deltas, closed.
//!
//! A block is kept as the JSON that it would be in a whole message, so that every kind, also one
//! that nobody knows yet, can go back as it was.

use dialect::{Json, append, arguments, server_tool};
use massgen_plugin::Chunks;
use massgen_plugin::chat::{Chunk, ToolCall};
use serde_json::{Value, json};

use super::{Reply, keep, server};

/// A block that is open.
#[derive(Debug)]
pub(super) struct Block {
    kind: Kind,
    value: Value,
    /// The text of `input`, piece by piece.
    input: String,
}

/// What a block is to the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    /// Also what nobody knows; with its number among the blocks of reasoning.
    Thought(u32),
    /// With its number among the calls.
    Call(u32),
    ServerCall,
    ServerResult,
}

impl Block {
    /// Grows by a delta: by its texts, by one source, by a piece of the input.
    fn grow(&mut self, delta: &Json<'_>) {
        let Json::Object(members) = delta else {
            return;
        };
        for (name, more) in members {
            match name.as_ref() {
                "type" => {}
                "partial_json" => self.input += more.text().unwrap_or(""),
                "citation" => append(&mut self.value["citations"], json!([more.to_value()])),
                name => append(&mut self.value[name], more.to_value()),
            }
        }
    }

    /// What came of the input; the block has it as an object.
    fn take_input(&mut self) -> Value {
        let input = match self.input.as_str() {
            blank if blank.trim().is_empty() => arguments::object(&self.value["input"]),
            input => arguments::parse(input),
        };
        self.value["input"] = arguments::object(&input);
        input
    }

    fn text(&self, name: &str) -> &str {
        self.value[name].as_str().unwrap_or("")
    }
}

impl Reply {
    /// A block begins. What stands in it already counts as its first delta.
    pub(super) fn start(&mut self, index: u64, block: &Json<'_>, out: &mut Chunks<'_, '_>) {
        self.course.began = true;
        // An index that comes again without a stop belongs to a new block.
        self.stop(index, out);
        let mut value = block.to_value();
        if !value.is_object() {
            return;
        }
        let kind = self.kind(block.get("type").text().unwrap_or(""));
        if kind != Kind::Text {
            self.close_texts(out);
        }
        let name = block.get("name").text().unwrap_or("").to_owned();
        if let Kind::Call(index) = kind {
            let id = block.get("id").text().map(ToOwned::to_owned);
            let id = id.unwrap_or_else(|| format!("call_{index}"));
            value["id"] = id.as_str().into();
            out.push(Chunk::ToolCallStart { index, id, name });
        } else if kind == Kind::ServerCall {
            server_tool::tell(out, &name, "started", "", None);
        }
        self.tell(kind, block, out);
        let input = String::new();
        self.open.insert(index, Block { kind, value, input });
    }

    /// More of an open block.
    pub(super) fn delta(&mut self, index: u64, delta: &Json<'_>, out: &mut Chunks<'_, '_>) {
        if let Some(block) = self.open.get_mut(&index) {
            block.grow(delta);
            let kind = block.kind;
            self.tell(kind, delta, out);
        }
    }

    /// A block is complete, if it is open.
    pub(super) fn stop(&mut self, index: u64, out: &mut Chunks<'_, '_>) {
        let Some(mut block) = self.open.remove(&index) else {
            return;
        };
        match block.kind {
            Kind::Text if block.text("text").is_empty() => {}
            Kind::Text => self.texts.push(block.value),
            Kind::Thought(index) => keep(index, block.value, out),
            Kind::Call(index) => self.call(index, block, out),
            Kind::ServerCall => {
                block.take_input();
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
        let text = |name| news.get(name).text().unwrap_or("").to_owned();
        match kind {
            Kind::Text => {
                out.text(&text("text"));
                let one = std::slice::from_ref(news.get("citation"));
                self.citations.read(one, out);
                self.citations.read(news.get("citations").items(), out);
            }
            Kind::Thought(index) => out.reasoning(&text("thinking"), index),
            Kind::Call(index) if !news.get("partial_json").is_nothing() => {
                let text = text("partial_json");
                out.push(Chunk::ToolCallDelta { index, text });
            }
            Kind::Call(_) | Kind::ServerCall | Kind::ServerResult => {}
        }
    }

    fn call(&mut self, index: u32, mut block: Block, out: &mut Chunks<'_, '_>) {
        let arguments = block.take_input();
        out.tool_call(ToolCall {
            index,
            id: block.text("id").to_owned(),
            name: block.text("name").to_owned(),
            arguments,
        });
        // Who called matters when it was no direct call: a program at the provider waits for it.
        let caller = block.value["caller"]["type"].as_str();
        if caller.is_some_and(|it| it != "direct") {
            keep(self.next_thought(), block.value, out);
        }
    }
}
