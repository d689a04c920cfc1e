//! The chunks of one streamed reply (spec backends §11 D).
//!
//! The provider sends pieces of a message in the form of whole ones and no sentinel: a finish
//! reason says that the reply is complete. Invariants: a reply ends either in one `done` with at
//! most one `usage` before it, or in a fault; a part of an unknown kind changes nothing but what
//! is replayed.

mod finish;
mod grounding;
mod parts;

use dialect::{Course, Json, Payload, fault, ids};
use massgen_plugin::chat::{FinishReason, Usage};
use massgen_plugin::wire::Frame;
use massgen_plugin::{Chunks, Fault, FaultCode};

use crate::faults;
use grounding::Grounding;

/// What is kept of one reply while it streams.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    course: Course,
    grounding: Grounding,
    usage: Option<Usage>,
    /// Number of the next block of reasoning.
    thoughts: u32,
    /// The thought that is open.
    thought: Option<String>,
    calls: u32,
    ids: ids::Unique,
}

/// One frame of a reply on its way into chunks.
pub(crate) struct Reading<'a, 'b, 'c> {
    /// The model that is asked.
    pub(crate) model: &'a str,
    pub(crate) reply: &'a mut Reply,
    pub(crate) out: &'a mut Chunks<'b, 'c>,
}

impl Reading<'_, '_, '_> {
    /// Reads a frame.
    pub(crate) fn frame(&mut self, frame: Frame<'_>) -> Result<(), Fault> {
        match self.reply.course.read(frame) {
            Some(Payload::End) => self.end(),
            // Without `alt=sse` the pieces come as one list.
            Some(Payload::Value(Json::List(pieces), text)) => {
                pieces.iter().try_for_each(|it| self.piece(it, text))
            }
            Some(Payload::Value(piece, text)) => self.piece(&piece, text),
            None => Ok(()),
        }
    }

    /// Ends the reply when the response is complete.
    pub(crate) fn end(&mut self) -> Result<(), Fault> {
        let Some(said) = self.reply.course.finish else {
            return Err(self.reply.course.cut());
        };
        self.close_thought();
        let searches = self.reply.grounding.end(self.out);
        if let Some(mut usage) = self.reply.usage.take() {
            usage.server_tools = searches;
            self.out.usage(usage);
        }
        let finish = match said {
            FinishReason::Stop if self.reply.calls > 0 => FinishReason::ToolCalls,
            said => said,
        };
        self.reply.course.done(finish, self.out);
        Ok(())
    }

    /// Reads a piece of the message; `text` is the whole payload it stands in.
    fn piece(&mut self, piece: &Json<'_>, text: &str) -> Result<(), Fault> {
        if let Some(error) = fault::find(piece) {
            return Err(faults::refined(fault::of(error, text), text));
        }
        if let Some(reason) = piece.get("promptFeedback").get("blockReason").text() {
            let text = format!("the provider refused the prompt: {reason}");
            return Err(Fault::new(FaultCode::CONTENT_FILTER, text));
        }
        let course = &mut self.reply.course;
        course.named(piece.get("responseId"), piece.get("modelVersion"));
        // Each says all counts anew.
        let counts = piece.get("usageMetadata");
        if !counts.is_nothing() {
            self.reply.usage = Some(usage(counts));
        }
        // A request asks for one candidate; further ones would be a user's, which nothing can show.
        let is_first = |it: &&Json<'_>| it.get("index").number().unwrap_or(0) == 0;
        let mut candidates = piece.get("candidates").items().iter();
        let candidate = candidates.find(is_first);
        candidate.map_or(Ok(()), |it| self.candidate(it))
    }

    fn candidate(&mut self, candidate: &Json<'_>) -> Result<(), Fault> {
        self.reply.course.began = true;
        for part in candidate.get("content").get("parts").items() {
            self.part(part);
        }
        self.reply.grounding.read(candidate, self.out);
        if let Some(reason) = candidate.get("finishReason").text() {
            let said = candidate.get("finishMessage").text();
            self.reply.course.finish = Some(finish::read(reason, said)?);
        }
        Ok(())
    }
}

/// Token counts in the host's meaning: results of the provider's tools are input, thoughts are
/// output.
fn usage(counts: &Json<'_>) -> Usage {
    let count = |name: &str| counts.get(name).number();
    let sum = |names: [&str; 2]| {
        names
            .into_iter()
            .filter_map(count)
            .reduce(u64::saturating_add)
    };
    Usage {
        input: sum(["promptTokenCount", "toolUsePromptTokenCount"]),
        cached_input: count("cachedContentTokenCount"),
        output: sum(["candidatesTokenCount", "thoughtsTokenCount"]),
        reasoning: count("thoughtsTokenCount"),
        ..Usage::default()
    }
}
