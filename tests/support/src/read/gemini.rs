//! Requests in the wire format of `streamGenerateContent`.

use serde_json::Value;

use super::{Called, Reader, Role, Turn, append, array, content, unanswered, word};
use crate::Request;
use crate::write::seal;

/// The format's reader.
pub(crate) struct Gemini;

impl Reader for Gemini {
    fn model(&self, path: &str, _body: &Value) -> String {
        let name = path.split("/models/").nth(1).unwrap_or_default();
        name.split(':').next().unwrap_or_default().to_owned()
    }

    fn functions<'a>(&self, body: &'a Value) -> Vec<(&'a str, &'a Value)> {
        let tools = array(&body["tools"]).iter();
        let declared = tools.flat_map(|it| array(&it["functionDeclarations"]));
        let named = |it: &'a Value| {
            let schemas = ["parametersJsonSchema", "parameters"].map(|key| &it[key]);
            let schema = schemas.into_iter().find(|it| !it.is_null());
            Some((it["name"].as_str()?, schema.unwrap_or(&Value::Null)))
        };
        declared.filter_map(named).collect()
    }

    fn turns(&self, body: &Value) -> Vec<Turn> {
        let mut turns = Vec::new();
        let system = content(&body["systemInstruction"]["parts"]);
        if !system.is_empty() {
            turns.push(Turn::says(Role::System, system));
        }
        for content in array(&body["contents"]) {
            add(&mut turns, content);
        }
        turns
    }

    fn complaint(&self, request: &Request) -> Option<String> {
        if !request.path.contains("alt=sse") {
            return Some("without `alt=sse` the reply would be a list".to_owned());
        }
        let contents = array(&request.body["contents"]);
        let role = |it: &Value| it["role"] == "user" || it["role"] == "model";
        if contents.is_empty() || !contents.iter().all(role) {
            return Some("contents must be the user's or the model's".to_owned());
        }
        let unsigned = contents.iter().find_map(|it| unsigned(request, it));
        unsigned.or_else(|| unanswered(&self.turns(&request.body)))
    }
}

/// A call of ours that came back without what it was signed with.
fn unsigned(request: &Request, content: &Value) -> Option<String> {
    let mut parts = array(&content["parts"]).iter();
    let first = parts.find(|it| it["functionCall"].is_object())?;
    let id = first["functionCall"]["id"].as_str()?;
    let call = id.strip_prefix(&format!("call_{}_", request.model))?;
    let number = call.split('_').next()?.parse().ok()?;
    let signed = first["thoughtSignature"] == seal(&request.model, number);
    (!signed).then(|| format!("the function call `{id}` is missing a thought_signature"))
}

fn add(turns: &mut Vec<Turn>, content: &Value) {
    let before = turns.len();
    for (number, part) in array(&content["parts"]).iter().enumerate() {
        if let Some(turn) = turn(content, part, number) {
            push(turns, turn, before);
        }
    }
}

/// Parts of one content that are text are one text.
fn push(turns: &mut Vec<Turn>, turn: Turn, since: usize) {
    let more = turns.len() > since && turn.role == Role::User;
    match turns.last_mut() {
        Some(last) if more && last.role == Role::User => last.text.push_str(&turn.text),
        _ => append(turns, turn),
    }
}

/// A call and its result have an id if the model gave one; else the name must do.
fn turn(content: &Value, part: &Value, number: usize) -> Option<Turn> {
    let id = |it: &Value| match it["id"].as_str() {
        Some(id) => id.to_owned(),
        None => format!("{}-{number}", word(&it["name"])),
    };
    let (call, result) = (&part["functionCall"], &part["functionResponse"]);
    if call.is_object() {
        return Some(Turn::calling(Called {
            id: id(call),
            name: word(&call["name"]),
            arguments: call["args"].clone(),
        }));
    }
    if result.is_object() {
        return Some(Turn::result(id(result), response(&result["response"])));
    }
    let thought = part["thought"] == true;
    let text = part["text"].as_str().filter(|_| !thought)?;
    let role = if content["role"] == "model" {
        Role::Assistant
    } else {
        Role::User
    };
    Some(Turn::says(role, text))
}

/// A response is an object; one of a single text is that text.
fn response(response: &Value) -> String {
    let members = response.as_object();
    let only = members.filter(|it| it.len() == 1);
    let text = only.and_then(|it| it.values().next()?.as_str());
    text.map_or_else(|| response.to_string(), str::to_owned)
}
