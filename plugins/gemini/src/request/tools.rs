//! Functions and the provider's own tools, and the choice among them.
//!
//! Models before generation 3 refuse both in one request; there functions win, because the host's
//! own tools are among them.

use dialect::tools;
use massgen_plugin::chat::{Call, Tool, ToolChoice};
use massgen_plugin::tracing;
use serde_json::{Map, Value, json};

use super::Request;
use crate::wire::{LEVELS, generation};

/// What a request says of tools.
pub(super) struct Offer {
    pub(super) tools: Vec<Value>,
    /// `toolConfig`.
    pub(super) config: Map<String, Value>,
}

impl Offer {
    pub(super) fn new(call: &Call, request: &Request) -> Self {
        let claimed = &request.options.claimed;
        let configured = claimed
            .get("toolConfig")
            .or_else(|| claimed.get("tool_config"));
        let mut config = configured
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        let mut tools = Vec::new();
        if !call.tools.is_empty() {
            let functions: Vec<_> = call.tools.iter().map(declared).collect();
            tools.push(json!({ "functionDeclarations": functions }));
            if let Some(choice) = choice(&call.tool_choice) {
                config.insert("functionCallingConfig".into(), choice);
            }
        }
        let own = &request.server_tools;
        let mixes = generation(&request.model).is_some_and(|it| it >= LEVELS);
        if tools.is_empty() || mixes {
            if !tools.is_empty() && !own.is_empty() {
                config.insert("includeServerSideToolInvocations".into(), true.into());
            }
            tools.extend(own.iter().cloned());
        } else if !own.is_empty() {
            tracing::warn!(
                "model `{}` takes no tools of the provider together with functions; they are left out",
                request.model
            );
        }
        Self { tools, config }
    }
}

fn declared(tool: &Tool) -> Value {
    json!({
        "name": tool.name,
        "description": tools::description(tool),
        "parametersJsonSchema": tools::parameters(tool),
    })
}

/// `AUTO` is the default and left to the configuration.
fn choice(choice: &ToolChoice) -> Option<Value> {
    match choice {
        ToolChoice::Auto => None,
        ToolChoice::None => Some(json!({ "mode": "NONE" })),
        ToolChoice::Required => Some(json!({ "mode": "ANY" })),
        ToolChoice::Tool(name) => Some(json!({ "mode": "ANY", "allowedFunctionNames": [name] })),
    }
}
