//! One reply while it streams in.
//!
//! It keeps what the next call must replay, in the order in which it came, and nothing that is
//! only for the screen.

use std::collections::BTreeMap;

use massgen_plugin::chat::{Chunk, FinishReason, Opaque, Part, Usage};

/// A reply so far.
#[derive(Debug)]
pub(crate) struct Draft {
    parts: Vec<Part>,
    /// Where each block of reasoning stands in `parts`.
    reasoning: BTreeMap<u32, usize>,
    pub(crate) usage: Usage,
    pub(crate) finish: FinishReason,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            parts: Vec::new(),
            reasoning: BTreeMap::new(),
            usage: Usage::default(),
            finish: FinishReason::Other,
        }
    }
}

impl Draft {
    /// Takes in one piece.
    pub(crate) fn absorb(&mut self, chunk: Chunk) {
        match chunk {
            Chunk::Text { text } | Chunk::Refusal { text } => self.append_text(&text),
            Chunk::Reasoning { text, index, .. } => self.append_reasoning(index, &text),
            Chunk::ReasoningDone { index, opaque } => self.end_reasoning(index, opaque),
            Chunk::ToolCall(call) => self.parts.push(Part::ToolCall {
                id: call.id,
                name: call.name,
                arguments: call.arguments,
            }),
            Chunk::ServerTool(status) => {
                self.parts
                    .extend(status.opaque.map(|opaque| Part::ServerTool { opaque }));
            }
            Chunk::Usage(usage) => self.usage = usage,
            Chunk::Done(done) => self.finish = done.finish,
            Chunk::ToolCallStart { .. }
            | Chunk::ToolCallDelta { .. }
            | Chunk::Citation { .. }
            | Chunk::Status { .. }
            | Chunk::Debug { .. }
            | Chunk::Other { .. } => {}
        }
    }

    /// What was said, to be replayed.
    pub(crate) fn take_parts(&mut self) -> Vec<Part> {
        self.reasoning.clear();
        std::mem::take(&mut self.parts)
    }

    fn append_text(&mut self, more: &str) {
        if let Some(Part::Text { text }) = self.parts.last_mut() {
            text.push_str(more);
        } else {
            self.parts.push(Part::text(more));
        }
    }

    fn append_reasoning(&mut self, index: u32, more: &str) {
        if let Part::Reasoning { text, .. } = self.thought(index) {
            text.push_str(more);
        }
    }

    fn end_reasoning(&mut self, index: u32, replay: Option<Opaque>) {
        if let Part::Reasoning { opaque, .. } = self.thought(index) {
            *opaque = replay;
        }
    }

    /// This block of reasoning, begun if it is new.
    fn thought(&mut self, index: u32) -> &mut Part {
        let place = *self.reasoning.entry(index).or_insert(self.parts.len());
        if place == self.parts.len() {
            self.parts.push(Part::Reasoning {
                text: String::new(),
                opaque: None,
            });
        }
        &mut self.parts[place]
    }
}
