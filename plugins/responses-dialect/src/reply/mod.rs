//! The events of one streamed reply, read into chunks (spec backends §11 A).
//!
//! A reply is over with its terminal event and never before. What an item brought bit by bit is
//! checked against the finished item, so that servers which leave out the bits, the finished items
//! or the stream itself are understood too. Invariant: a reply ends either in one `done` with at
//! most one `usage` before it, or in a fault.

mod end;
mod items;
mod words;

use massgen_plugin::wire::Frame;
use massgen_plugin::{Chunks, Fault};

use dialect::{Citations, Course, Json, Payload, fault};
use items::Open;

/// What is kept of one reply while it streams.
#[derive(Debug, Default)]
pub struct Reply {
    /// Items that began and are not finished.
    open: Vec<Open>,
    /// How many items are finished.
    finished: usize,
    /// How many blocks of reasoning began.
    blocks: u32,
    /// The ids of the calls that began.
    ids: Vec<String>,
    /// Whether a call was completed, anything was said, or the model declined.
    called: bool,
    said: bool,
    refused: bool,
    citations: Citations,
    /// Tools of the provider that are paid by the call.
    searches: u64,
    pub(crate) course: Course,
}

/// Reads one payload.
///
/// # Errors
///
/// What the server says went wrong.
pub(crate) fn frame(
    provider: &str,
    reply: &mut Reply,
    frame: Frame<'_>,
    out: &mut Chunks<'_, '_>,
) -> Result<(), Fault> {
    match reply.course.read(frame) {
        None => Ok(()),
        Some(Payload::End) => Err(reply.course.cut()),
        Some(Payload::Value(payload, text)) => Reading {
            provider,
            reply,
            out,
        }
        .event(&payload, text),
    }
}

/// One payload on its way into chunks.
struct Reading<'a, 'b, 'c> {
    provider: &'a str,
    reply: &'a mut Reply,
    out: &'a mut Chunks<'b, 'c>,
}

impl Reading<'_, '_, '_> {
    fn event(&mut self, event: &Json<'_>, text: &str) -> Result<(), Fault> {
        let kind = event.get("type").text().unwrap_or("");
        if kind == "error" {
            return Err(fault::of(event.get("error").or(event), text));
        }
        if kind.is_empty() {
            return self.without_type(event, text);
        }
        self.reply.course.began = true;
        self.note(event.get("response"));
        match kind {
            "response.output_item.added" => self.item_begins(event),
            "response.output_item.done" => self.item_ends(event, event.get("item")),
            "response.output_text.delta" => self.text(event, false),
            "response.refusal.delta" => self.text(event, true),
            "response.reasoning_text.delta" | "response.reasoning_summary_text.delta" => {
                self.thought(event, kind);
            }
            "response.function_call_arguments.delta" => self.arguments(event),
            "response.output_text.annotation.added" => {
                let source = std::slice::from_ref(event.get("annotation"));
                self.reply.citations.read(source, self.out);
            }
            "response.completed"
            | "response.incomplete"
            | "response.failed"
            | "response.cancelled" => return self.ends(event.get("response"), kind),
            kind => self.tool_runs(event, kind),
        }
        Ok(())
    }

    /// An error document, or the whole response of a server that streams nothing.
    fn without_type(&mut self, payload: &Json<'_>, text: &str) -> Result<(), Fault> {
        let is_response = payload.get("object").text() == Some("response");
        if !is_response {
            return fault::find(payload).map_or(Ok(()), |error| Err(fault::of(error, text)));
        }
        self.reply.course.began = true;
        self.note(payload);
        self.ends(payload, "")
    }

    /// Keeps the first id and model that are named.
    fn note(&mut self, response: &Json<'_>) {
        let course = &mut self.reply.course;
        course.named(response.get("id"), response.get("model"));
    }
}
