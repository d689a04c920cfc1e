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
    let code = match reason.trim_start_matches("IMAGE_") {
        "STOP" => return Ok(FinishReason::Stop),
        "MAX_TOKENS" => return Ok(FinishReason::Length),
        "SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" | "LANGUAGE" => {
            return Ok(FinishReason::ContentFilter);
        }
        "MALFORMED_FUNCTION_CALL"
        | "MALFORMED_RESPONSE"
        | "UNEXPECTED_TOOL_CALL"
        | "TOO_MANY_TOOL_CALLS" => FaultCode::UPSTREAM,
        "MISSING_THOUGHT_SIGNATURE" => FaultCode::BAD_REQUEST,
        _ => return Ok(FinishReason::Other),
    };
    let fault = Fault::new(code, format!("the provider gave the reply up: {reason}"));
    Err(match said {
        Some(said) => fault.with_detail(said),
        None => fault,
    })
}
