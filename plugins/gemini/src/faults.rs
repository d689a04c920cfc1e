//! Errors whose kind and pause stand in their details (spec backends §11 D).

use dialect::fault::by_words;
use massgen_plugin::sdk::http_fault;
use massgen_plugin::wire::Response;
use massgen_plugin::{Fault, FaultCode};
use serde_json::Value;

/// Words of the provider, and what they mean; the status alone says "bad request" of all of them.
const WORDS: &[(&str, FaultCode)] = &[
    ("api key not valid", FaultCode::AUTH),
    ("api key expired", FaultCode::AUTH),
    ("api_key_invalid", FaultCode::AUTH),
    ("input token count", FaultCode::CONTEXT_TOO_LONG),
];

/// What a response that is not 2xx means.
pub(crate) fn answered(response: Response<'_>) -> Fault {
    let body = String::from_utf8_lossy(response.body);
    refined(http_fault(response), &body)
}

/// The fault with what the provider's document says besides its message.
pub(crate) fn refined(mut fault: Fault, body: &str) -> Fault {
    let document: Value = serde_json::from_str(body).unwrap_or_default();
    let document = document.get(0).unwrap_or(&document);
    let details = document["error"]["details"].as_array();
    let mut delays = details
        .into_iter()
        .flatten()
        .filter_map(|it| it["retryDelay"].as_str());
    fault.retry_after_ms = delays
        .next()
        .and_then(milliseconds)
        .unwrap_or(fault.retry_after_ms);
    let is_of_day = body.contains("PerDay");
    let waits = fault.retry_after_ms > 0 && !is_of_day;
    fault.code = match fault.code {
        // The message speaks of a quota whether it is one of a minute or of a day.
        FaultCode::QUOTA if waits => FaultCode::RATE_LIMITED,
        FaultCode::RATE_LIMITED if is_of_day => FaultCode::QUOTA,
        code => code,
    };
    by_words(fault, body, WORDS)
}

/// A duration such as `12s` or `1.5s`, rounded up.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, and a negative time is no time"
)]
fn milliseconds(delay: &str) -> Option<u64> {
    let seconds: f64 = delay.strip_suffix('s')?.parse().ok()?;
    Some((seconds * 1000.0).ceil() as u64)
}
