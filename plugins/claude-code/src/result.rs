//! The program's last message: how the reply ended and what it cost.

use dialect::{Json, cost};
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
        let text = match result.get("structured_output") {
            Json::Null => result.get("result").text().map(str::to_owned),
            value => Some(value.to_value().to_string()),
        };
        let session = result.get("session_id").text().unwrap_or_default();
        Self {
            finish: finish(result),
            usage: usage(result),
            session: session.to_owned(),
            text,
            is_lost: errors(result).contains("No conversation found"),
        }
    }
}

fn finish(result: &Json<'_>) -> Result<FinishReason, Fault> {
    let subtype = result.get("subtype").text().unwrap_or_default();
    let is_error = matches!(result.get("is_error"), Json::Bool(true));
    match (subtype, result.get("stop_reason").text()) {
        ("error_max_turns", _) => Ok(FinishReason::Length),
        _ if is_error || subtype.starts_with("error") => Err(fault(result, subtype)),
        (_, Some("max_tokens")) => Ok(FinishReason::Length),
        (_, Some("refusal")) => Ok(FinishReason::Refusal),
        _ => Ok(FinishReason::Stop),
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
    let (code, text) = match subtype {
        "success" if said.contains("/login") || said.contains("API key") => {
            let hint = "set ANTHROPIC_API_KEY or write `api_key`, or run `claude` once and log in";
            return Fault::new(FaultCode::AUTH, format!("Claude Code says: {said}"))
                .with_detail(format!("hint: {hint}"));
        }
        "success" if said.contains("Prompt is too long") => (
            FaultCode::CONTEXT_TOO_LONG,
            "the conversation is too long for the model".into(),
        ),
        "success" => (FaultCode::UPSTREAM, format!("Claude Code says: {said}")),
        "error_max_budget_usd" => (
            FaultCode::QUOTA,
            "the budget in `max_budget_usd` is used up".into(),
        ),
        _ => {
            let errors = errors(result);
            let text = format!("Claude Code failed ({subtype}): {errors}");
            (FaultCode::UPSTREAM, text)
        }
    };
    Fault::new(code, text)
}

fn errors(result: &Json<'_>) -> String {
    let errors = result.get("errors").items().iter().filter_map(Json::text);
    errors.collect::<Vec<_>>().join("; ")
}

/// Names of the counts for each model: fresh, read from and written to the cache, given, thought
/// of it, searches.
const OF_MODEL: [&str; 6] = [
    "inputTokens",
    "cacheReadInputTokens",
    "cacheCreationInputTokens",
    "outputTokens",
    "thinkingTokens",
    "webSearchRequests",
];

/// The same in the totals.
const OF_TOTALS: [&str; 6] = [
    "input_tokens",
    "cache_read_input_tokens",
    "cache_creation_input_tokens",
    "output_tokens",
    "thinking_tokens",
    "web_search_requests",
];

/// Of this reply alone, helpers included: by model where the program says so, since its totals go
/// on counting in a session that is continued.
fn usage(result: &Json<'_>) -> Usage {
    let counts: [u64; 6];
    let dollars;
    if let Json::Object(models) = result.get("model_usage_since_last_result") {
        let all = |name| models.iter().map(move |(_, model)| model.get(name));
        counts = OF_MODEL.map(|name| all(name).filter_map(Json::number).sum());
        dollars = all("costUSD").filter_map(Json::decimal).sum();
    } else {
        let usage = result.get("usage");
        let details = [
            usage.get("output_tokens_details"),
            usage.get("server_tool_use"),
        ];
        let number = |name| {
            details
                .iter()
                .fold(usage.get(name), |it, more| it.or(more.get(name)))
        };
        counts = OF_TOTALS.map(|name| number(name).number().unwrap_or_default());
        dollars = result.get("total_cost_usd").decimal().unwrap_or_default();
    }
    let [fresh, read, written, output, thought, searches] = counts;
    Usage {
        input: Some(fresh + read + written),
        cached_input: Some(read),
        cache_write: Some(written),
        output: Some(output),
        reasoning: Some(thought),
        server_tools: Some(searches),
        cost_micro_usd: cost::of_usd(dollars),
    }
}
