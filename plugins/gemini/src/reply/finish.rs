//! Why a reply ended (spec backends §11 D).

use massgen_plugin::chat::FinishReason;
use massgen_plugin::{Fault, FaultCode};

/// What a finish reason means; `said` is the provider's explanation.
///
/// # Errors
///
/// When there is no usable reply: the model failed at its own form, which another try may not, or
/// the request lacks what only this plugin could have sent.
pub(super) fn read(reason: &str, said: Option<&str>) -> Result<FinishReason, Fault> {
    Ok(match reason {
        "STOP" => FinishReason::Stop,
        "MAX_TOKENS" => FinishReason::Length,
        "SAFETY"
        | "RECITATION"
        | "BLOCKLIST"
        | "PROHIBITED_CONTENT"
        | "SPII"
        | "LANGUAGE"
        | "IMAGE_SAFETY"
        | "IMAGE_PROHIBITED_CONTENT"
        | "IMAGE_RECITATION" => FinishReason::ContentFilter,
        "MALFORMED_FUNCTION_CALL"
        | "MALFORMED_RESPONSE"
        | "UNEXPECTED_TOOL_CALL"
        | "TOO_MANY_TOOL_CALLS" => return Err(failed(FaultCode::UPSTREAM, reason, said)),
        "MISSING_THOUGHT_SIGNATURE" => return Err(failed(FaultCode::BAD_REQUEST, reason, said)),
        _ => FinishReason::Other,
    })
}

/// The fault of a prompt that was not answered at all.
pub(super) fn blocked(reason: &str) -> Fault {
    let text = format!("the provider refused the prompt: {reason}");
    Fault::new(FaultCode::CONTENT_FILTER, text)
}

fn failed(code: FaultCode, reason: &str, said: Option<&str>) -> Fault {
    let fault = Fault::new(code, format!("the provider gave the reply up: {reason}"));
    match said {
        Some(said) => fault.with_detail(said),
        None => fault,
    }
}
