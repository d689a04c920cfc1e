//! The vocabulary of one model call: what is asked ([`Call`]) and what comes back ([`Chunk`]).
//!
//! Every type here is plain data that serialises to JSON; the JSON form is part of the contract.
//! Unknown keys are ignored, a key is never reused for another meaning, absent optional keys are
//! not written. No provider's wire format appears here: dialects translate.

mod call;
mod chunk;
mod turn;

pub use call::{Call, Effort, Feature, Params, ResponseFormat, Tool, ToolChoice};
pub use chunk::{
    Chunk, ChunkKind, Done, FinishReason, ReasoningForm, ServerToolStatus, ToolCall, Usage,
};
pub use turn::{Image, Opaque, Origin, Part, Role, Turn};
