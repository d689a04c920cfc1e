//! What it does with the tools of coordination: it votes once there is an answer, else it answers.

use massgen_plugin::chat::{Call, ToolCall};
use massgen_plugin::serde_json::{Value, json};

/// The tool call that ends the turn, when one is on offer.
pub(crate) fn of(call: &Call, text: &str) -> Option<ToolCall> {
    let parameters = |name: &str| {
        let tool = call.tools.iter().find(|tool| tool.name == name);
        tool.map(|tool| &tool.parameters)
    };
    let target = parameters("vote").and_then(|it| it["properties"]["agent_id"]["enum"][0].as_str());
    if let Some(target) = target.filter(|it| is_named(call, it)) {
        let arguments = json!({ "agent_id": target, "reason": "it did as it was told" });
        return Some(tool_call("vote", arguments));
    }
    parameters("new_answer").map(|_| tool_call("new_answer", json!({ "content": text })))
}

fn is_named(call: &Call, target: &str) -> bool {
    let mut turns = call.turns.iter();
    turns.any(|turn| turn.joined_text().contains(target))
}

fn tool_call(name: &str, arguments: Value) -> ToolCall {
    ToolCall {
        index: 0,
        id: format!("call_{name}"),
        name: name.into(),
        arguments,
    }
}
