//! What plugins are told, as JSON for a recording: questions and file operations.

use serde_json::{Value, json};

use crate::Entry;

/// A file's bytes: text where they are text.
pub(crate) fn of_bytes(bytes: Vec<u8>) -> Value {
    match String::from_utf8(bytes) {
        Ok(text) => Value::String(text),
        Err(error) => json!(error.as_bytes()),
    }
}

pub(crate) fn bytes(value: &Value) -> Option<Vec<u8>> {
    if let Some(text) = value.as_str() {
        return Some(text.as_bytes().to_vec());
    }
    let byte = |it: &Value| u8::try_from(it.as_u64()?).ok();
    value.as_array()?.iter().map(byte).collect()
}

pub(crate) fn of_entries(entries: &[Entry]) -> Value {
    let entry = |it: &Entry| json!([it.name, it.kind, it.size]);
    entries.iter().map(entry).collect()
}

pub(crate) fn entries(value: &Value) -> Option<Vec<Entry>> {
    value.as_array()?.iter().map(entry).collect()
}

fn entry(value: &Value) -> Option<Entry> {
    Some(Entry {
        name: value[0].as_str()?.to_owned(),
        kind: match value[1].as_str()? {
            "file" => "file",
            "directory" => "directory",
            "link" => "link",
            _ => "other",
        },
        size: value[2].as_u64()?,
    })
}
