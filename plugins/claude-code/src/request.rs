//! The program's command line, and the first lines it is given.

use std::borrow::Cow;

use dialect::{history as turns_of, tools};
use massgen_plugin::chat::{Call, Effort, ResponseFormat, Tool, ToolChoice};
use massgen_plugin::wire::{SecretVariable, Spawn};
use serde_json::{Value, json};

use crate::history::{self, Past};
use crate::settings::Settings;

/// Name of the MCP server that stands for the host.
pub(crate) const SERVER: &str = "massgen";
/// What the program puts before the names of the server's tools.
pub(crate) const PREFIX: &str = "mcp__massgen__";
/// The tool by which the program takes structured output; it does nothing else.
pub(crate) const STRUCTURED: &str = "StructuredOutput";
/// Names of our hooks, as they come back.
pub(crate) const BEFORE: &str = "before";
pub(crate) const AFTER: &str = "after";

/// Variables that say where logins, models and other providers of Claude are.
const INHERITED: [&str; 14] = [
    "CLAUDE_CONFIG_DIR",
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_VERTEX",
    "CLAUDE_CODE_USE_FOUNDRY",
    "CLAUDE_CODE_MAX_RETRIES",
    "CLAUDE_CODE_MAX_OUTPUT_TOKENS",
    "ANTHROPIC_MODEL",
    "ANTHROPIC_SMALL_FAST_MODEL",
    "ANTHROPIC_VERTEX_PROJECT_ID",
    "ANTHROPIC_FOUNDRY_RESOURCE",
    "AWS_PROFILE",
    "AWS_REGION",
    "CLOUD_ML_REGION",
    "GOOGLE_APPLICATION_CREDENTIALS",
];

/// Secrets by the variables that the program reads.
const SECRETS: [(&str, &str); 3] = [
    ("ANTHROPIC_API_KEY", "api_key"),
    ("ANTHROPIC_AUTH_TOKEN", "auth_token"),
    ("CLAUDE_CODE_OAUTH_TOKEN", "oauth_token"),
];

/// The tools that the host offers for this call.
pub(crate) fn offered(call: &Call) -> &[Tool] {
    match call.tool_choice {
        ToolChoice::None => &[],
        _ => &call.tools,
    }
}

/// The program to start.
pub(crate) fn spawn(settings: &Settings, call: &Call, past: &Past<'_>) -> Spawn {
    let mut argv: Vec<String> = [
        settings.program.as_str(),
        "--output-format=stream-json",
        "--input-format=stream-json",
        "--verbose",
        "--include-partial-messages",
        "--permission-prompt-tool=stdio",
        "--strict-mcp-config",
    ]
    .map(str::to_owned)
    .into();
    argv.extend(settings.flags.iter().cloned());
    argv.extend(effort(settings, call).map(|effort| format!("--effort={effort}")));
    argv.extend(schema(call).map(|schema| format!("--json-schema={schema}")));
    let own = match call.tool_choice {
        ToolChoice::None => "",
        _ => &settings.tools,
    };
    argv.push(format!("--tools={own}"));
    let mut allowed = settings.allowed.clone().unwrap_or_default();
    if !offered(call).is_empty() {
        let server = json!({ "mcpServers": { SERVER: { "type": "sdk", "name": SERVER } } });
        argv.push(format!("--mcp-config={server}"));
        allowed.insert(0, format!("mcp__{SERVER}"));
    }
    if !allowed.is_empty() {
        argv.push(format!("--allowedTools={}", allowed.join(",")));
    }
    if let Some(session) = past.session {
        // A copy: the session that is continued stays as it is for whoever comes back to it.
        argv.extend([format!("--resume={session}"), "--fork-session".into()]);
    }
    let mut spawn = Spawn::new(argv);
    spawn.inherit = INHERITED.map(str::to_owned).into();
    spawn.set = settings.variables.clone();
    if let Some(most) = call.params.max_output_tokens {
        let name = "CLAUDE_CODE_MAX_OUTPUT_TOKENS".to_owned();
        spawn.set.push((name, most.to_string()));
    }
    let secret = |(variable, secret): (&str, &str)| SecretVariable {
        variable: variable.to_owned(),
        secret: secret.to_owned(),
    };
    spawn.secrets = SECRETS.map(secret).into();
    spawn
}

fn effort<'a>(settings: &'a Settings, call: &Call) -> Option<&'a str> {
    let asked = call.params.reasoning_effort.map(|effort| match effort {
        Effort::Minimal | Effort::Low => "low",
        Effort::Medium => "medium",
        Effort::High => "high",
    });
    asked.or(settings.effort.as_deref())
}

fn schema(call: &Call) -> Option<Cow<'_, Value>> {
    Some(match call.params.response_format.as_ref()? {
        ResponseFormat::JsonObject => Cow::Owned(json!({ "type": "object" })),
        ResponseFormat::JsonSchema { schema, .. } => Cow::Borrowed(schema),
    })
}

/// The greeting: hooks before and after tools, and the instructions, which then stand in no list
/// of processes.
pub(crate) fn greeting(settings: &Settings, call: &Call) -> Value {
    let hook = |matcher: Value, name| json!([{ "matcher": matcher, "hookCallbackIds": [name] }]);
    let mut request = json!({
        "subtype": "initialize",
        "hooks": { "PreToolUse": hook(Value::Null, BEFORE) },
    });
    if !offered(call).is_empty() {
        request["hooks"]["PostToolUse"] = hook(format!("{PREFIX}.*").into(), AFTER);
    }
    if let Some(system) = &settings.system {
        request["systemPrompt"] = system.as_str().into();
    }
    let mut parts: Vec<_> = settings.append.iter().cloned().collect();
    parts.extend(turns_of::system(&call.turns));
    parts.extend(offered(call).first().map(naming));
    if !parts.is_empty() {
        request["appendSystemPrompt"] = parts.join("\n\n").into();
    }
    json!({ "type": "control_request", "request_id": "initialize", "request": request })
}

/// The program gives the host's tools longer names than the conversation does.
fn naming(example: &Tool) -> String {
    let name = &example.name;
    format!(
        "Tools of these instructions that you do not find by their name have `{PREFIX}` before it: \
         `{name}` is `{PREFIX}{name}`."
    )
}

/// What the person says: the turns that the session has not seen.
pub(crate) fn message(call: &Call, past: &Past<'_>) -> Value {
    let mut content = history::blocks(past);
    let forced = match &call.tool_choice {
        ToolChoice::Required if !call.tools.is_empty() => Some("Call one of the tools now.".into()),
        ToolChoice::Tool(name) => Some(format!("Call the tool `{PREFIX}{name}` now.")),
        _ => None,
    };
    content.extend(forced.map(|text: String| json!({ "type": "text", "text": text })));
    let message = json!({ "role": "user", "content": content });
    json!({ "type": "user", "message": message, "parent_tool_use_id": null, "session_id": "" })
}

/// A tool as the MCP server lists it, always shown to the model in full.
pub(crate) fn listed(tool: &Tool) -> Value {
    json!({
        "name": tool.name,
        "description": tools::description(tool),
        "inputSchema": tools::parameters(tool),
        "_meta": { "anthropic/alwaysLoad": true },
    })
}
