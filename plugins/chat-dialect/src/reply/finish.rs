//! Finish reasons: the documented ones and the vendors' own (spec backends §11 B).

use massgen_plugin::chat::FinishReason;
use massgen_plugin::{Fault, FaultCode};

/// What a finish reason means.
///
/// # Errors
///
/// When the word says that the server failed.
pub(super) fn read(word: &str) -> Result<FinishReason, Fault> {
    Ok(match word {
        "stop" | "eos" | "end_turn" | "stop_sequence" => FinishReason::Stop,
        "length" | "max_tokens" | "model_length" => FinishReason::Length,
        "tool_calls" | "function_call" | "tool_use" => FinishReason::ToolCalls,
        "content_filter" | "sensitive" => FinishReason::ContentFilter,
        "refusal" => FinishReason::Refusal,
        "insufficient_system_resource" => return Err(failed(FaultCode::OVERLOADED, word)),
        "error" | "abort" | "network_error" => return Err(failed(FaultCode::UPSTREAM, word)),
        _ => FinishReason::Other,
    })
}

fn failed(code: FaultCode, word: &str) -> Fault {
    Fault::new(code, format!("the server gave the reply up: {word}"))
}
