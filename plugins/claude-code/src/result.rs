//! The program's last message: how the reply ended and what it cost.

use dialect::Json;
use massgen_plugin::chat::{FinishReason, Usage};
use massgen_plugin::sdk::http_fault;
use massgen_plugin::wire::Response;
use massgen_plugin::{Fault, FaultCode};
use serde_json::json;

/// How a reply ended.
pub(crate) struct Outcome {
    pub(crate) finish: Result<FinishReason, Fault>,
    pub(crate) usage: Usage,
    /// The session, for the next call.
    pub(crate) session: String,
    /// The text of a reply whose form was asked for.
    pub(crate) text: Option<String>,
    /// The session that was to go on is gone; nothing was done.
    pub(crate) is_lost: bool,
}

impl Outcome {
    /// Reads a `result` message.
    pub(crate) fn of(result: &Json<'_>) -> Self {
        let structured = result.get("structured_output");
        let text = match structured {
            Json::Null => result.get("result").text().map(str::to_owned),
            value => Some(value.to_value().to_string()),
        };
        Self {
            finish: finish(result),
            usage: usage(result),
            session: result
                .get("session_id")
                .text()
                .unwrap_or_default()
                .to_owned(),
            text,
            is_lost: errors(result).contains("No conversation found"),
        }
    }
}

fn finish(result: &Json<'_>) -> Result<FinishReason, Fault> {
    let subtype = result.get("subtype").text().unwrap_or_default();
    let is_error = matches!(result.get("is_error"), Json::Bool(true));
    match subtype {
        "error_max_turns" => Ok(FinishReason::Length),
        _ if is_error || subtype.starts_with("error") => Err(fault(result, subtype)),
        _ => Ok(match result.get("stop_reason").text() {
            Some("max_tokens") => FinishReason::Length,
            Some("refusal") => FinishReason::Refusal,
            _ => FinishReason::Stop,
        }),
    }
}

fn fault(result: &Json<'_>, subtype: &str) -> Fault {
    let said = result.get("result").text().unwrap_or_default();
    if let Some(status) = result.get("api_error_status").number() {
        let error = json!({ "type": result.get("api_error_type").text(), "message": said });
        return http_fault(Response {
            status: u16::try_from(status).unwrap_or(500),
            body: json!({ "error": error }).to_string().as_bytes(),
        });
    }
    let is_unknown = said.contains("/login") || said.contains("API key");
    match subtype {
        "success" if is_unknown => Fault::new(FaultCode::AUTH, format!("Claude Code says: {said}"))
            .with_detail(
                "hint: set ANTHROPIC_API_KEY or write `api_key`, or run `claude` once and log in",
            ),
        "success" if said.contains("Prompt is too long") => Fault::new(
            FaultCode::CONTEXT_TOO_LONG,
            "the conversation is too long for the model",
        ),
        "success" => Fault::new(FaultCode::UPSTREAM, format!("Claude Code says: {said}")),
        "error_max_budget_usd" => Fault::new(
            FaultCode::QUOTA,
            "the budget in `max_budget_usd` is used up",
        ),
        _ => {
            let text = format!("Claude Code failed ({subtype}): {}", errors(result));
            Fault::new(FaultCode::UPSTREAM, text)
        }
    }
}

fn errors(result: &Json<'_>) -> String {
    let errors = result.get("errors").items().iter().filter_map(Json::text);
    errors.collect::<Vec<_>>().join("; ")
}

/// Of this reply alone, helpers included: by model where the program says so, since its totals go
/// on counting in a session that is continued.
fn usage(result: &Json<'_>) -> Usage {
    let Json::Object(models) = result.get("model_usage_since_last_result") else {
        return of_totals(result);
    };
    let sum = |name: &str| models.iter().filter_map(|it| it.1.get(name).number()).sum();
    let cost: f64 = models
        .iter()
        .filter_map(|it| it.1.get("costUSD").decimal())
        .sum();
    counted(
        [
            sum("inputTokens"),
            sum("cacheReadInputTokens"),
            sum("cacheCreationInputTokens"),
            sum("outputTokens"),
            sum("thinkingTokens"),
            sum("webSearchRequests"),
        ],
        cost,
    )
}

fn of_totals(result: &Json<'_>) -> Usage {
    let usage = result.get("usage");
    let number = |it: &Json<'_>| it.number().unwrap_or_default();
    counted(
        [
            number(usage.get("input_tokens")),
            number(usage.get("cache_read_input_tokens")),
            number(usage.get("cache_creation_input_tokens")),
            number(usage.get("output_tokens")),
            number(usage.get("output_tokens_details").get("thinking_tokens")),
            number(usage.get("server_tool_use").get("web_search_requests")),
        ],
        result.get("total_cost_usd").decimal().unwrap_or_default(),
    )
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, and the sign is taken away"
)]
fn counted([fresh, read, written, output, thought, searches]: [u64; 6], cost: f64) -> Usage {
    Usage {
        input: Some(fresh + read + written),
        cached_input: Some(read),
        cache_write: Some(written),
        output: Some(output),
        reasoning: Some(thought),
        server_tools: Some(searches),
        cost_micro_usd: Some((cost.max(0.0) * 1e6).round() as u64),
    }
}
