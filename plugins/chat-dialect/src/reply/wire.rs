//! One payload as it stands on the wire (spec backends §11 B), borrowed from the frame.
//!
//! Only members that mean something here; all others are skipped unread.

use serde::Deserialize;
use serde_json::Value;

use super::loose::Loose;

/// A chunk, a whole completion, or an error.
#[derive(Debug, Deserialize)]
pub(super) struct Event<'a> {
    #[serde(borrow, default)]
    pub(super) id: Loose<'a>,
    #[serde(borrow, default)]
    pub(super) model: Loose<'a>,
    #[serde(borrow, default)]
    pub(super) choices: Option<Vec<Choice<'a>>>,
    #[serde(default)]
    usage: Option<Value>,
    #[serde(default)]
    x_groq: Option<GroqNote>,
    #[serde(borrow, default)]
    error: Loose<'a>,
    /// `error` where the payload itself is the error document.
    #[serde(borrow, default)]
    object: Loose<'a>,
}

/// Groq's own member; it repeats the usage, and says errors, of streams.
#[derive(Debug, Deserialize)]
struct GroqNote {
    #[serde(default)]
    usage: Option<Value>,
}

impl Event<'_> {
    pub(super) fn is_error(&self) -> bool {
        !self.error.is_nothing() || self.object.as_text() == Some("error")
    }

    pub(super) fn usage(&self) -> Option<&Value> {
        let noted = || self.x_groq.as_ref().and_then(|note| note.usage.as_ref());
        self.usage.as_ref().or_else(noted)
    }
}

/// One of the answers asked for.
#[derive(Debug, Deserialize)]
pub(super) struct Choice<'a> {
    #[serde(borrow, default)]
    index: Loose<'a>,
    #[serde(borrow, default)]
    pub(super) delta: Option<Delta<'a>>,
    /// In place of `delta` when a server ignores `stream`.
    #[serde(borrow, default)]
    pub(super) message: Option<Delta<'a>>,
    #[serde(borrow, default)]
    pub(super) finish_reason: Loose<'a>,
}

impl Choice<'_> {
    pub(super) fn is_first(&self) -> bool {
        self.index.as_number().unwrap_or(0) == 0
    }
}

/// What is new in an answer, or a whole answer.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Delta<'a> {
    #[serde(borrow, default)]
    pub(super) content: Loose<'a>,
    #[serde(borrow, default)]
    pub(super) refusal: Loose<'a>,
    #[serde(borrow, default)]
    pub(super) reasoning_content: Loose<'a>,
    #[serde(borrow, default)]
    pub(super) reasoning: Loose<'a>,
    #[serde(borrow, default)]
    pub(super) reasoning_details: Loose<'a>,
    #[serde(borrow, default)]
    pub(super) tool_calls: Option<Vec<CallDelta<'a>>>,
    #[serde(borrow, default)]
    pub(super) function_call: Option<FunctionDelta<'a>>,
}

/// What is new of a tool call.
#[derive(Debug, Default, Deserialize)]
pub(super) struct CallDelta<'a> {
    #[serde(borrow, default)]
    pub(super) index: Loose<'a>,
    #[serde(borrow, default)]
    pub(super) id: Loose<'a>,
    #[serde(borrow, default)]
    pub(super) function: Option<FunctionDelta<'a>>,
}

impl<'a> CallDelta<'a> {
    /// The one call of the interface before there were several.
    pub(super) fn legacy(function: FunctionDelta<'a>) -> Self {
        Self {
            function: Some(function),
            ..Self::default()
        }
    }
}

/// Name and arguments of a call.
#[derive(Debug, Default, Deserialize)]
pub(super) struct FunctionDelta<'a> {
    #[serde(borrow, default)]
    pub(super) name: Loose<'a>,
    #[serde(borrow, default)]
    pub(super) arguments: Loose<'a>,
}
