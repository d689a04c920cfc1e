//! The payloads of one streamed reply, read into chunks.
//!
//! The reply is read to its end: usage comes after the finish reason. Whether the model called
//! tools is decided by the calls that came, not by the finish reason, because several servers
//! finish a reply full of calls with `stop` (spec backends §4). Invariant: a reply ends either in
//! one `done` with at most one `usage` before it, or in a fault.

mod calls;
mod finish;
mod reasoning;
mod think;
mod usage;

use massgen_plugin::chat::{Chunk, FinishReason, Usage};
use massgen_plugin::wire::Frame;
use massgen_plugin::{Chunks, Fault};

use crate::Dialect;
use calls::{Calls, Fragment};
use dialect::{Citations, Course, Json, Payload, fault as stream_fault};
use reasoning::Reasoning;
use think::{Piece, ThinkTags};

/// What is kept of one reply while it streams.
#[derive(Debug, Default)]
pub struct Reply {
    think: ThinkTags,
    reasoning: Reasoning,
    calls: Calls,
    usage: Option<Usage>,
    /// Whether a finish reason or the sentinel came.
    ended: bool,
    said: Said,
    citations: Citations,
    course: Course,
}

/// What the reply holds so far.
#[derive(Debug, Default)]
struct Said {
    text: bool,
    refusal: bool,
}

/// Reads one payload.
///
/// # Errors
///
/// What the server says went wrong amid the stream.
pub(crate) fn frame(
    dialect: &Dialect,
    reply: &mut Reply,
    frame: Frame<'_>,
    out: &mut Chunks<'_, '_>,
) -> Result<(), Fault> {
    match reply.course.read(frame) {
        None => Ok(()),
        Some(Payload::Value(payload, text)) => read(dialect, reply, &payload, text, out),
        Some(Payload::End) => {
            reply.ended = true;
            end(dialect, reply, out)
        }
    }
}

/// Ends the reply when the response is complete.
///
/// # Errors
///
/// [`FaultCode::UPSTREAM`] when the stream broke off, [`FaultCode::PROTOCOL`] when nothing in it
/// could be read.
pub(crate) fn end(
    dialect: &Dialect,
    reply: &mut Reply,
    out: &mut Chunks<'_, '_>,
) -> Result<(), Fault> {
    if !(reply.ended && reply.course.began) {
        return Err(reply.course.cut());
    }
    reply.release_held(dialect, out);
    reply.reasoning.close(dialect.provider(), out);
    reply.calls.finish(out);
    if let Some(usage) = reply.usage.take() {
        out.usage(usage);
    }
    reply.course.done(reply.finish_reason(), out);
    Ok(())
}

fn read(
    dialect: &Dialect,
    reply: &mut Reply,
    payload: &Json<'_>,
    text: &str,
    out: &mut Chunks<'_, '_>,
) -> Result<(), Fault> {
    if let Some(error) = stream_fault::find(payload) {
        return Err(stream_fault::of(error, text));
    }
    reply.note(dialect, payload, out);
    // A request asks for one choice; further ones would be a user's `n`, which nothing can show.
    let is_first = |choice: &&Json<'_>| choice.get("index").number().unwrap_or(0) == 0;
    for choice in payload.get("choices").items().iter().filter(is_first) {
        // A choice came, if only an empty one.
        reply.course.began = true;
        let finish = choice.get("finish_reason").text();
        let finish = finish.map(finish::read).transpose()?;
        // A server that ignores `stream` sends a whole message.
        reply.delta(dialect, choice.get("delta").or(choice.get("message")), out);
        reply.ended |= finish.is_some();
        reply.course.finish = finish.or(reply.course.finish);
    }
    Ok(())
}

impl Reply {
    /// Keeps the first id and model that are named, and the last usage; tells sources.
    fn note(&mut self, dialect: &Dialect, payload: &Json<'_>, out: &mut Chunks<'_, '_>) {
        self.course.named(payload.get("id"), payload.get("model"));
        let usage = payload.get("usage").or(payload.get("x_groq").get("usage"));
        if !usage.is_nothing() {
            self.usage = Some(usage::read(usage, dialect.quirks().cost_in_usd));
        }
        self.citations.read(payload.get("citations").items(), out);
    }

    fn delta(&mut self, dialect: &Dialect, delta: &Json<'_>, out: &mut Chunks<'_, '_>) {
        self.reasoning
            .details(delta.get("reasoning_details").items());
        let reasoning = delta.get("reasoning_content").or(delta.get("reasoning"));
        reasoning.each_text(|text| {
            self.think.is_not_needed();
            self.reasoning.text(text, out);
        });
        let content = delta.get("content");
        content.each_thought(|text| self.reasoning.text(text, out));
        content.each_text(|text| self.content(dialect, text, out));
        delta
            .get("refusal")
            .each_text(|text| self.refusal(dialect, text, out));
        self.citations.read(delta.get("annotations").items(), out);
        for call in delta.get("tool_calls").items() {
            self.call(dialect, &Fragment::of_call(call), out);
        }
        if let function @ Json::Object(_) = delta.get("function_call") {
            self.call(dialect, &Fragment::of_function(function), out);
        }
    }

    fn call(&mut self, dialect: &Dialect, fragment: &Fragment<'_>, out: &mut Chunks<'_, '_>) {
        self.reasoning.close(dialect.provider(), out);
        self.calls.read(fragment, out);
    }

    fn content(&mut self, dialect: &Dialect, text: &str, out: &mut Chunks<'_, '_>) {
        if !dialect.quirks().think_tags {
            self.think.is_not_needed();
        }
        let (reasoning, said) = (&mut self.reasoning, &mut self.said);
        self.think.feed(text, |piece| match piece {
            Piece::Reasoning(text) => reasoning.text(text, out),
            Piece::Text(text) => {
                reasoning.close(dialect.provider(), out);
                said.text = true;
                out.text(text);
            }
        });
    }

    /// Hands over what looked like a tag to the end.
    fn release_held(&mut self, dialect: &Dialect, out: &mut Chunks<'_, '_>) {
        let held = self.think.take_held();
        if held.is_empty() {
            return;
        }
        if self.think.is_inside() {
            return self.reasoning.text(&held, out);
        }
        self.reasoning.close(dialect.provider(), out);
        self.said.text = true;
        out.text(&held);
    }

    fn refusal(&mut self, dialect: &Dialect, text: &str, out: &mut Chunks<'_, '_>) {
        self.reasoning.close(dialect.provider(), out);
        self.said.refusal = true;
        out.push(Chunk::Refusal { text: text.into() });
    }

    /// Why the reply ended. A limit or a filter is said even when calls came: the last one may
    /// be cut.
    fn finish_reason(&self) -> FinishReason {
        match self.course.finish {
            Some(cut @ (FinishReason::Length | FinishReason::ContentFilter)) => cut,
            _ if !self.calls.is_empty() => FinishReason::ToolCalls,
            _ if self.said.refusal && !self.said.text => FinishReason::Refusal,
            None | Some(FinishReason::ToolCalls) => FinishReason::Stop,
            Some(other) => other,
        }
    }
}
