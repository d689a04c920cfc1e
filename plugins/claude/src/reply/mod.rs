//! The events of one streamed reply, read into chunks (spec backends §11 C).
//!
//! Whatever must come back in the next call is handed over as the block that it was. Invariants: a
//! reply ends either in one `done` with at most one `usage` before it, or in a fault; a block or an
//! event of an unknown kind changes nothing but what is replayed.

mod block;
mod server;
mod usage;

use std::collections::BTreeMap;

use dialect::{Citations, Course, Json, fault, history};
use massgen_plugin::chat::{Chunk, FinishReason, Usage};
use massgen_plugin::{Chunks, Fault};
use serde_json::Value;

use crate::wire::PROVIDER;
use block::Block;

/// What is kept of one reply while it streams.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    pub(crate) course: Course,
    /// Blocks that are open, by the index on the wire.
    open: BTreeMap<u64, Block>,
    /// Texts one after the other.
    texts: Vec<Value>,
    calls: u32,
    thoughts: u32,
    citations: Citations,
    counts: Usage,
}

impl Reply {
    /// Reads one event; `text` is the whole of it.
    pub(crate) fn event(
        &mut self,
        event: &Json<'_>,
        text: &str,
        out: &mut Chunks<'_, '_>,
    ) -> Result<(), Fault> {
        if let Some(error) = fault::find(event) {
            return Err(crate::refined(fault::of(error, text)));
        }
        let index = event.get("index").number().unwrap_or(0);
        match event.get("type").text().unwrap_or("") {
            "message_start" => self.begin(event.get("message")),
            "content_block_start" => self.start(index, event.get("content_block"), out),
            "content_block_delta" => self.delta(index, event.get("delta"), out),
            "content_block_stop" => self.stop(index, out),
            "message_delta" => {
                usage::read(&mut self.counts, event.get("usage"));
                self.stopped(event.get("delta"), out);
            }
            "message_stop" if self.course.began => return self.complete(out),
            "message" => return self.whole(event, out),
            _ => {}
        }
        Ok(())
    }

    /// Ends the reply when the response is complete.
    pub(crate) fn end(&mut self, out: &mut Chunks<'_, '_>) -> Result<(), Fault> {
        let Some(said) = self.course.finish else {
            return Err(self.course.cut());
        };
        for index in self.open.keys().copied().collect::<Vec<_>>() {
            self.stop(index, out);
        }
        self.close_texts(out);
        out.usage(usage::total(self.counts));
        // Calls decide: not every server says `tool_use`.
        let finish = match (said, self.calls) {
            (FinishReason::ToolCalls, 0) => FinishReason::Stop,
            (FinishReason::Stop | FinishReason::Other, 1..) => FinishReason::ToolCalls,
            _ => said,
        };
        self.course.done(finish, out);
        Ok(())
    }

    /// Ends the reply, also when nothing said why.
    fn complete(&mut self, out: &mut Chunks<'_, '_>) -> Result<(), Fault> {
        self.course.finish.get_or_insert(FinishReason::Other);
        self.end(out)
    }

    /// A server that does not stream sends one message.
    fn whole(&mut self, message: &Json<'_>, out: &mut Chunks<'_, '_>) -> Result<(), Fault> {
        self.begin(message);
        for (index, block) in (0..).zip(message.get("content").items()) {
            self.start(index, block, out);
            self.stop(index, out);
        }
        self.stopped(message, out);
        self.complete(out)
    }

    fn begin(&mut self, message: &Json<'_>) {
        self.course.began = true;
        self.course.named(message.get("id"), message.get("model"));
        usage::read(&mut self.counts, message.get("usage"));
    }

    fn stopped(&mut self, delta: &Json<'_>, out: &mut Chunks<'_, '_>) {
        let reason = delta.get("stop_reason").text().map(finish);
        self.course.finish = reason.or(self.course.finish);
        // The words come with the reason, after all that was said.
        if let Some(why) = delta.get("stop_details").get("explanation").text() {
            out.push(Chunk::Refusal { text: why.into() });
        }
    }

    /// The number of the next block of reasoning.
    fn next_thought(&mut self) -> u32 {
        self.thoughts += 1;
        self.thoughts - 1
    }

    /// Texts in a row are one text to the host. When sources belong to some of them, the provider
    /// wants each text back as it was.
    fn close_texts(&mut self, out: &mut Chunks<'_, '_>) {
        let texts = std::mem::take(&mut self.texts);
        if texts.iter().any(|it| it["citations"].get(0).is_some()) {
            let index = self.next_thought();
            keep(index, texts.into(), out);
        }
    }
}

/// Hands over a block to be replayed, in a block of reasoning of its own.
fn keep(index: u32, value: Value, out: &mut Chunks<'_, '_>) {
    let opaque = Some(history::opaque(PROVIDER, value));
    out.push(Chunk::ReasoningDone { index, opaque });
}

fn finish(reason: &str) -> FinishReason {
    match reason {
        "end_turn" | "stop_sequence" => FinishReason::Stop,
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "tool_use" => FinishReason::ToolCalls,
        "pause_turn" => FinishReason::Pause,
        "refusal" => FinishReason::Refusal,
        _ => FinishReason::Other,
    }
}
