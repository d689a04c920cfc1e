//! The choice among the tools on offer (spec backends §12).

use massgen_plugin::chat::{Call, ToolChoice};
use serde_json::{Map, Value, json};

/// What the call says, else what is configured; `auto` is the default and not sent for itself.
pub(super) fn choose(call: &Call, options: &Map<String, Value>) -> Option<Value> {
    let own = match &call.tool_choice {
        _ if call.tools.is_empty() => None,
        ToolChoice::Auto => None,
        ToolChoice::None => Some(json!({ "type": "none" })),
        ToolChoice::Required => Some(json!({ "type": "any" })),
        ToolChoice::Tool(name) => Some(json!({ "type": "tool", "name": name })),
    };
    let configured = options.get("tool_choice").filter(|it| it.is_object());
    let mut choice = own.or_else(|| configured.cloned());
    if options.get("parallel_tool_calls") == Some(&Value::Bool(false)) {
        let choice = choice.get_or_insert_with(|| json!({ "type": "auto" }));
        if choice["type"] != "none" {
            choice["disable_parallel_tool_use"] = true.into();
        }
    }
    choice
}
