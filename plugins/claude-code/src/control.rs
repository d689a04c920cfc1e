//! What the program asks amid its work, and the form of the answers: may it use a tool, what does
//! the host's MCP server say. Pure: data in, data out.

use dialect::Json;
use massgen_plugin::Fault;
use massgen_plugin::chat::{Call, Part, ToolCall};
use massgen_plugin::wire::{Question, ToolOutcome, ToolUse};
use serde_json::{Value, json};

use crate::request::{AFTER, PREFIX, SERVER, STRUCTURED, listed, offered};

/// What becomes of a request of the program.
pub(crate) enum Request {
    /// It is answered at once.
    Answer(Value),
    /// The host must be asked.
    Ask(Ask),
}

/// What the host must be asked.
pub(crate) enum Ask {
    /// Whether a tool may be used.
    Use {
        id: String,
        question: Question,
        form: Form,
    },
    /// A call of one of the host's tools.
    Tool { rpc: Value, call: ToolUse },
}

/// When the program asks whether it may use a tool, which is how it wants the answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Before anything else of the program decides. Without a word against it, its rules go on.
    Hook,
    /// Where the program's own rules do not say.
    Rules,
}

/// Reads a request; `calls` are those that the host answers in the next turn.
///
/// # Errors
///
/// A text for the program when nobody knows what it means.
pub(crate) fn read(request: &Json<'_>, call: &Call, calls: &[ToolCall]) -> Result<Request, String> {
    match request.get("subtype").text().unwrap_or_default() {
        "hook_callback" if request.get("callback_id").text() == Some(AFTER) => {
            let tool = text(request.get("input").get("tool_name"));
            let is_recorded = calls
                .iter()
                .any(|it| tool.strip_prefix(PREFIX) == Some(&it.name));
            Ok(Request::Answer(after(is_recorded)))
        }
        "hook_callback" => {
            let input = request.get("input");
            let id = input.get("tool_use_id").or(request.get("tool_use_id"));
            Ok(may_use(id, input, "tool_input", Form::Hook))
        }
        "can_use_tool" => {
            let id = request.get("tool_use_id");
            Ok(may_use(id, request, "input", Form::Rules))
        }
        "mcp_message" => Ok(server(request.get("message"), call)),
        other => Err(format!("massgen knows no request `{other}`")),
    }
}

fn text(json: &Json<'_>) -> String {
    json.text().unwrap_or_default().to_owned()
}

fn may_use(id: &Json<'_>, of: &Json<'_>, arguments: &str, form: Form) -> Request {
    let question = Question {
        tool: text(of.get("tool_name")),
        arguments: of.get(arguments).to_value(),
    };
    // The host judges calls of its own tools when it carries them out.
    if question.tool.starts_with(PREFIX) || question.tool == STRUCTURED {
        return Request::Answer(permission(form, &question, Ok(())));
    }
    let id = text(id);
    Request::Ask(Ask::Use { id, question, form })
}

/// The MCP server of the host, for the messages that the program sends it.
fn server(message: &Json<'_>, call: &Call) -> Request {
    let rpc = message.get("id").to_value();
    let params = message.get("params");
    if rpc.is_null() {
        // A notification wants no answer; the program wants one for its request.
        return Request::Answer(result(&json!(0), json!({})));
    }
    let said = match message.get("method").text().unwrap_or_default() {
        "initialize" => json!({
            "protocolVersion": params.get("protocolVersion").to_value(),
            "capabilities": { "tools": {} },
            "serverInfo": { "name": SERVER, "version": "1" },
        }),
        "ping" => json!({}),
        "tools/list" => json!({ "tools": offered(call).iter().map(listed).collect::<Vec<_>>() }),
        "tools/call" => {
            let name = text(params.get("name"));
            if offered(call).iter().any(|tool| tool.name == name) {
                return Request::Ask(tool_call(rpc, name, params));
            }
            return error(&rpc, -32602, format!("no tool `{name}`"));
        }
        other => return error(&rpc, -32601, format!("no method `{other}`")),
    };
    Request::Answer(result(&rpc, said))
}

fn tool_call(rpc: Value, name: String, params: &Json<'_>) -> Ask {
    let id = params.get("_meta").get("claudecode/toolUseId").text();
    let call = ToolUse {
        id: id.map_or_else(|| format!("call_{rpc}"), str::to_owned),
        name,
        arguments: match params.get("arguments") {
            Json::Null => json!({}),
            arguments => arguments.to_value(),
        },
    };
    Ask::Tool { rpc, call }
}

fn result(rpc: &Value, result: Value) -> Value {
    json!({ "mcp_response": { "jsonrpc": "2.0", "id": rpc, "result": result } })
}

fn error(rpc: &Value, code: i32, message: String) -> Request {
    let error = json!({ "code": code, "message": message });
    Request::Answer(json!({ "mcp_response": { "jsonrpc": "2.0", "id": rpc, "error": error } }))
}

/// The line that answers a request.
pub(crate) fn line(request: &str, answer: Result<Value, String>) -> Value {
    let response = match answer {
        Ok(answer) => json!({ "subtype": "success", "request_id": request, "response": answer }),
        Err(error) => json!({ "subtype": "error", "request_id": request, "error": error }),
    };
    json!({ "type": "control_response", "response": response })
}

/// Whether a tool may be used, or why not.
pub(crate) fn permission(form: Form, of: &Question, said: Result<(), String>) -> Value {
    match (form, said) {
        (Form::Hook, Ok(())) => json!({}),
        (Form::Hook, Err(reason)) => json!({ "hookSpecificOutput": {
            "hookEventName": "PreToolUse",
            "permissionDecision": "deny",
            "permissionDecisionReason": reason,
        } }),
        (Form::Rules, Ok(())) => json!({ "behavior": "allow", "updatedInput": of.arguments }),
        (Form::Rules, Err(reason)) => json!({ "behavior": "deny", "message": reason }),
    }
}

/// What follows the use of one of the host's tools: a recorded call ends the reply once all calls
/// of the same message were taken.
fn after(is_recorded: bool) -> Value {
    if is_recorded {
        json!({ "continue": false, "stopReason": "The call is recorded; its result follows." })
    } else {
        json!({})
    }
}

/// Stands in for the result of a call that is answered in the next turn.
pub(crate) fn recorded(rpc: &Value) -> Value {
    let text = "Recorded. Its result, if there is one, comes with the next message.";
    result(
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
    result(
        rpc,
        json!({ "content": content, "isError": outcome.is_error }),
    )
}

fn content(part: &Part) -> Option<Value> {
    let image = match part {
        Part::Text { text } => return Some(json!({ "type": "text", "text": text })),
        Part::Image(image) => image,
        _ => return None,
    };
    Some(match &image.data {
        Some(data) => json!({ "type": "image", "data": data, "mimeType": image.mime }),
        None => json!({ "type": "text", "text": image.url }),
    })
}
