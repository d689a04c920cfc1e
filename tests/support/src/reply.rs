//! What a well-behaved model says: thinking, text, tool calls, usage. Nothing about bytes.

use std::time::Duration;

use serde_json::{Value, json};

use crate::Request;

/// One complete reply.
#[derive(Debug, Clone)]
pub struct Reply {
    pub(crate) reasoning: String,
    pub(crate) text: String,
    pub(crate) calls: Vec<ToolCall>,
    pub(crate) shape: Shape,
    pub(crate) pieces: usize,
    pub(crate) usage: Option<(u64, u64)>,
    pub(crate) finish: Option<Finish>,
    pub(crate) wait: Duration,
}

/// A tool call of a reply.
#[derive(Debug, Clone)]
pub struct ToolCall {
    name: String,
    arguments: Arguments,
}

#[derive(Debug, Clone)]
enum Arguments {
    Given(Value),
    /// Text in place of JSON.
    Raw(String),
    Vote(Target),
}

/// Whom to vote for.
#[derive(Debug, Clone)]
pub enum Target {
    /// This label, whether it is on offer or not.
    Label(String),
    /// The first label that the `vote` tool of the request allows.
    FirstOffered,
    /// The last one.
    LastOffered,
}

/// Why a reply ends. Every wire format has words of its own for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// All is said.
    Stop,
    /// Tools are to run.
    ToolCalls,
    /// The most tokens were generated.
    Length,
    /// The provider's filter stepped in.
    ContentFilter,
    /// The model declines; its text says why.
    Refusal,
}

/// How tool calls are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// As the wire format has it.
    Native,
    /// As a bare JSON object in the text.
    Bare,
    /// In a fenced code block in the text.
    Fenced,
    /// Between `<tool_call>` tags in the text.
    Tagged,
}

/// A reply of plain text.
pub fn text(text: impl Into<String>) -> Reply {
    Reply {
        reasoning: String::new(),
        text: text.into(),
        calls: Vec::new(),
        shape: Shape::Native,
        pieces: 3,
        usage: Some((11, 7)),
        finish: None,
        wait: Duration::ZERO,
    }
}

/// A reply that calls this tool with these arguments.
pub fn call(name: &str, arguments: Value) -> Reply {
    text("").and_call(name, arguments)
}

/// A reply that calls `new_answer`.
pub fn answer(content: &str) -> Reply {
    call("new_answer", json!({ "content": content }))
}

/// A reply that calls `vote`.
pub fn vote(target: Target) -> Reply {
    text("").and_vote(target)
}

impl Reply {
    /// Thinks first.
    #[must_use]
    pub fn thinking(mut self, reasoning: &str) -> Self {
        self.reasoning = reasoning.to_owned();
        self
    }

    /// Says this beside its calls.
    #[must_use]
    pub fn saying(mut self, text: &str) -> Self {
        self.text = text.to_owned();
        self
    }

    /// Calls one more tool.
    #[must_use]
    pub fn and_call(self, name: &str, arguments: Value) -> Self {
        self.with(name, Arguments::Given(arguments))
    }

    /// Calls one more tool with argument text that need not be JSON.
    #[must_use]
    pub fn and_raw_call(self, name: &str, arguments: &str) -> Self {
        self.with(name, Arguments::Raw(arguments.to_owned()))
    }

    /// Votes as well.
    #[must_use]
    pub fn and_vote(self, target: Target) -> Self {
        self.with("vote", Arguments::Vote(target))
    }

    /// Puts these letters before the names of the tools it calls: some clients name the tools that
    /// they were handed so.
    #[must_use]
    pub fn calling_through(mut self, prefix: &str) -> Self {
        for call in &mut self.calls {
            call.name.insert_str(0, prefix);
        }
        self
    }

    fn with(mut self, name: &str, arguments: Arguments) -> Self {
        let name = name.to_owned();
        self.calls.push(ToolCall { name, arguments });
        self
    }

    /// Writes its calls in this shape.
    #[must_use]
    pub fn written(mut self, shape: Shape) -> Self {
        self.shape = shape;
        self
    }

    /// Streams its text and its arguments in so many pieces (at least 1); 3 if not called.
    #[must_use]
    pub fn in_pieces(mut self, pieces: usize) -> Self {
        self.pieces = pieces.max(1);
        self
    }

    /// Reports these prompt and completion tokens; 11 and 7 if not called.
    #[must_use]
    pub fn costing(mut self, prompt: u64, completion: u64) -> Self {
        self.usage = Some((prompt, completion));
        self
    }

    /// Reports no usage.
    #[must_use]
    pub fn without_usage(mut self) -> Self {
        self.usage = None;
        self
    }

    /// Ends for this reason in place of the fitting one.
    #[must_use]
    pub fn finishing(mut self, reason: Finish) -> Self {
        self.finish = Some(reason);
        self
    }

    /// Sends nothing at all for so long.
    #[must_use]
    pub fn after(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// The reason given, or the fitting one.
    pub(crate) fn finish(&self) -> Finish {
        let has_calls = self.shape == Shape::Native && !self.calls.is_empty();
        let fitting = if has_calls {
            Finish::ToolCalls
        } else {
            Finish::Stop
        };
        self.finish.unwrap_or(fitting)
    }

    /// The text with those calls in it that are not native.
    pub(crate) fn whole_text(&self, request: &Request) -> String {
        let mut parts = vec![self.text.clone()];
        if self.shape != Shape::Native {
            let written = self.calls.iter().map(|it| it.written(self.shape, request));
            parts.extend(written);
        }
        parts.retain(|it| !it.is_empty());
        parts.join("\n")
    }

    /// Names and argument texts of the native calls.
    pub(crate) fn native_calls(&self, request: &Request) -> Vec<(String, String)> {
        let native = self.calls.iter().filter(|_| self.shape == Shape::Native);
        native
            .map(|it| (it.name.clone(), it.argument_text(request)))
            .collect()
    }
}

impl ToolCall {
    fn argument_text(&self, request: &Request) -> String {
        match &self.arguments {
            Arguments::Given(value) => value.to_string(),
            Arguments::Raw(text) => text.clone(),
            Arguments::Vote(target) => ballot(target, request).to_string(),
        }
    }

    fn written(&self, shape: Shape, request: &Request) -> String {
        let arguments = self.argument_text(request);
        let call = format!(r#"{{"name": "{}", "arguments": {arguments}}}"#, self.name);
        match shape {
            Shape::Fenced => format!("```json\n{call}\n```"),
            Shape::Tagged => format!("<tool_call>\n{call}\n</tool_call>"),
            Shape::Bare | Shape::Native => call,
        }
    }
}

fn ballot(target: &Target, request: &Request) -> Value {
    let offered = request.vote_targets();
    let label = match target {
        Target::Label(label) => Some(label),
        Target::FirstOffered => offered.first(),
        Target::LastOffered => offered.last(),
    };
    let label = label.map_or("", String::as_str);
    json!({ "agent_id": label, "reason": format!("{label} is right") })
}
