//! The chunks of one streamed reply (spec backends §11 D).
//!
//! The provider sends pieces of a message in the form of whole ones and no sentinel: a finish
//! reason says that the reply is complete. Invariants: a reply ends either in one `done` with at
//! most one `usage` before it, or in a fault; a part of an unknown kind changes nothing but what
//! is replayed.

mod finish;
mod grounding;
mod parts;

use dialect::{Json, Payload, Payloads, fault as stream_fault};
use massgen_plugin::chat::{Chunk, Done, FinishReason, Usage};
use massgen_plugin::wire::Frame;
use massgen_plugin::{Chunks, Fault};

use crate::faults;
use grounding::Grounding;
use parts::Parts;

/// What is kept of one reply while it streams.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    payloads: Payloads,
    parts: Parts,
    grounding: Grounding,
    usage: Option<Usage>,
    began: bool,
    finish: Option<FinishReason>,
    id: Option<String>,
    model: Option<String>,
}

impl Reply {
    /// Reads one piece.
    pub(crate) fn frame(
        &mut self,
        model: &str,
        frame: Frame<'_>,
        out: &mut Chunks<'_, '_>,
    ) -> Result<(), Fault> {
        match self.payloads.read(frame) {
            Some(Payload::End) => self.end(model, out),
            // Without `alt=sse` the pieces come as one list.
            Some(Payload::Value(Json::List(pieces), text)) => {
                let mut pieces = pieces.iter();
                pieces.try_for_each(|piece| self.piece(model, piece, text, out))
            }
            Some(Payload::Value(piece, text)) => self.piece(model, &piece, text, out),
            None => Ok(()),
        }
    }

    /// Ends the reply when the response is complete.
    pub(crate) fn end(&mut self, model: &str, out: &mut Chunks<'_, '_>) -> Result<(), Fault> {
        let Some(finish) = self.finish else {
            return Err(self.payloads.cut(self.began));
        };
        self.parts.close_thought(model, out);
        self.grounding.end(out);
        if let Some(mut usage) = self.usage.take() {
            usage.server_tools = self.grounding.searches();
            out.usage(usage);
        }
        let by_calls = finish == FinishReason::Stop && self.parts.has_calls();
        out.push(Chunk::Done(Done {
            finish: if by_calls {
                FinishReason::ToolCalls
            } else {
                finish
            },
            response_id: self.id.take(),
            model: self.model.take(),
        }));
        Ok(())
    }

    fn piece(
        &mut self,
        model: &str,
        piece: &Json<'_>,
        text: &str,
        out: &mut Chunks<'_, '_>,
    ) -> Result<(), Fault> {
        if let Some(error) = stream_fault::find(piece) {
            return Err(faults::refined(stream_fault::of(error, text), text));
        }
        if let Some(reason) = piece.get("promptFeedback").get("blockReason").text() {
            return Err(finish::blocked(reason));
        }
        self.note(piece);
        // A request asks for one candidate; further ones would be a user's, which nothing can show.
        let is_first = |it: &&Json<'_>| it.get("index").number().unwrap_or(0) == 0;
        let Some(candidate) = piece.get("candidates").items().iter().find(is_first) else {
            return Ok(());
        };
        self.began = true;
        for part in candidate.get("content").get("parts").items() {
            self.parts.read(model, part, out);
        }
        self.grounding.read(candidate, out);
        if let Some(reason) = candidate.get("finishReason").text() {
            let said = candidate.get("finishMessage").text();
            self.finish = Some(finish::read(reason, said)?);
        }
        Ok(())
    }

    /// Keeps the first id and model that are named, and the last counts.
    fn note(&mut self, piece: &Json<'_>) {
        let text = |name| piece.get(name).text().map(ToOwned::to_owned);
        self.id = self.id.take().or_else(|| text("responseId"));
        self.model = self.model.take().or_else(|| text("modelVersion"));
        let counts = piece.get("usageMetadata");
        if !counts.is_nothing() {
            self.usage = Some(usage(counts));
        }
    }
}

/// Token counts in the host's meaning: results of the provider's tools are input, thoughts are
/// output.
fn usage(counts: &Json<'_>) -> Usage {
    let count = |name: &str| counts.get(name).number();
    let sum = |one: Option<u64>, more: Option<u64>| match (one, more) {
        (None, None) => None,
        (one, more) => Some(one.unwrap_or(0).saturating_add(more.unwrap_or(0))),
    };
    let thoughts = count("thoughtsTokenCount");
    Usage {
        input: sum(count("promptTokenCount"), count("toolUsePromptTokenCount")),
        cached_input: count("cachedContentTokenCount"),
        output: sum(count("candidatesTokenCount"), thoughts),
        reasoning: thoughts,
        ..Usage::default()
    }
}
