//! A reply read by a translator alone, frame by frame: for tests that make their frames up.
//!
//! No request is made and no rule of the step contract is checked here; [`transcripts`] does both.
//!
//! [`transcripts`]: crate::transcripts

use massgen_plugin::abi::{OpKind, Verdict};
use massgen_plugin::chat::{Call, Chunk, Part};
use massgen_plugin::sdk::{Host, Lender};
use massgen_plugin::wire::Frame;
use massgen_plugin::{Chunks, Fault, Translator};
use serde_json::{Value, json};

/// What came of some frames.
#[derive(Debug)]
pub struct Reading {
    /// Everything that was handed over.
    pub chunks: Vec<Chunk>,
    /// How the reading ended.
    pub end: Result<(), Fault>,
}

impl Reading {
    /// Reads the frames, then the end of the response, unless the reply was done before.
    pub fn of<T: Translator>(backend: &T, frames: &[impl AsRef<[u8]>]) -> Self {
        let mut recorder = Recorder::default();
        let end = read(backend, frames, &mut recorder);
        let chunks = recorder.0;
        Self { chunks, end }
    }

    /// Whether the reply ended in one `done` and nothing after it, or in a fault without any.
    pub fn has_one_end(&self) -> bool {
        let is_done = |chunk: &Chunk| matches!(chunk, Chunk::Done(_));
        let dones = self.chunks.iter().filter(|it| is_done(it)).count();
        match self.end {
            Ok(()) => dones == 1 && self.chunks.last().is_some_and(is_done),
            Err(_) => dones == 0,
        }
    }

    /// What a host keeps of the reply for the next call: pieces of one text together, a block of
    /// reasoning where it began, and what is to be replayed at its place.
    pub fn parts(&self) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        let mut places = std::collections::BTreeMap::new();
        for chunk in &self.chunks {
            let thought = match chunk {
                Chunk::Reasoning { index, .. } | Chunk::ReasoningDone { index, .. } => Some(*index),
                _ => None,
            };
            let place = thought.map(|index| *places.entry(index).or_insert(parts.len()));
            if place == Some(parts.len()) {
                let (text, opaque) = (String::new(), None);
                parts.push(Part::Reasoning { text, opaque });
            }
            let at = place.or(parts.len().checked_sub(1));
            let known = at.and_then(|at| parts.get_mut(at));
            match (chunk, known) {
                (Chunk::Text { text: more }, Some(Part::Text { text }))
                | (Chunk::Reasoning { text: more, .. }, Some(Part::Reasoning { text, .. })) => {
                    text.push_str(more);
                }
                (Chunk::Text { text }, _) => parts.push(Part::text(text)),
                (
                    Chunk::ReasoningDone { opaque: said, .. },
                    Some(Part::Reasoning { opaque, .. }),
                ) => opaque.clone_from(said),
                (Chunk::ToolCall(call), _) => parts.push(Part::ToolCall {
                    id: call.id.clone(),
                    name: call.name.clone(),
                    arguments: call.arguments.clone(),
                }),
                (Chunk::ServerTool(status), _) => {
                    let kept = status.opaque.clone();
                    parts.extend(kept.map(|opaque| Part::ServerTool { opaque }));
                }
                _ => {}
            }
        }
        parts
    }
}

/// The body of the call after this reply, all its calls answered; `origin` says who made it.
#[must_use]
pub fn next_body<T: Translator>(backend: &T, origin: &Value, reading: &Reading) -> Value {
    let parts = reading.parts();
    let results = parts.iter().filter_map(|part| match part {
        Part::ToolCall { id, name, .. } => Some(json!({
            "type": "tool_result", "call_id": id, "name": name,
            "parts": [{"type": "text", "text": "ok"}],
        })),
        _ => None,
    });
    let turns = json!([
        {"role": "user", "parts": [{"type": "text", "text": "?"}]},
        {"role": "assistant", "parts": parts, "origin": origin},
        {"role": "tool", "parts": results.collect::<Vec<_>>()},
    ]);
    let call = serde_json::from_value(json!({"id": "1", "turns": turns}));
    let request = call.ok().and_then(|call: Call| backend.render(&call).ok());
    let body = request.and_then(|request| request.body).unwrap_or_default();
    serde_json::from_str(&body).unwrap_or_default()
}

fn read<T: Translator>(
    backend: &T,
    frames: &[impl AsRef<[u8]>],
    recorder: &mut Recorder,
) -> Result<(), Fault> {
    let mut host = Host::new(recorder);
    let mut out = Chunks::new(&mut host);
    let mut reply = T::Reply::default();
    for frame in frames {
        let data = frame.as_ref();
        backend.on_frame(&mut reply, Frame { data }, &mut out)?;
        if out.is_done() {
            return Ok(());
        }
    }
    backend.on_end(&mut reply, &mut out)
}

/// A host that keeps the chunks in order and lends nothing.
#[derive(Debug, Default)]
pub struct Recorder(pub Vec<Chunk>);

impl Lender for Recorder {
    fn emit(&mut self, chunk: Chunk) {
        self.0.push(chunk);
    }

    fn begin(&mut self, _: OpKind, _: u64, _: &[u8]) -> Verdict {
        Verdict::DENIED
    }

    fn abandon(&mut self, _: u64) {}

    fn ask(&mut self, _: &str) -> String {
        String::new()
    }
}
