//! Functions and the provider's own tools, and the choice among them.
//!
//! Models before generation 3 refuse both in one request; there functions win, because the host's
//! own tools are among them.

use dialect::{Body, tools};
use massgen_plugin::chat::{Call, ToolChoice};
use massgen_plugin::{Fault, tracing};
use serde_json::{Map, Value, json};

use super::Request;
use crate::wire::{LEVELS, is_from};

/// Sets `tools` and `toolConfig`.
pub(super) fn render(body: &mut Body, call: &Call, request: &Request) -> Result<(), Fault> {
    let mut config = configured(&request.options.claimed);
    let mut tools = request.server_tools.clone();
    if !call.tools.is_empty() {
        if !tools.is_empty() && is_from(&request.model, LEVELS) {
            config.insert("includeServerSideToolInvocations".into(), true.into());
        } else if !tools.is_empty() {
            let model = &request.model;
            tracing::warn!(
                "model `{model}` takes no tools of the provider together with functions; they are left out"
            );
            tools.clear();
        }
        let functions = call.tools.iter();
        let functions: Vec<_> = functions
            .map(|it| tools::offer(it, "parametersJsonSchema"))
            .collect();
        tools.insert(0, json!({ "functionDeclarations": functions }));
        if let Some(choice) = choice(&call.tool_choice) {
            config.insert("functionCallingConfig".into(), choice);
        }
    }
    body.set_some("tools", Some(&tools).filter(|it| !it.is_empty()))?;
    body.set_some("toolConfig", Some(&config).filter(|it| !it.is_empty()))
}

fn configured(claimed: &Map<String, Value>) -> Map<String, Value> {
    let config = claimed.get("toolConfig").or(claimed.get("tool_config"));
    let config = config.and_then(Value::as_object);
    config.cloned().unwrap_or_default()
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
