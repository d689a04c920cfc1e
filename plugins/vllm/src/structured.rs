//! The old names of structured outputs.
//!
//! Servers from 0.12 on accept `guided_*` and ignore them: 200, and free text. Older ones ignore
//! `structured_outputs`. So both are sent, and no version has to be asked (spec backends §10).

use serde_json::{Map, Value};

/// Old member of the body, and its name inside `structured_outputs`.
const NAMES: &[(&str, &str)] = &[
    ("guided_json", "json"),
    ("guided_regex", "regex"),
    ("guided_choice", "choice"),
    ("guided_grammar", "grammar"),
];

/// Adds `structured_outputs` beside `guided_*`, in the options and in their `extra_body`; one that
/// is there already stays.
pub(crate) fn complete(options: &mut Map<String, Value>) {
    if let Some(Value::Object(extra)) = options.get_mut("extra_body") {
        complete(extra);
    }
    if options.contains_key("structured_outputs") {
        return;
    }
    let given = NAMES
        .iter()
        .find_map(|(old, new)| Some((*new, options.get(*old)?.clone())));
    if let Some((name, value)) = given {
        let mut outputs = Map::new();
        outputs.insert(name.to_owned(), value);
        options.insert("structured_outputs".to_owned(), Value::Object(outputs));
    }
}
