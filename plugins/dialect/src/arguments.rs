//! Arguments of a tool call, from the text in which models write them.

use serde_json::{Map, Value};

/// The arguments as a value. Blank text and null are `{}`; text that was encoded twice is decoded
/// twice; text that is no JSON stays a text, of which the host tells the model.
pub fn parse(arguments: &str) -> Value {
    if arguments.trim().is_empty() {
        return Value::Object(Map::new());
    }
    match serde_json::from_str(arguments) {
        Ok(Value::Null) => Value::Object(Map::new()),
        Ok(Value::String(inner)) => match serde_json::from_str(&inner) {
            Ok(Value::Object(object)) => Value::Object(object),
            _ => Value::String(inner),
        },
        Ok(value) => value,
        Err(_) => Value::String(arguments.to_owned()),
    }
}

/// The arguments as JSON text, for providers that want them so.
pub fn text(arguments: &Value) -> String {
    match arguments {
        Value::Null => "{}".into(),
        arguments => serde_json::to_string(arguments).unwrap_or_default(),
    }
}

/// The arguments as an object, for providers that want one: what is none stands under `raw_input`.
pub fn object(arguments: &Value) -> Value {
    match arguments {
        Value::Object(_) => arguments.clone(),
        Value::Null => Value::Object(Map::new()),
        other => serde_json::json!({ "raw_input": other }),
    }
}
