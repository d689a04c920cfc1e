//! A request as it arrived, and what can be read off it.

use serde_json::Value;

/// One request to the fake, complete.
#[derive(Debug, Clone)]
pub struct Request {
    /// Order of arrival among all requests, from 0.
    pub order: usize,
    /// The model that was asked; empty for requests that name none.
    pub model: String,
    /// Which chat request to this model, from 1; 0 for anything but a chat request.
    pub call: usize,
    /// Method in capitals.
    pub method: String,
    /// Path as sent, query included.
    pub path: String,
    /// Headers in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body; `null` when there was none or it was no JSON.
    pub body: Value,
}

impl Request {
    /// The first header of this name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The conversation.
    pub fn messages(&self) -> &[Value] {
        array(&self.body["messages"])
    }

    /// Which attempt this is in its conversation, from 1.
    pub fn attempt(&self) -> usize {
        let replies = self
            .messages()
            .iter()
            .filter(|it| it["role"] == "assistant");
        1 + replies.count()
    }

    /// Names of the tools on offer, in order.
    pub fn tools(&self) -> Vec<&str> {
        let tools = array(&self.body["tools"]).iter();
        tools
            .filter_map(|it| it["function"]["name"].as_str())
            .collect()
    }

    /// Whether it asks for an answer or a vote; the presentation asks for neither.
    pub fn is_coordinating(&self) -> bool {
        let tools = self.tools();
        tools.contains(&"new_answer") || tools.contains(&"vote")
    }

    /// What tools gave so far in this conversation, in order: the name of the tool and its text.
    pub fn tool_results(&self) -> Vec<(String, String)> {
        let results = self.messages().iter().filter(|it| it["role"] == "tool");
        let named = |it: &Value| (self.called(&it["tool_call_id"]), content(&it["content"]));
        results.map(named).collect()
    }

    /// Text of the newest tool result; empty when there is none.
    pub fn last_result(&self) -> String {
        self.tool_results().pop().unwrap_or_default().1
    }

    /// The tool that the call of this id names.
    fn called(&self, id: &Value) -> String {
        let messages = self.messages().iter();
        let mut calls = messages.flat_map(|it| array(&it["tool_calls"]));
        let call = calls.find(|it| it["id"] == *id);
        let name = call.and_then(|it| it["function"]["name"].as_str());
        name.unwrap_or_default().to_owned()
    }

    /// Labels that the tool `vote` allows; empty when it is not on offer.
    pub fn vote_targets(&self) -> Vec<String> {
        let tools = array(&self.body["tools"]).iter();
        let vote = tools
            .map(|it| &it["function"])
            .find(|it| it["name"] == "vote");
        let allowed = vote.map(|it| &it["parameters"]["properties"]["agent_id"]["enum"]);
        let allowed = allowed.map_or(&[][..], array).iter();
        allowed
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    }

    /// Text of every message, joined by line breaks.
    pub fn words(&self) -> String {
        let texts = self.messages().iter().map(|it| content(&it["content"]));
        texts.collect::<Vec<_>>().join("\n")
    }
}

/// The text of a message's content, in either of its two shapes.
fn content(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        parts => {
            let texts = array(parts).iter().filter_map(|it| it["text"].as_str());
            texts.collect()
        }
    }
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
