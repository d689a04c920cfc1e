//! The course of a streamed reply: what every family keeps of it besides its words.

use massgen_plugin::chat::{Chunk, Done, FinishReason};
use massgen_plugin::wire::Frame;
use massgen_plugin::{Chunks, Fault};

use crate::{Json, Payload, Payloads};

/// Whether a reply began, who gave it, and why it ended.
#[derive(Debug, Default)]
pub struct Course {
    payloads: Payloads,
    /// Anything of a reply came.
    pub began: bool,
    /// Why the provider says that it ended, once it does.
    pub finish: Option<FinishReason>,
    id: Option<String>,
    model: Option<String>,
}

impl Course {
    /// The payload of a frame; nothing for an empty or an unreadable one.
    pub fn read<'a>(&mut self, frame: Frame<'a>) -> Option<Payload<'a>> {
        self.payloads.read(frame)
    }

    /// Keeps the first id and the first model that are named.
    pub fn named(&mut self, id: &Json<'_>, model: &Json<'_>) {
        for (kept, said) in [(&mut self.id, id), (&mut self.model, model)] {
            *kept = kept.take().or_else(|| said.text().map(ToOwned::to_owned));
        }
    }

    /// Why a stream is no reply that ended before it was complete.
    pub fn cut(&self) -> Fault {
        self.payloads.cut(self.began)
    }

    /// The end of the reply, by this reason.
    pub fn done(&mut self, finish: FinishReason, out: &mut Chunks<'_, '_>) {
        out.push(Chunk::Done(Done {
            finish,
            response_id: self.id.take(),
            model: self.model.take(),
        }));
    }
}
