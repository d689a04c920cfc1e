//! Functions and tools of the provider on offer, and the choice among them.

use std::borrow::Cow;

use massgen_plugin::Fault;
use massgen_plugin::chat::{Call, Tool, ToolChoice};
use serde_json::{Value, json};

use dialect::{Body, Options, tools};

use crate::Quirks;

/// The switch for web search.
pub(super) const WEB_SEARCH: &str = "enable_web_search";
/// The switch for the code interpreter.
pub(super) const CODE_INTERPRETER: &str = "enable_code_interpreter";

/// Writes `tools` and `tool_choice`; says whether there are any.
pub(super) fn render(
    body: &mut Body,
    call: &Call,
    options: &Options,
    quirks: Quirks,
) -> Result<bool, Fault> {
    let strict = options.strict_tools.unwrap_or(false);
    let mut offers: Vec<_> = call
        .tools
        .iter()
        .map(|tool| function(tool, strict))
        .collect();
    if options.is_on(WEB_SEARCH) {
        offers.push(json!({ "type": "web_search" }));
    }
    if options.is_on(CODE_INTERPRETER) {
        offers.push(match quirks.container {
            true => json!({ "type": "code_interpreter", "container": { "type": "auto" } }),
            false => json!({ "type": "code_interpreter" }),
        });
    }
    if offers.is_empty() {
        return Ok(false);
    }
    body.set("tools", &offers)?;
    body.set_some("tool_choice", choice(&call.tool_choice).as_ref())?;
    Ok(true)
}

/// `strict` is always said: the interface takes an absent one for true, and most schemas of tools
/// break its rules.
fn function(tool: &Tool, strict: bool) -> Value {
    let description: Cow<'_, str> = tools::description(tool);
    json!({
        "type": "function",
        "name": tool.name,
        "description": description,
        "parameters": tools::parameters(tool),
        "strict": strict,
    })
}

/// `auto` is the default and is left to the configuration.
fn choice(choice: &ToolChoice) -> Option<Value> {
    match choice {
        ToolChoice::Auto => None,
        ToolChoice::None => Some(json!("none")),
        ToolChoice::Required => Some(json!("required")),
        ToolChoice::Tool(name) => Some(json!({ "type": "function", "name": name })),
    }
}
