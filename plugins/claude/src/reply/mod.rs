//! The events of one streamed reply, read into chunks (spec backends §11 C).
//!
//! Whatever must come back in the next call is handed over as the block that it was. Invariants: a
//! reply ends either in one `done` with at most one `usage` before it, or in a fault; a block or an
//! event of an unknown kind changes nothing but what is replayed.

mod block;
mod server;
mod usage;

use std::collections::BTreeMap;

use dialect::{Citations, Json, Payload, Payloads, fault as stream_fault};
use massgen_plugin::chat::{Chunk, Done, FinishReason, Opaque};
use massgen_plugin::wire::Frame;
use massgen_plugin::{Chunks, Fault};
use serde_json::Value;

use crate::{faults, wire};
use block::Block;
use usage::Counts;

/// What is kept of one reply while it streams.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    payloads: Payloads,
    /// Blocks that are open, by the index on the wire.
    open: BTreeMap<u64, Block>,
    /// Texts one after the other, and whether one of them names sources.
    texts: Vec<Value>,
    cited: bool,
    calls: u32,
    thoughts: u32,
    citations: Citations,
    counts: Counts,
    began: bool,
    stop: Option<FinishReason>,
    id: Option<String>,
    model: Option<String>,
}

impl Reply {
    /// Reads one event.
    pub(crate) fn frame(
        &mut self,
        frame: Frame<'_>,
        out: &mut Chunks<'_, '_>,
    ) -> Result<(), Fault> {
        match self.payloads.read(frame) {
            Some(Payload::End) => self.end(out),
            Some(Payload::Value(event, text)) => self.event(&event, text, out),
            None => Ok(()),
        }
    }

    /// Ends the reply when the response is complete.
    pub(crate) fn end(&mut self, out: &mut Chunks<'_, '_>) -> Result<(), Fault> {
        let Some(finish) = self.stop else {
            return Err(self.payloads.cut(self.began));
        };
        for (_, block) in std::mem::take(&mut self.open) {
            self.close(block, out);
        }
        self.close_texts(out);
        out.usage(self.counts.usage());
        out.push(Chunk::Done(Done {
            finish: self.finish(finish),
            response_id: self.id.take(),
            model: self.model.take(),
        }));
        Ok(())
    }

    fn event(
        &mut self,
        event: &Json<'_>,
        text: &str,
        out: &mut Chunks<'_, '_>,
    ) -> Result<(), Fault> {
        if let Some(error) = stream_fault::find(event) {
            return Err(faults::refined(stream_fault::of(error, text)));
        }
        let index = event.get("index").number().unwrap_or(0);
        match event.get("type").text().unwrap_or("") {
            "message_start" => self.begin(event.get("message")),
            "content_block_start" => self.start(index, event.get("content_block"), out),
            "content_block_delta" => self.delta(index, event.get("delta"), out),
            "content_block_stop" => {
                if let Some(block) = self.open.remove(&index) {
                    self.close(block, out);
                }
            }
            "message_delta" => {
                self.counts.read(event.get("usage"));
                self.stopped(event.get("delta"), out);
            }
            "message_stop" if self.began => {
                self.stop.get_or_insert(FinishReason::Other);
                return self.end(out);
            }
            "message" => return self.whole(event, out),
            _ => {}
        }
        Ok(())
    }

    /// A server that does not stream sends one message.
    fn whole(&mut self, message: &Json<'_>, out: &mut Chunks<'_, '_>) -> Result<(), Fault> {
        self.begin(message);
        for (index, block) in (0..).zip(message.get("content").items()) {
            self.start(index, block, out);
            if let Some(block) = self.open.remove(&index) {
                self.close(block, out);
            }
        }
        self.stopped(message, out);
        self.stop.get_or_insert(FinishReason::Other);
        self.end(out)
    }

    fn begin(&mut self, message: &Json<'_>) {
        self.began = true;
        self.id = message.get("id").text().map(ToOwned::to_owned);
        self.model = message.get("model").text().map(ToOwned::to_owned);
        self.counts.read(message.get("usage"));
    }

    fn stopped(&mut self, delta: &Json<'_>, out: &mut Chunks<'_, '_>) {
        if let Some(reason) = delta.get("stop_reason").text() {
            self.stop = Some(finish(reason));
        }
        // The words come with the reason, after all that was said.
        if let Some(why) = delta.get("stop_details").get("explanation").text() {
            out.push(Chunk::Refusal { text: why.into() });
        }
    }

    /// Why the reply ended. Calls decide over `end_turn`: not every server says `tool_use`.
    fn finish(&self, said: FinishReason) -> FinishReason {
        let by_calls = matches!(said, FinishReason::Stop | FinishReason::Other);
        match said {
            _ if by_calls && self.calls > 0 => FinishReason::ToolCalls,
            FinishReason::ToolCalls if self.calls == 0 => FinishReason::Stop,
            said => said,
        }
    }

    /// Hands over a block to be replayed, in a block of reasoning of its own.
    fn keep(&mut self, index: u32, value: Value, out: &mut Chunks<'_, '_>) {
        out.push(Chunk::ReasoningDone {
            index,
            opaque: Some(opaque(value)),
        });
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
        if std::mem::take(&mut self.cited) {
            let index = self.next_thought();
            self.keep(index, Value::Array(texts), out);
        }
    }
}

/// A value that only this backend type reads again.
fn opaque(value: Value) -> Opaque {
    Opaque {
        provider: wire::PROVIDER.to_owned(),
        value,
    }
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
