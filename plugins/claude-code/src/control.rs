//! What the program asks amid its work, and the form of the answers: may it use a tool, what does
//! the host's MCP server say. Pure: data in, data out.

use dialect::Json;
use massgen_plugin::Fault;
use massgen_plugin::chat::{Call, Part};
use massgen_plugin::wire::{Permission, Question, ToolOutcome, ToolUse};
use serde_json::{Value, json};

use crate::request::{AFTER, PREFIX, SERVER, STRUCTURED, listed, offered};

/// A request of the program.
pub(crate) enum Request {
    /// It can be answered at once.
    Answer(Value),
    /// It used a tool of the host.
    Used { tool: String },
    /// The host must be asked.
    Ask(Ask),
    /// Nobody knows what it means.
    Unknown(String),
}

/// What the host must be asked.
pub(crate) enum Ask {
    /// Whether a tool may be used, before anything else of the program decides.
    Hook { id: String, question: Question },
    /// The same, where the program's own rules do not say.
    Allow {
        id: String,
        question: Question,
        input: Value,
    },
    /// A call of one of the host's tools.
    Tool { rpc: Value, call: ToolUse },
}

/// Reads a request.
pub(crate) fn read(request: &Json<'_>, call: &Call) -> Request {
    match request.get("subtype").text().unwrap_or_default() {
        "hook_callback" => hook(request),
        "can_use_tool" => {
            let input = request.get("input").to_value();
            let question = question(request.get("tool_name"), &input);
            let id = id_of(request.get("tool_use_id"));
            if is_ours(&question.tool) {
                return Request::Answer(allow(input, &permitted()));
            }
            Request::Ask(Ask::Allow {
                id,
                question,
                input,
            })
        }
        "mcp_message" => server(request, call),
        other => Request::Unknown(format!("massgen knows no request `{other}`")),
    }
}

fn hook(request: &Json<'_>) -> Request {
    let input = request.get("input");
    let question = question(input.get("tool_name"), &input.get("tool_input").to_value());
    if request.get("callback_id").text() == Some(AFTER) {
        let tool = question.tool.strip_prefix(PREFIX).unwrap_or(&question.tool);
        return Request::Used {
            tool: tool.to_owned(),
        };
    }
    // The host judges calls of its own tools when it carries them out.
    if is_ours(&question.tool) {
        return Request::Answer(before(&permitted()));
    }
    let id = id_of(input.get("tool_use_id").or(request.get("tool_use_id")));
    Request::Ask(Ask::Hook { id, question })
}

fn is_ours(tool: &str) -> bool {
    tool.starts_with(PREFIX) || tool == STRUCTURED
}

fn permitted() -> Permission {
    Permission {
        allowed: true,
        reason: String::new(),
    }
}

fn question(tool: &Json<'_>, arguments: &Value) -> Question {
    Question {
        tool: tool.text().unwrap_or_default().to_owned(),
        arguments: arguments.clone(),
    }
}

fn id_of(id: &Json<'_>) -> String {
    id.text().unwrap_or_default().to_owned()
}

/// The MCP server of the host, for the messages that the program sends it.
fn server(request: &Json<'_>, call: &Call) -> Request {
    let message = request.get("message");
    let rpc = message.get("id").to_value();
    let params = message.get("params");
    if rpc.is_null() {
        // A notification wants no answer; the program wants one for its request.
        return Request::Answer(answered(&json!(0), json!({})));
    }
    let result = match message.get("method").text().unwrap_or_default() {
        "initialize" => json!({
            "protocolVersion": params.get("protocolVersion").to_value(),
            "capabilities": { "tools": {} },
            "serverInfo": { "name": SERVER, "version": "1" },
        }),
        "ping" => json!({}),
        "tools/list" => {
            json!({ "tools": offered(call).iter().map(listed).collect::<Vec<_>>() })
        }
        "tools/call" => return called(rpc, params, call),
        other => return Request::Answer(rpc_error(&rpc, -32601, &format!("no method `{other}`"))),
    };
    Request::Answer(answered(&rpc, result))
}

fn called(rpc: Value, params: &Json<'_>, call: &Call) -> Request {
    let name = params.get("name").text().unwrap_or_default();
    if !offered(call).iter().any(|tool| tool.name == name) {
        return Request::Answer(rpc_error(&rpc, -32602, &format!("no tool `{name}`")));
    }
    let id = params.get("_meta").get("claudecode/toolUseId").text();
    let call = ToolUse {
        id: id.map_or_else(|| format!("call_{rpc}"), str::to_owned),
        name: name.to_owned(),
        arguments: match params.get("arguments") {
            Json::Null => json!({}),
            arguments => arguments.to_value(),
        },
    };
    Request::Ask(Ask::Tool { rpc, call })
}

/// The answer to a request.
pub(crate) fn success(request: &str, response: Value) -> Value {
    let response = json!({ "subtype": "success", "request_id": request, "response": response });
    json!({ "type": "control_response", "response": response })
}

/// The answer to a request that cannot be answered.
pub(crate) fn failure(request: &str, error: &str) -> Value {
    let response = json!({ "subtype": "error", "request_id": request, "error": error });
    json!({ "type": "control_response", "response": response })
}

/// What the gate says before the use of a tool. Without a word against it, the program's own rules
/// decide; for the host's own tools there are none.
pub(crate) fn before(permission: &Permission) -> Value {
    if permission.allowed {
        return json!({});
    }
    json!({ "hookSpecificOutput": {
        "hookEventName": "PreToolUse",
        "permissionDecision": "deny",
        "permissionDecisionReason": permission.reason,
    } })
}

/// What is said where the program's own rules left it open.
pub(crate) fn allow(input: Value, permission: &Permission) -> Value {
    if permission.allowed {
        json!({ "behavior": "allow", "updatedInput": input })
    } else {
        json!({ "behavior": "deny", "message": permission.reason })
    }
}

/// What follows the use of one of the host's tools: a recorded call ends the reply once all calls
/// of the same message were taken.
pub(crate) fn after(is_recorded: bool) -> Value {
    if is_recorded {
        json!({ "continue": false, "stopReason": "The call is recorded; its result follows." })
    } else {
        json!({})
    }
}

/// Stands in for the result of a call that is answered in the next turn.
pub(crate) fn recorded(rpc: &Value) -> Value {
    let text = "Recorded. Its result, if there is one, comes with the next message.";
    answered(
        rpc,
        json!({ "content": [{ "type": "text", "text": text }] }),
    )
}

/// What a tool of the host gave.
pub(crate) fn tool_result(rpc: &Value, outcome: Result<ToolOutcome, Fault>) -> Value {
    let outcome = outcome.unwrap_or_else(|fault| ToolOutcome {
        is_error: true,
        parts: vec![Part::text(fault.message)],
    });
    let content: Vec<_> = outcome.parts.iter().filter_map(content).collect();
    answered(
        rpc,
        json!({ "content": content, "isError": outcome.is_error }),
    )
}

fn content(part: &Part) -> Option<Value> {
    Some(match part {
        Part::Text { text } => json!({ "type": "text", "text": text }),
        Part::Image(image) => match &image.data {
            Some(data) => json!({ "type": "image", "data": data, "mimeType": image.mime }),
            None => json!({ "type": "text", "text": image.url }),
        },
        _ => return None,
    })
}

fn answered(rpc: &Value, result: Value) -> Value {
    json!({ "mcp_response": { "jsonrpc": "2.0", "id": rpc, "result": result } })
}

fn rpc_error(rpc: &Value, code: i32, message: &str) -> Value {
    let error = json!({ "code": code, "message": message });
    json!({ "mcp_response": { "jsonrpc": "2.0", "id": rpc, "error": error } })
}
