//! Requests in the Responses wire format.

use serde_json::Value;

use super::{Called, Reader, Role, Turn, append, array, content, parsed, unanswered, word};
use crate::Request;

/// The format's reader.
pub(crate) struct Responses;

impl Reader for Responses {
    fn functions<'a>(&self, body: &'a Value) -> Vec<(&'a str, &'a Value)> {
        let tools = array(&body["tools"]).iter();
        let functions = tools.filter(|it| it["type"] == "function");
        let named = |it: &'a Value| Some((it["name"].as_str()?, &it["parameters"]));
        functions.filter_map(named).collect()
    }

    fn turns(&self, body: &Value) -> Vec<Turn> {
        let mut turns = Vec::new();
        if let Some(text) = body["instructions"].as_str() {
            turns.push(Turn::says(Role::System, text));
        }
        if let Some(text) = body["input"].as_str() {
            turns.push(Turn::says(Role::User, text));
        }
        for item in array(&body["input"]) {
            if let Some(turn) = turn(item) {
                append(&mut turns, turn);
            }
        }
        turns
    }

    fn complaint(&self, request: &Request) -> Option<String> {
        let body = &request.body;
        let turns = self.turns(body);
        if turns.is_empty() {
            return Some("`input` is empty".to_owned());
        }
        let mut items = array(&body["input"]).iter();
        if items.clone().any(is_misshapen) {
            return Some("an item without a type that there is".to_owned());
        }
        let foreign = |it: &&Value| it["type"] == "reasoning" && it["summary"].is_null();
        if let Some(item) = items.find(foreign) {
            return Some(format!("a reasoning item without a summary: {item}"));
        }
        unanswered(&turns)
    }
}

/// An item; thinking belongs to an assistant's turn and adds no text to it.
fn turn(item: &Value) -> Option<Turn> {
    match item["type"].as_str().unwrap_or("message") {
        "message" => Some(Turn::says(role(item), content(&item["content"]))),
        "function_call" => Some(Turn::calling(Called {
            id: word(&item["call_id"]),
            name: word(&item["name"]),
            arguments: parsed(&item["arguments"]),
        })),
        "function_call_output" => {
            let text = content(&item["output"]);
            Some(Turn::result(word(&item["call_id"]), text))
        }
        _ => None,
    }
}

fn role(message: &Value) -> Role {
    match message["role"].as_str() {
        Some("system" | "developer") => Role::System,
        Some("assistant") => Role::Assistant,
        _ => Role::User,
    }
}

/// What an assistant said is output, what anybody else says is input.
fn is_misshapen(item: &Value) -> bool {
    let wanted: &[&str] = match (item["type"].as_str(), role(item)) {
        (None | Some("message"), Role::Assistant) => &["output_text", "refusal"],
        (None | Some("message"), _) => &["input_text", "input_image", "input_file"],
        (Some("function_call"), _) => return !item["arguments"].is_string(),
        _ => return false,
    };
    let mut kinds = array(&item["content"]).iter().map(|it| &it["type"]);
    kinds.any(|kind| !wanted.iter().any(|it| kind == it))
}
