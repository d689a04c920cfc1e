//! Tools on offer and the choice among them (spec backends §12).

use std::borrow::Cow;

use massgen_plugin::Fault;
use massgen_plugin::chat::{Call, Tool, ToolChoice};
use serde::Serialize;
use serde_json::{Value, json};

use dialect::{Body, tools};

#[derive(Serialize)]
struct Offered<'a> {
    r#type: &'static str,
    function: Function<'a>,
}

#[derive(Serialize)]
struct Function<'a> {
    name: &'a str,
    description: Cow<'a, str>,
    parameters: Cow<'a, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    strict: Option<bool>,
}

/// Writes `tools` and `tool_choice`; nothing when no tool is on offer, as servers answer 400 then.
pub(super) fn render(body: &mut Body, call: &Call, strict: bool) -> Result<(), Fault> {
    if call.tools.is_empty() {
        return Ok(());
    }
    let offers = call.tools.iter().map(|tool| offered(tool, strict));
    body.set("tools", &offers.collect::<Vec<_>>())?;
    body.set_some("tool_choice", choice(&call.tool_choice).as_ref())
}

fn offered(tool: &Tool, strict: bool) -> Offered<'_> {
    let function = Function {
        name: &tool.name,
        description: tools::description(tool),
        parameters: tools::parameters(tool),
        strict: strict.then_some(true),
    };
    Offered {
        r#type: "function",
        function,
    }
}

/// `auto` is every server's default and is left to the configuration.
fn choice(choice: &ToolChoice) -> Option<Value> {
    match choice {
        ToolChoice::Auto => None,
        ToolChoice::None => Some(json!("none")),
        ToolChoice::Required => Some(json!("required")),
        ToolChoice::Tool(name) => Some(json!({ "type": "function", "function": { "name": name } })),
    }
}
