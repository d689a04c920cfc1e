//! Requests in the Chat Completions wire format.

use serde_json::Value;

use super::{Called, Reader, Role, Turn, append, array, content, parsed, unanswered, word};
use crate::Request;

/// The format's reader.
pub(crate) struct Chat;

impl Reader for Chat {
    /// Azure has the model, under its deployment's name, in the path.
    fn model(&self, path: &str, body: &Value) -> String {
        let deployment = path.split("/deployments/").nth(1);
        let deployment = deployment.and_then(|it| it.split('/').next());
        let named = body["model"].as_str().or(deployment);
        named.unwrap_or_default().to_owned()
    }

    fn functions<'a>(&self, body: &'a Value) -> Vec<(&'a str, &'a Value)> {
        let functions = array(&body["tools"]).iter().map(|it| &it["function"]);
        let named = |it: &'a Value| Some((it["name"].as_str()?, &it["parameters"]));
        functions.filter_map(named).collect()
    }

    fn turns(&self, body: &Value) -> Vec<Turn> {
        let mut turns = Vec::new();
        for message in array(&body["messages"]) {
            append(&mut turns, turn(message));
        }
        turns
    }

    fn complaint(&self, request: &Request) -> Option<String> {
        let body = &request.body;
        if array(&body["messages"]).is_empty() {
            return Some("`messages` is empty".to_owned());
        }
        let calls = array(&body["messages"])
            .iter()
            .flat_map(|it| array(&it["tool_calls"]));
        let mut arguments = calls.map(|it| &it["function"]["arguments"]);
        if arguments.any(|it| !it.is_string()) {
            return Some("`arguments` must be a string".to_owned());
        }
        unanswered(&self.turns(body))
    }
}

fn turn(message: &Value) -> Turn {
    let text = content(&message["content"]);
    let role = match message["role"].as_str() {
        Some("system" | "developer") => Role::System,
        Some("assistant") => Role::Assistant,
        Some("tool") => return Turn::result(word(&message["tool_call_id"]), text),
        _ => Role::User,
    };
    let calls = array(&message["tool_calls"]).iter().map(|it| Called {
        id: word(&it["id"]),
        name: word(&it["function"]["name"]),
        arguments: parsed(&it["function"]["arguments"]),
    });
    Turn {
        calls: calls.collect(),
        ..Turn::says(role, text)
    }
}
