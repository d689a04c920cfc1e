//! Chunks on their way to the host.

use super::Host;
use crate::chat::{Chunk, Done, FinishReason, ReasoningForm, ToolCall, Usage};

/// Where a translator puts the pieces of a reply.
pub struct Chunks<'a, 'b> {
    host: &'a mut Host<'b>,
    done: bool,
}

impl<'a, 'b> Chunks<'a, 'b> {
    /// Chunks that go to this host.
    pub fn new(host: &'a mut Host<'b>) -> Self {
        Self { host, done: false }
    }

    /// Hands over a piece of the reply.
    pub fn push(&mut self, chunk: Chunk) {
        self.done |= matches!(chunk, Chunk::Done(_));
        self.host.emit(chunk);
    }

    /// Text of the reply; nothing for an empty one.
    pub fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.push(Chunk::text(text));
        }
    }

    /// Thinking made visible; nothing for an empty text.
    pub fn reasoning(&mut self, text: &str, index: u32) {
        if !text.is_empty() {
            let form = ReasoningForm::Text;
            self.push(Chunk::Reasoning {
                text: text.to_owned(),
                form,
                index,
            });
        }
    }

    /// A complete tool call.
    pub fn tool_call(&mut self, call: ToolCall) {
        self.push(Chunk::ToolCall(call));
    }

    /// What the call cost.
    pub fn usage(&mut self, usage: Usage) {
        self.push(Chunk::Usage(usage));
    }

    /// The end of the reply; exactly once, and nothing after it.
    pub fn done(&mut self, finish: FinishReason) {
        self.push(Chunk::Done(Done {
            finish,
            response_id: None,
            model: None,
        }));
    }

    /// Whether the end was handed over.
    pub fn is_done(&self) -> bool {
        self.done
    }
}
