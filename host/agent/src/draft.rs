//! One reply while it streams in.
//!
//! It keeps what the next call must replay, in the order in which it came, and nothing that is
//! only for the screen.
//!
//! **Invariant:** what a provider wants back (signatures, items, blocks) stands among the parts
//! where it came, with readable text or without: data for a text or a call comes as a block of its
//! own directly after that part. Neither is joined with anything across such a block.

use std::collections::BTreeMap;

use massgen_plugin::chat::{Chunk, FinishReason, Opaque, Part, Usage};

/// A reply so far.
#[derive(Debug)]
pub(crate) struct Draft {
    parts: Vec<Part>,
    /// Where each block of reasoning that is not complete stands in `parts`.
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

    /// A block that nobody could read and nobody wants back is none. What comes under the same
    /// number later is another one.
    fn end_reasoning(&mut self, index: u32, replay: Option<Opaque>) {
        if replay.is_none() && !self.reasoning.contains_key(&index) {
            return;
        }
        if let Part::Reasoning { opaque, .. } = self.thought(index) {
            *opaque = replay;
        }
        self.reasoning.remove(&index);
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

#[cfg(test)]
mod tests {
    use massgen_plugin::chat::{ReasoningForm, ServerToolStatus, ToolCall};
    use serde_json::{Value, json};

    use super::*;

    fn thought(index: u32, text: &str) -> Chunk {
        Chunk::Reasoning {
            text: text.into(),
            form: ReasoningForm::Text,
            index,
        }
    }

    fn done(index: u32, value: Value) -> Chunk {
        let opaque = (!value.is_null()).then(|| Opaque {
            provider: "p".into(),
            value,
        });
        Chunk::ReasoningDone { index, opaque }
    }

    fn call(name: &str) -> Chunk {
        Chunk::ToolCall(ToolCall {
            index: 0,
            id: name.into(),
            name: name.into(),
            arguments: json!({}),
        })
    }

    fn search(status: &str, value: Value) -> Chunk {
        Chunk::ServerTool(ServerToolStatus {
            name: "web_search".into(),
            status: status.into(),
            detail: String::new(),
            opaque: (!value.is_null()).then(|| Opaque {
                provider: "p".into(),
                value,
            }),
        })
    }

    /// Each part in a word or two: what it is, its text, and what its provider wants back.
    fn parts(chunks: impl IntoIterator<Item = Chunk>) -> Vec<String> {
        let mut draft = Draft::default();
        chunks.into_iter().for_each(|chunk| draft.absorb(chunk));
        let word = |part: Part| match part {
            Part::Text { text } => format!("text {text}"),
            Part::Reasoning { text, opaque } => {
                let opaque = opaque.map(|it| it.value).unwrap_or_default();
                format!("reasoning {text} {opaque}")
            }
            Part::ToolCall { name, .. } => format!("call {name}"),
            Part::ServerTool { opaque } => format!("server {}", opaque.value),
            other => format!("{other:?}"),
        };
        draft.take_parts().into_iter().map(word).collect()
    }

    #[test]
    fn data_for_a_text_or_a_call_stands_directly_after_it() {
        let items = parts([
            thought(0, "a"),
            thought(0, "b"),
            done(0, json!("rs_1")),
            Chunk::text("one "),
            Chunk::text("text"),
            done(1, json!("msg_1")),
            Chunk::text("another"),
            done(2, json!("msg_2")),
            call("x"),
            done(3, json!("fc_1")),
            call("y"),
        ]);
        let expected = [
            "reasoning ab \"rs_1\"",
            "text one text",
            "reasoning  \"msg_1\"",
            "text another",
            "reasoning  \"msg_2\"",
            "call x",
            "reasoning  \"fc_1\"",
            "call y",
        ];
        assert_eq!(items, expected);
    }

    #[test]
    fn hidden_blocks_and_blocks_of_tools_at_the_provider_keep_their_places() {
        let blocks = parts([
            done(0, json!({"redacted": "x"})),
            thought(1, "seen"),
            search("started", Value::Null),
            search("completed", json!({"use": 1})),
            search("completed", json!({"result": 1})),
            done(1, json!("signed")),
            Chunk::Refusal { text: "no".into() },
            Chunk::Refusal { text: "!".into() },
        ]);
        let expected = [
            "reasoning  {\"redacted\":\"x\"}",
            "reasoning seen \"signed\"",
            "server {\"use\":1}",
            "server {\"result\":1}",
            "text no!",
        ];
        assert_eq!(blocks, expected);
    }

    #[test]
    fn a_block_of_nothing_is_left_out_and_a_number_that_comes_again_is_another_block() {
        let blocks = parts([
            done(0, Value::Null),
            thought(0, "first"),
            done(0, json!(1)),
            Chunk::text("t"),
            done(0, json!(2)),
            thought(7, "unended"),
        ]);
        let expected = [
            "reasoning first 1",
            "text t",
            "reasoning  2",
            "reasoning unended null",
        ];
        assert_eq!(blocks, expected);
    }
}
