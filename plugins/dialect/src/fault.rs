//! Errors that come as a payload after the response has begun well.

use crate::json::Json;
use massgen_plugin::sdk::http_fault;
use massgen_plugin::wire::Response;
use massgen_plugin::{Fault, FaultCode};

/// Words in an error's `code` or `type`, and the HTTP status they would have come with.
const WORDS: &[(&str, u16)] = &[
    ("rate_limit", 429),
    ("ratelimit", 429),
    ("too_many", 429),
    ("quota", 429),
    ("billing", 402),
    ("context_length", 400),
    ("content_filter", 400),
    ("invalid_api_key", 401),
    ("authentication", 401),
    ("invalid_request", 400),
    ("badrequest", 400),
    ("permission", 403),
    ("not_found", 404),
    ("overloaded", 503),
    ("unavailable", 503),
    ("policy", 400),
    ("invalid", 400),
];

/// The error of a payload that is an error document: `{"error": TEXT}`, `{"error": {"message",
/// "type", "code"}}` or `{"object": "error", "message", …}`.
pub fn find<'a, 'b>(payload: &'b Json<'a>) -> Option<&'b Json<'a>> {
    let error = payload.get("error");
    if !error.is_nothing() {
        return Some(error);
    }
    (payload.get("object").text() == Some("error")).then_some(payload)
}

/// The fault that an error says; `payload` is the whole text it stands in.
pub fn of(error: &Json<'_>, payload: &str) -> Fault {
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

/// The fault with the kind that the words of a provider say, where the status says no more than
/// that the request was bad. `said` is searched for each of `words` in lower case.
pub fn by_words(mut fault: Fault, said: &str, words: &[(&str, FaultCode)]) -> Fault {
    if fault.code == FaultCode::BAD_REQUEST {
        let said = said.to_ascii_lowercase();
        let known = words.iter().find(|(words, _)| said.contains(words));
        fault.code = known.map_or(fault.code, |(_, code)| *code);
    }
    fault
}

/// The HTTP status an error would have come with. A code may be a number or a word.
fn status(error: &Json<'_>) -> u16 {
    let members = ["code", "status", "type"].map(|name| error.get(name));
    let coded = members
        .iter()
        .find_map(|it| it.number())
        .and_then(|it| u16::try_from(it).ok());
    coded
        .filter(|code| (400..600).contains(code))
        .unwrap_or_else(|| {
            let words: String = members.iter().filter_map(|it| it.text()).collect();
            let words = words.to_ascii_lowercase();
            let known = WORDS.iter().find(|(word, _)| words.contains(word));
            known.map_or(500, |(_, status)| *status)
        })
}
