//! Errors whose kind and pause stand in their details (spec backends §11 D).

use std::time::Duration;

use dialect::fault::by_words;
use massgen_plugin::{Fault, FaultCode};
use serde_json::Value;

use crate::wire::ERRORS;

/// The fault with what the provider's document says besides its message.
pub(crate) fn refined(mut fault: Fault, body: &str) -> Fault {
    let document: Value = serde_json::from_str(body).unwrap_or_default();
    let error = &document.get(0).unwrap_or(&document)["error"];
    let mut details = error["details"].as_array().into_iter().flatten();
    let delay = details.find_map(|it| milliseconds(it["retryDelay"].as_str()?));
    fault.retry_after_ms = delay.unwrap_or(fault.retry_after_ms);
    let is_of_day = body.contains("PerDay");
    fault.code = match fault.code {
        // The message speaks of a quota whether it is one of a minute or of a day.
        FaultCode::QUOTA if fault.retry_after_ms > 0 && !is_of_day => FaultCode::RATE_LIMITED,
        FaultCode::RATE_LIMITED if is_of_day => FaultCode::QUOTA,
        code => code,
    };
    by_words(fault, body, ERRORS)
}

/// A duration such as `12s` or `1.5s`, rounded up.
fn milliseconds(delay: &str) -> Option<u64> {
    let delay = Duration::try_from_secs_f64(delay.strip_suffix('s')?.parse().ok()?).ok()?;
    u64::try_from(delay.as_micros().div_ceil(1000)).ok()
}
