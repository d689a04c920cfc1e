//! Requests in the Messages wire format.

use serde_json::Value;

use super::{Called, Reader, Role, Turn, append, array, content, unanswered, word};
use crate::Request;

/// The format's reader.
pub(crate) struct Messages;

impl Reader for Messages {
    /// Tools that run at the provider have a dated type and no schema.
    fn functions<'a>(&self, body: &'a Value) -> Vec<(&'a str, &'a Value)> {
        let tools = array(&body["tools"]).iter();
        let functions = tools.filter(|it| it["input_schema"].is_object());
        let named = |it: &'a Value| Some((it["name"].as_str()?, &it["input_schema"]));
        functions.filter_map(named).collect()
    }

    fn turns(&self, body: &Value) -> Vec<Turn> {
        let mut turns = Vec::new();
        let system = content(&body["system"]);
        if !system.is_empty() {
            turns.push(Turn::says(Role::System, system));
        }
        for message in array(&body["messages"]) {
            add(&mut turns, message);
        }
        turns
    }

    fn complaint(&self, request: &Request) -> Option<String> {
        let body = &request.body;
        if request.header("anthropic-version").is_none() {
            return Some("the header `anthropic-version` is required".to_owned());
        }
        if body["max_tokens"].as_u64().is_none_or(|it| it == 0) {
            return Some("`max_tokens` is required".to_owned());
        }
        let messages = array(&body["messages"]);
        if messages.first().is_none_or(|it| it["role"] != "user") {
            return Some("the first message must be the user's".to_owned());
        }
        let mut blocks = messages.iter().flat_map(|it| array(&it["content"]));
        if let Some(block) = blocks.find(|it| is_refused(it)) {
            return Some(format!("a block that is not valid: {block}"));
        }
        unanswered(&self.turns(body))
    }
}

/// A message: results stand before what else the user says.
fn add(turns: &mut Vec<Turn>, message: &Value) {
    let blocks = array(&message["content"]).iter();
    if message["role"] == "assistant" {
        let uses = blocks.filter(|it| it["type"] == "tool_use");
        let calls = uses.map(|it| Called {
            id: word(&it["id"]),
            name: word(&it["name"]),
            arguments: it["input"].clone(),
        });
        let turn = Turn::says(Role::Assistant, content(&message["content"]));
        let calls = calls.collect();
        append(turns, Turn { calls, ..turn });
        return;
    }
    let results = blocks.filter(|it| it["type"] == "tool_result");
    let before = turns.len();
    turns.extend(results.map(|it| Turn::result(word(&it["tool_use_id"]), content(&it["content"]))));
    let text = content(&message["content"]);
    if !text.is_empty() || turns.len() == before {
        turns.push(Turn::says(Role::User, text));
    }
}

fn is_refused(block: &Value) -> bool {
    let is_blank = |it: &Value| it.as_str().is_none_or(|it| it.trim().is_empty());
    match block["type"].as_str() {
        Some("text") => is_blank(&block["text"]),
        Some("thinking") => is_blank(&block["signature"]),
        Some("tool_use") => !block["input"].is_object() || is_blank(&block["id"]),
        Some(_) => false,
        None => true,
    }
}
