//! A request as it arrived, and what can be read off it, whatever its wire format.

use serde_json::Value;

use crate::read::array;
use crate::{Called, Role, Turn, Wire};

/// One request to the fake, complete.
#[derive(Debug, Clone)]
pub struct Request {
    /// Order of arrival among all requests, from 0.
    pub order: usize,
    /// Its format; `None` for anything but a model call.
    pub wire: Option<Wire>,
    /// The model that was asked; empty for requests that name none.
    pub model: String,
    /// Which model call to this model, from 1; 0 for anything but a model call.
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

    /// The conversation in the words of its wire: messages, items or contents.
    pub fn messages(&self) -> &[Value] {
        let member = match self.wire {
            Some(Wire::Responses) => "input",
            Some(Wire::Gemini) => "contents",
            _ => "messages",
        };
        array(&self.body[member])
    }

    /// The conversation in one form for all wires, what stands above it first.
    pub fn turns(&self) -> Vec<Turn> {
        self.wire
            .map(|it| it.reader().turns(&self.body))
            .unwrap_or_default()
    }

    /// Why its provider would refuse it; `None` when it would not.
    pub fn complaint(&self) -> Option<String> {
        self.wire.and_then(|it| it.reader().complaint(self))
    }

    /// Which attempt this is in its conversation, from 1.
    pub fn attempt(&self) -> usize {
        let turns = self.turns();
        1 + turns.iter().filter(|it| it.role == Role::Assistant).count()
    }

    /// Names of the functions on offer, in order.
    pub fn tools(&self) -> Vec<&str> {
        self.functions().into_iter().map(|(name, _)| name).collect()
    }

    /// Names and schemas of the functions on offer, in order.
    pub fn functions(&self) -> Vec<(&str, &Value)> {
        self.wire
            .map(|it| it.reader().functions(&self.body))
            .unwrap_or_default()
    }

    /// Whether it asks for an answer or a vote; the presentation asks for neither.
    pub fn is_coordinating(&self) -> bool {
        let tools = self.tools();
        tools.contains(&"new_answer") || tools.contains(&"vote")
    }

    /// What tools gave so far in this conversation, in order: the name of the tool and its text.
    pub fn tool_results(&self) -> Vec<(String, String)> {
        let turns = self.turns();
        let calls: Vec<&Called> = turns.iter().flat_map(|it| &it.calls).collect();
        let name = |id: &String| {
            let call = calls.iter().find(|it| it.id == *id);
            call.map_or_else(String::new, |it| it.name.clone())
        };
        let results = turns.iter().filter_map(|it| {
            let id = it.result_of.as_ref()?;
            Some((name(id), it.text.clone()))
        });
        results.collect()
    }

    /// Text of the newest tool result; empty when there is none.
    pub fn last_result(&self) -> String {
        self.tool_results().pop().unwrap_or_default().1
    }

    /// Labels that the tool `vote` allows; empty when it is not on offer.
    pub fn vote_targets(&self) -> Vec<String> {
        let functions = self.functions();
        let vote = functions.iter().find(|(name, _)| *name == "vote");
        let allowed = vote.map(|(_, schema)| &schema["properties"]["agent_id"]["enum"]);
        let allowed = allowed.map_or(&[][..], array).iter();
        allowed
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    }

    /// Text of every turn, joined by line breaks.
    pub fn words(&self) -> String {
        let texts: Vec<_> = self.turns().into_iter().map(|it| it.text).collect();
        texts.join("\n")
    }
}
