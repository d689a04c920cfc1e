//! What every provider is told of a tool, whatever the shape (spec backends §12).

use std::borrow::Cow;

use massgen_plugin::chat::Tool;
use serde_json::{Value, json};

/// The tool's description, or words in its place: providers refuse an empty one.
pub fn description(tool: &Tool) -> Cow<'_, str> {
    match tool.description.as_str() {
        "" => Cow::Owned(format!("Function: {}", tool.name)),
        text => Cow::Borrowed(text),
    }
}

/// The tool as one object, with its schema under this name.
pub fn offer(tool: &Tool, schema: &str) -> Value {
    json!({ "name": tool.name, "description": description(tool), schema: parameters(tool) })
}

/// The schema of its arguments, or that of no arguments.
pub fn parameters(tool: &Tool) -> Cow<'_, Value> {
    match &tool.parameters {
        Value::Object(schema) if !schema.is_empty() => Cow::Borrowed(&tool.parameters),
        _ => Cow::Owned(json!({ "type": "object", "properties": {} })),
    }
}
