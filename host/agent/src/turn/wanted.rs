//! Tool calls that the host is to run, and what came of them.

use events::{Call, Response};
use massgen_plugin::chat::{FinishReason, Part};
use serde_json::Value;

use crate::prompt;

/// What a complete reply means.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Finished {
    /// Calls of tools that the host runs, in order. Their results go to
    /// [`Turn::take_results`](crate::Turn::take_results), whatever follows.
    pub wanted: Vec<Wanted>,
    /// What the rules are to judge, without those calls. `None`: the model is to be asked again
    /// once it has its results, or to go on where its provider paused.
    pub response: Option<Response>,
}

/// A call that the host is to run.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// The call; its arguments are an object unless it is refused.
    pub call: Call,
    /// Why it cannot be run: the text of its result, which is an error.
    pub refusal: Option<String>,
    /// Whether it stood in the reply's text.
    pub written: bool,
}

impl Wanted {
    pub(super) fn new(call: &Call, finish: FinishReason, written: bool) -> Self {
        let mut call = call.clone();
        let refusal = match arguments(&call.arguments) {
            Ok(arguments) => {
                call.arguments = arguments;
                None
            }
            Err(problem) => Some(prompt::bad_json(&problem, finish == FinishReason::Length)),
        };
        Self {
            call,
            refusal,
            written,
        }
    }
}

/// What a tool gave.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolOutcome {
    /// Whether it failed or was refused.
    pub is_error: bool,
    /// Text and images.
    pub parts: Vec<Part>,
}

impl ToolOutcome {
    /// A failure in words.
    pub fn error(text: impl Into<String>) -> Self {
        Self {
            is_error: true,
            parts: vec![Part::text(text)],
        }
    }
}

/// The arguments as an object. Some models put their JSON into a JSON string; that is taken too.
fn arguments(given: &Value) -> Result<Value, String> {
    match given {
        Value::Object(_) => Ok(given.clone()),
        Value::Null => Ok(Value::Object(serde_json::Map::new())),
        Value::String(text) => match serde_json::from_str(text) {
            Ok(object @ Value::Object(_)) => Ok(object),
            Ok(other) => Err(format!("they are {}", kind(&other))),
            Err(error) => Err(error.to_string()),
        },
        other => Err(format!("they are {}", kind(other))),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "`null`",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
