//! Bounds on the arguments of a call (services §2.8).

use serde_json::{Map, Value};

/// Deepest nesting; the object itself is 0.
const DEPTH: usize = 32;
/// Most keys of one object.
const KEYS: usize = 100;
/// Most items of one list.
const ITEMS: usize = 1000;

/// The arguments as an object within bounds, and their size as JSON.
///
/// # Errors
///
/// What is wrong, for the model.
pub(crate) fn checked(
    arguments: &Value,
    bytes: usize,
) -> Result<(&Map<String, Value>, usize), String> {
    let object = match arguments {
        Value::Object(object) => object,
        // A plugin hands on what is no JSON as a text.
        Value::String(text) => return Err(not_json(text)),
        _ => return Err("the arguments must be a JSON object".to_owned()),
    };
    shape(arguments, 0)?;
    let size = size(arguments);
    if size > bytes {
        return Err(format!(
            "the arguments have {size} bytes, more than the {bytes} that are allowed; \
             use several smaller calls, or a person may raise `max_tool_argument_bytes`"
        ));
    }
    Ok((object, size))
}

/// Bytes as JSON.
pub(crate) fn size(value: &Value) -> usize {
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // Neither a value nor a count can fail.
    drop(serde_json::to_writer(&mut count, value));
    count.0
}

fn not_json(text: &str) -> String {
    match serde_json::from_str::<Value>(text) {
        Err(error) => format!("the arguments are no JSON: {error}"),
        Ok(_) => "the arguments must be a JSON object".to_owned(),
    }
}

fn shape(value: &Value, depth: usize) -> Result<(), String> {
    if depth > DEPTH {
        return Err(format!("the arguments are nested deeper than {DEPTH}"));
    }
    match value {
        Value::Object(object) if object.len() > KEYS => {
            Err(format!("an object has more than {KEYS} keys"))
        }
        Value::Array(items) if items.len() > ITEMS => {
            Err(format!("a list has more than {ITEMS} items"))
        }
        Value::Object(object) => object.values().try_for_each(|it| shape(it, depth + 1)),
        Value::Array(items) => items.iter().try_for_each(|it| shape(it, depth + 1)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn nested(depth: usize) -> Value {
        (0..depth).fold(json!(1), |inner, _| json!({"a": inner}))
    }

    #[test]
    fn depth_keys_items_and_size_are_bounded() {
        let fits = |value: &Value| checked(value, 1 << 20).is_ok();
        assert!(fits(&nested(6)));
        assert!(fits(&nested(32)));
        assert!(!fits(&nested(33)));
        let keys = |n: usize| Value::from_iter((0..n).map(|it| (it.to_string(), json!(0))));
        assert!(fits(&keys(100)) && !fits(&keys(101)));
        let items = |n: usize| json!({"list": vec![0; n]});
        assert!(fits(&items(1000)) && !fits(&items(1001)));
        assert!(fits(&json!({"content": "x".repeat(50_000)})));
        assert!(!fits(&json!({"content": "x".repeat(1 << 20)})));
    }

    #[test]
    fn what_is_no_object_is_explained() {
        let error = checked(&json!("{\"a\": "), 100).unwrap_err();
        assert!(
            error.contains("no JSON") && error.contains("line 1"),
            "{error}"
        );
        assert!(checked(&json!([1]), 100).is_err());
        assert!(checked(&json!("[1]"), 100).unwrap_err().contains("object"));
    }
}
