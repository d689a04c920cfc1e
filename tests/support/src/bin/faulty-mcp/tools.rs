//! Its tools: how they are listed, and what they do.

use std::time::Duration;
use std::{env, fs, process};

use serde_json::{Value, json};

use crate::server::Call;

/// A transparent pixel.
const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// Every tool: name, description, arguments, whether it says that it only reads.
const TOOLS: [(&str, &str, &[&str], bool); 16] = [
    ("echo", "gives the text back", &["text"], true),
    ("add", "adds a and b", &["a", "b"], true),
    ("note", "remembers a text", &["text"], false),
    (
        "slow",
        "takes `seconds`, in `steps`",
        &["seconds", "steps"],
        false,
    ),
    ("never", "never answers", &[], false),
    ("fail", "fails", &[], false),
    ("crash", "ends the server", &[], false),
    ("flaky", "ends the server, but only once", &[], true),
    ("image", "gives an image", &[], true),
    ("huge", "gives `bytes` letters", &["bytes"], true),
    ("structured", "gives data and no text", &[], true),
    ("environment", "gives its variables", &[], true),
    ("touch", "makes a file at `path`", &["path"], false),
    ("wander", "makes a file in the home folder", &[], false),
    ("ask", "asks the user for a name", &[], false),
    ("grow", "adds a tool", &[], false),
];

pub(crate) fn list(odd: bool, grown: bool) -> Vec<Value> {
    let mut tools: Vec<_> = TOOLS
        .iter()
        .map(|it| tool(it.0, it.1, it.2, it.3))
        .collect();
    let plain = |name: &str| tool(name, "an odd one", &["text"], true);
    if odd {
        tools.extend(["list", "search files", &"long-name-".repeat(8)].map(plain));
    }
    if grown {
        tools.push(plain("grown"));
    }
    tools
}

fn tool(name: &str, description: &str, arguments: &[&str], reads: bool) -> Value {
    let properties = arguments.iter().map(|it| ((*it).to_owned(), json!({})));
    let properties: serde_json::Map<_, _> = properties.collect();
    let mut tool = json!({
        "name": name, "description": description,
        "inputSchema": {"type": "object", "properties": properties, "required": arguments},
    });
    if reads {
        tool["annotations"] = json!({"readOnlyHint": true});
    }
    tool
}

/// The result; `None` when the call was cancelled. `earlier` counts the calls before it.
pub(crate) fn run(name: &str, call: &Call<'_>, earlier: usize) -> Option<Value> {
    let of = |key: &str| &call.arguments[key];
    let result = match name {
        "add" => text(&(number(of("a")) + number(of("b"))).to_string()),
        "slow" => return slow(call),
        "never" => {
            call.wait_for_cancellation();
            return None;
        }
        "fail" => json!({"content": [part("it went wrong")], "isError": true}),
        "crash" => process::exit(9),
        "flaky" if earlier == 0 => process::exit(9),
        "flaky" => text("well again"),
        "image" => json!({"content": [
            part("a pixel"), {"type": "image", "data": PIXEL, "mimeType": "image/png"}]}),
        "huge" => text(&"x".repeat(size(of("bytes")))),
        "structured" => {
            json!({"content": [], "structuredContent": {"degrees": 21, "sky": "clear"}})
        }
        "environment" => text(&variables()),
        "touch" => touch(of("path").as_str().unwrap_or_default()),
        "wander" => touch(&format!(
            "{}/wandered.txt",
            env::var("HOME").unwrap_or_default()
        )),
        "ask" => ask(call),
        "grow" => {
            call.server.grow();
            text("there is a new tool")
        }
        // Those that only give back what they got, whatever their name.
        _ => text(&format!(
            "{name}: {}",
            of("text").as_str().unwrap_or_default()
        )),
    };
    Some(result)
}

fn slow(call: &Call<'_>) -> Option<Value> {
    let steps = number(&call.arguments["steps"]).max(1.0);
    let pause = Duration::from_secs_f64(number(&call.arguments["seconds"]) / steps);
    let steps = size(&call.arguments["steps"]).max(1);
    for step in 1..=steps {
        if !call.wait(pause) {
            return None;
        }
        call.report(step as u64, steps as u64);
    }
    Some(text("slow, but done"))
}

/// Its environment, a variable per line.
pub(crate) fn variables() -> String {
    let mut lines: Vec<_> = env::vars()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    lines.sort();
    lines.join("\n")
}

fn touch(path: &str) -> Value {
    let written = fs::write(path, "touched");
    written.map_or_else(|error| text(&error.to_string()), |()| text("touched"))
}

fn ask(call: &Call<'_>) -> Value {
    let schema = json!({"type": "object", "properties": {"name": {"type": "string"}}});
    let question = json!({"message": "Who are you?", "requestedSchema": schema});
    text(&call.server.ask("elicitation/create", question).to_string())
}

fn text(text: &str) -> Value {
    json!({ "content": [part(text)] })
}

fn part(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_default()
}

fn size(value: &Value) -> usize {
    value
        .as_u64()
        .and_then(|it| usize::try_from(it).ok())
        .unwrap_or_default()
}
