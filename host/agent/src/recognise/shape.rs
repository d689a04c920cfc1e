//! Which JSON values are tool calls.
//!
//! Accepted are the forms of the common templates: `{name, arguments}` (Hermes, Qwen), the same
//! with `tool_name` or `parameters` (Llama), `{function: {name, arguments}}` with or without
//! `type`, arguments as an object or as JSON text, the reference's `{action_type, vote_data}` and
//! `{action_type, answer_data}`, and a list of calls. A *definition* of a tool,
//! which models like to repeat, has a name and parameters too and is none of them.

use massgen_plugin::chat::Tool;
use serde_json::{Map, Value};

use super::json;

/// A call as it was written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Written {
    pub(super) name: String,
    /// Always an object.
    pub(super) arguments: Value,
}

/// The calls of offered tools that this value is; a list must hold nothing else.
pub(super) fn calls_in(value: &Value, offered: &[Tool]) -> Vec<Written> {
    let items = value
        .as_array()
        .map_or(std::slice::from_ref(value), Vec::as_slice);
    let calls: Option<Vec<Written>> = items.iter().map(|item| call(item, offered)).collect();
    calls.unwrap_or_default()
}

/// What an action's name is called among its own data; no argument.
const ACTION: &str = "action";

/// `{"action_type": NAME, "vote_data" or "answer_data": {"action": NAME, ARGUMENTS}}`.
fn action(object: &Map<String, Value>) -> Option<(&str, Map<String, Value>)> {
    let name = object.get("action_type")?.as_str()?;
    let data = ["vote_data", "answer_data"]
        .iter()
        .filter_map(|key| object.get(*key)?.as_object())
        .find(|data| data.get(ACTION).is_none_or(|it| it == name))?;
    let mut arguments = data.clone();
    arguments.remove(ACTION);
    Some((name, arguments))
}

fn call(value: &Value, offered: &[Tool]) -> Option<Written> {
    let outer = value.as_object()?;
    let is_offered = |name: &str| offered.iter().any(|tool| tool.name == name);
    if let Some((name, arguments)) = action(outer) {
        return is_offered(name).then(|| Written {
            name: name.to_owned(),
            arguments: Value::Object(arguments),
        });
    }
    let object = outer
        .get("function")
        .and_then(Value::as_object)
        .unwrap_or(outer);
    let name = ["name", "tool_name", "function"]
        .iter()
        .find_map(|key| object.get(*key)?.as_str())?;
    let arguments = ["arguments", "parameters"]
        .iter()
        .find_map(|key| arguments(object.get(*key)?))?;
    (is_offered(name) && !is_definition(object, &arguments)).then(|| Written {
        name: name.to_owned(),
        arguments: Value::Object(arguments),
    })
}

fn arguments(value: &Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(arguments) => Some(arguments.clone()),
        Value::String(text) => match json::values(text).next()? {
            (_, Value::Object(arguments)) => Some(arguments),
            _ => None,
        },
        _ => None,
    }
}

fn is_definition(object: &Map<String, Value>, arguments: &Map<String, Value>) -> bool {
    object.contains_key("description") || arguments.get("properties").is_some_and(Value::is_object)
}
