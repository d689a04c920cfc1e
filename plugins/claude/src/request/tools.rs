//! Tools on offer and the choice among them (spec backends §12).

use dialect::tools;
use massgen_plugin::chat::{Call, Tool, ToolChoice};
use serde_json::{Map, Value, json};

/// The provider's tools, then the host's; the last one is marked for the cache.
pub(super) fn render(call: &Call, server_tools: &[Value], caches: bool) -> Vec<Value> {
    let mut offers = server_tools.to_vec();
    offers.extend(call.tools.iter().map(offer));
    if let Some(last) = offers.last_mut().filter(|_| caches) {
        last["cache_control"] = super::ephemeral();
    }
    offers
}

fn offer(tool: &Tool) -> Value {
    json!({
        "name": tool.name,
        "description": tools::description(tool),
        "input_schema": tools::parameters(tool),
    })
}

/// What the call says, else what is configured; `auto` is the default and not sent for itself.
pub(super) fn choice(call: &Call, options: &Map<String, Value>) -> Option<Value> {
    let own = match &call.tool_choice {
        _ if call.tools.is_empty() => None,
        ToolChoice::Auto => None,
        ToolChoice::None => Some(json!({ "type": "none" })),
        ToolChoice::Required => Some(json!({ "type": "any" })),
        ToolChoice::Tool(name) => Some(json!({ "type": "tool", "name": name })),
    };
    let mut choice = own.or_else(|| configured(options.get("tool_choice")?));
    if options.get("parallel_tool_calls") == Some(&Value::Bool(false)) {
        let choice = choice.get_or_insert_with(|| json!({ "type": "auto" }));
        if choice["type"] != "none" {
            choice["disable_parallel_tool_use"] = true.into();
        }
    }
    choice
}

/// The provider's own form, or one of its words.
fn configured(choice: &Value) -> Option<Value> {
    match choice {
        Value::Object(_) => Some(choice.clone()),
        Value::String(word) => Some(json!({ "type": word })),
        _ => None,
    }
}
