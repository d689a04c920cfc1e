//! Which request is met with which action. Pure: it is asked, and says.

use serde_json::Value;

use crate::{Fault, Reply, Request};

/// Rules in order; the first that matches a chat request decides.
#[derive(Debug, Clone, Default)]
pub struct Script {
    rules: Vec<(When, Action)>,
    models: Vec<String>,
}

/// What is done with a request.
#[derive(Debug, Clone)]
pub enum Action {
    /// A proper reply.
    Reply(Reply),
    /// Something that goes wrong.
    Fault(Fault),
}

impl From<Reply> for Action {
    fn from(reply: Reply) -> Self {
        Self::Reply(reply)
    }
}

impl From<Fault> for Action {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Which requests a rule is for; every condition set must hold.
#[derive(Debug, Clone, Default)]
pub struct When {
    model: Option<String>,
    calls: Option<(usize, usize)>,
    offering: Option<(String, bool)>,
    presenting: Option<bool>,
    containing: Option<String>,
    visible: Option<usize>,
    attempt: Option<usize>,
}

/// Requests to this model.
pub fn on(model: &str) -> When {
    When {
        model: Some(model.to_owned()),
        ..When::default()
    }
}

impl When {
    /// Requests to any model.
    pub fn always() -> Self {
        Self::default()
    }

    /// Only the model's call with this number, from 1.
    #[must_use]
    pub fn call(self, number: usize) -> Self {
        self.calls(number, number)
    }

    /// Only the model's calls with these numbers, both ends included.
    #[must_use]
    pub fn calls(mut self, first: usize, last: usize) -> Self {
        self.calls = Some((first, last));
        self
    }

    /// Only while this tool is on offer.
    #[must_use]
    pub fn offering(mut self, tool: &str) -> Self {
        self.offering = Some((tool.to_owned(), true));
        self
    }

    /// Only while this tool is not on offer.
    #[must_use]
    pub fn not_offering(mut self, tool: &str) -> Self {
        self.offering = Some((tool.to_owned(), false));
        self
    }

    /// Only the presentation: a request that asks for neither an answer nor a vote.
    #[must_use]
    pub fn presenting(mut self) -> Self {
        self.presenting = Some(true);
        self
    }

    /// Anything but the presentation.
    #[must_use]
    pub fn coordinating(mut self) -> Self {
        self.presenting = Some(false);
        self
    }

    /// Only requests with these words in a message.
    #[must_use]
    pub fn containing(mut self, words: &str) -> Self {
        self.containing = Some(words.to_owned());
        self
    }

    /// Only requests that allow a vote for at least so many answers.
    #[must_use]
    pub fn seeing(mut self, answers: usize) -> Self {
        self.visible = Some(answers);
        self
    }

    /// Only the attempt with this number in its conversation, from 1: one more than the replies
    /// that are in it already.
    #[must_use]
    pub fn attempt(mut self, number: usize) -> Self {
        self.attempt = Some(number);
        self
    }

    fn matches(&self, request: &Request) -> bool {
        let tools = request.tools();
        self.model.as_ref().is_none_or(|it| *it == request.model)
            && self
                .calls
                .is_none_or(|(first, last)| (first..=last).contains(&request.call))
            && self
                .offering
                .as_ref()
                .is_none_or(|(tool, wanted)| tools.contains(&tool.as_str()) == *wanted)
            && self
                .presenting
                .is_none_or(|wanted| request.is_coordinating() != wanted)
            && self
                .containing
                .as_ref()
                .is_none_or(|it| request.words().contains(it))
            && self
                .visible
                .is_none_or(|least| request.vote_targets().len() >= least)
            && self.attempt.is_none_or(|it| it == request.attempt())
    }
}

impl Script {
    /// Without rules, every chat request is refused with a message that says so.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a rule; earlier rules win.
    #[must_use]
    pub fn rule(mut self, when: When, action: impl Into<Action>) -> Self {
        self.rules.push((when, action.into()));
        self
    }

    /// Sets the ids that `GET …/models` lists; without a call, the models named by the rules.
    #[must_use]
    pub fn listing(mut self, models: &[&str]) -> Self {
        self.models = models.iter().map(|it| (*it).to_owned()).collect();
        self
    }

    pub(crate) fn action(&self, request: &Request) -> Option<&Action> {
        let rule = self.rules.iter().find(|(when, _)| when.matches(request));
        rule.map(|(_, action)| action)
    }

    pub(crate) fn model_list(&self) -> Value {
        let named = self.rules.iter().filter_map(|(when, _)| when.model.clone());
        let mut ids: Vec<String> = if self.models.is_empty() {
            named.collect()
        } else {
            self.models.clone()
        };
        ids.dedup();
        let entry = |id: &String| serde_json::json!({"id": id, "object": "model", "created": 1, "owned_by": "fake", "max_model_len": 8192});
        let data: Vec<Value> = ids.iter().map(entry).collect();
        serde_json::json!({ "object": "list", "data": data })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Target, answer, text, vote};

    fn request(model: &str, call: usize, targets: &[&str]) -> Request {
        let mut tools = vec![json!({"function": {"name": "new_answer"}})];
        if !targets.is_empty() {
            let agent_id = json!({"agent_id": {"enum": targets}});
            tools.push(
                json!({"function": {"name": "vote", "parameters": {"properties": agent_id}}}),
            );
        }
        Request {
            order: 0,
            wire: Some(crate::Wire::Chat),
            model: model.to_owned(),
            call,
            method: "POST".to_owned(),
            path: "/v1/chat/completions".to_owned(),
            headers: Vec::new(),
            body: json!({"tools": tools, "messages": [{"role": "user", "content": "Why?"}]}),
        }
    }

    fn said(script: &Script, request: &Request) -> String {
        match script.action(request) {
            Some(Action::Reply(reply)) => {
                let calls = reply.native_calls(request);
                format!(
                    "{}{}",
                    reply.whole_text(request),
                    calls.iter().map(|it| it.1.as_str()).collect::<String>()
                )
            }
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn the_first_rule_whose_every_condition_holds_decides() {
        let script = Script::new()
            .rule(on("ann").call(2), text("second"))
            .rule(on("ann").seeing(2), vote(Target::LastOffered))
            .rule(on("ann").offering("vote"), vote(Target::FirstOffered))
            .rule(on("ann").containing("Why"), answer("because"));
        let table = [
            (request("ann", 1, &[]), r#"{"content":"because"}"#),
            (request("ann", 2, &["agent1"]), "second"),
            (
                request("ann", 3, &["agent1"]),
                r#"{"agent_id":"agent1","reason":"agent1 is right"}"#,
            ),
            (
                request("ann", 3, &["agent1", "agent3"]),
                r#"{"agent_id":"agent3","reason":"agent3 is right"}"#,
            ),
            (request("bob", 1, &[]), "None"),
        ];
        for (request, expected) in table {
            assert_eq!(said(&script, &request), expected);
        }
    }
}
