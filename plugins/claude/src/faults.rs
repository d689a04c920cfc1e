//! Errors whose kind stands in the words only.

use dialect::fault::by_words;
use massgen_plugin::sdk::http_fault;
use massgen_plugin::wire::Response;
use massgen_plugin::{Fault, FaultCode};

/// Words of the provider, and what they mean; the status alone says "bad request" of all of them.
const WORDS: &[(&str, FaultCode)] = &[
    ("credit balance", FaultCode::QUOTA),
    ("prompt is too long", FaultCode::CONTEXT_TOO_LONG),
    ("exceed context limit", FaultCode::CONTEXT_TOO_LONG),
    ("context window", FaultCode::CONTEXT_TOO_LONG),
    ("content filtering policy", FaultCode::CONTENT_FILTER),
];

/// What a response that is not 2xx means.
pub(crate) fn answered(response: Response<'_>) -> Fault {
    refined(http_fault(response))
}

/// The fault with the kind that its words say.
pub(crate) fn refined(fault: Fault) -> Fault {
    let said = fault.message.clone();
    by_words(fault, &said, WORDS)
}
