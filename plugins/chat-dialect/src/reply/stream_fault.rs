//! Errors that come as a payload after the response has begun well.

use massgen_plugin::Fault;
use massgen_plugin::sdk::http_fault;
use massgen_plugin::wire::Response;
use serde_json::Value;

/// Words in an error's `code` or `type`, and the HTTP status they would have come with.
const WORDS: &[(&str, u16)] = &[
    ("rate_limit", 429),
    ("ratelimit", 429),
    ("too_many", 429),
    ("quota", 429),
    ("billing", 402),
    ("context_length", 400),
    ("content_filter", 400),
    ("invalid_request", 400),
    ("badrequest", 400),
    ("authentication", 401),
    ("permission", 403),
    ("not_found", 404),
    ("overloaded", 503),
    ("unavailable", 503),
];

/// The fault of a payload that is an error document: `{"error": TEXT}`, `{"error": {"message",
/// "type", "code"}}` or `{"object": "error", "message", …}`. A code may be a number or a word.
pub(super) fn of(payload: &str) -> Fault {
    let document: Value = serde_json::from_str(payload).unwrap_or_default();
    let error = document
        .get("error")
        .filter(|it| !it.is_null())
        .unwrap_or(&document);
    let status = status(error);
    let mut fault = http_fault(Response {
        status,
        body: payload.as_bytes(),
    });
    let prefix = format!("the server answered {status}");
    let said = fault.message.trim_start_matches(&prefix).to_owned();
    fault.message = format!("the server broke the reply off{said}");
    fault
}

fn status(error: &Value) -> u16 {
    let members = ["code", "status", "type"].map(|key| error.get(key).unwrap_or(&Value::Null));
    let number = |value: &Value| match value {
        Value::String(text) => text.parse().ok(),
        value => value.as_u64(),
    };
    let coded = members
        .iter()
        .find_map(|it| number(it))
        .and_then(|it| u16::try_from(it).ok());
    coded
        .filter(|code| (400..600).contains(code))
        .unwrap_or_else(|| {
            let words = members
                .iter()
                .filter_map(|it| it.as_str())
                .collect::<String>()
                .to_lowercase();
            let known = WORDS.iter().find(|(word, _)| words.contains(word));
            known.map_or(500, |(_, status)| *status)
        })
}
