//! One activation of an agent, or its presentation: a conversation of one or more calls.
//!
//! [`call`](Turn::call) says what to ask, [`absorb`](Turn::absorb) takes in the reply,
//! [`finish_response`](Turn::finish_response) says what the reply means. Tools that it wants run
//! give their results to [`take_results`](Turn::take_results); what the rules say of a reply goes
//! to [`reply`](Turn::reply), which prepares the next attempt.
//!
//! **Invariant:** every tool call that stands in the conversation has exactly one result before
//! the next call, in the order of the calls. A call that was recognised in text is no tool call
//! for the server: it stays text, and what would be its result is part of a user message.
//!
//! A reply that the provider paused is sent back as it stands; what follows becomes part of the
//! same turn, and it is judged as one reply.

mod results;
mod setup;
mod trim;
mod wanted;

use std::collections::BTreeSet;

use events::{Ballot, Call, Label, NEW_ANSWER, Reply, ReplyKind, Response, VOTE, VisibleAnswer};
use massgen_plugin::chat::{
    self, Chunk, FinishReason, Origin, Params, Part, Role, Tool, ToolCall, Usage,
};

use self::results::Asked;
pub use self::setup::{Lending, Setup};
use self::trim::trim;
pub use self::wanted::{Finished, ToolOutcome, Wanted};
use crate::draft::Draft;
use crate::recognise::{Recognised, recognise, recognise_last};
use crate::{Abilities, prompt, tools};

/// Pauses of one reply before it counts as one that never ends.
const MOST_PAUSES: u32 = 8;

/// A conversation with one agent's model.
#[derive(Debug)]
pub struct Turn {
    origin: Origin,
    model: Abilities,
    params: Params,
    turns: Vec<chat::Turn>,
    max_history: usize,
    /// Whether this is the presentation, whose replies no rule rejects.
    presents: bool,
    may_answer: bool,
    /// Agents that may be voted for.
    targets: Vec<Label>,
    /// Those of the host, then those of coordination.
    tools: Vec<Tool>,
    /// How many of the tools are the host's.
    lent: usize,
    max_rounds: u32,
    /// Calls with tools of the host in this attempt, as far as the model asked for more.
    rounds: u32,
    /// How often the provider paused the reply that the last turn begins.
    pauses: u32,
    /// The tools as they were last described in words, to a model that cannot be offered any.
    described: Vec<Tool>,
    /// Tools of the host that cannot be offered, as far as that was said.
    refused: BTreeSet<String>,
    draft: Draft,
    /// The calls of the last reply.
    asked: Asked,
}

impl Turn {
    /// An activation in coordination, with the answers that the agent is to see.
    pub fn coordinate(setup: &Setup, visible: &[VisibleAnswer], may_answer: bool) -> Self {
        let targets: Vec<Label> = visible.iter().map(|answer| answer.label.owner()).collect();
        let system = prompt::coordination_system(setup);
        let user = prompt::coordination_user(setup, visible, may_answer);
        let mut turn = Self::begin(setup, system, user);
        turn.tools.extend(tools(may_answer, &targets));
        Self {
            presents: false,
            may_answer,
            targets,
            ..turn
        }
    }

    /// The presentation. No workflow tool is on offer, and none is recognised.
    pub fn present(setup: &Setup, answers: &[VisibleAnswer], votes: &[Ballot]) -> Self {
        let system = prompt::presentation_system(setup);
        let user = prompt::presentation_user(setup, answers, votes);
        Self::begin(setup, system, user)
    }

    fn begin(setup: &Setup, system: String, user: String) -> Self {
        let lending = &setup.lending;
        let mut turn = Self {
            origin: setup.origin.clone(),
            model: setup.model.clone(),
            params: setup.params.clone(),
            turns: vec![
                chat::Turn::text(Role::System, system),
                chat::Turn::text(Role::User, user),
            ],
            max_history: lending.max_history,
            presents: true,
            may_answer: false,
            targets: Vec::new(),
            tools: Vec::new(),
            lent: 0,
            max_rounds: lending.max_rounds,
            rounds: 0,
            pauses: 0,
            described: Vec::new(),
            refused: BTreeSet::new(),
            draft: Draft::default(),
            asked: Asked::default(),
        };
        turn.put_up(&lending.tools);
        turn
    }

    /// Offers these tools of the host from the next call on. After the last round none is offered
    /// any more, in whatever attempt.
    ///
    /// Returns the names of those that cannot be offered, each once: a tool before it has the same
    /// name, or it is one of coordination.
    pub fn offer(&mut self, tools: &[Tool]) -> Vec<String> {
        let refused = self.put_up(tools).into_iter();
        refused
            .filter(|name| self.refused.insert(name.clone()))
            .collect()
    }

    fn put_up(&mut self, tools: &[Tool]) -> Vec<String> {
        if self.is_worn_out() {
            return Vec::new();
        }
        let mut names = BTreeSet::from([NEW_ANSWER, VOTE]);
        let (offered, refused): (Vec<&Tool>, Vec<&Tool>) =
            tools.iter().partition(|tool| names.insert(&tool.name));
        let count = offered.len();
        self.tools.splice(..self.lent, offered.into_iter().cloned());
        self.lent = count;
        refused.into_iter().map(|tool| tool.name.clone()).collect()
    }

    /// The next model call, under this name for logs. What a call before it had streamed without
    /// coming to an end is forgotten.
    pub fn call(&mut self, id: impl Into<String>) -> chat::Call {
        self.draft = Draft::default();
        trim(&mut self.turns, self.max_history);
        self.describe_tools();
        chat::Call {
            id: id.into(),
            turns: self.model.turns(&self.turns),
            tools: self.model.tools(&self.tools),
            params: self.params.clone(),
            ..chat::Call::default()
        }
    }

    /// Tells a model that cannot be offered tools which there are, once for each set of them.
    fn describe_tools(&mut self) {
        let is_news = !self.model.function_tools && self.described != self.tools;
        if is_news && self.pauses == 0 {
            self.described.clone_from(&self.tools);
            if !self.tools.is_empty() {
                self.say(format!("\n{}", prompt::in_words(&self.tools)));
            }
        }
    }

    /// A piece of the reply with the host's names of tools, for observers and for
    /// [`absorb`](Self::absorb).
    pub fn read(&self, mut chunk: Chunk) -> Chunk {
        if let Chunk::ToolCall(ToolCall { name, .. }) | Chunk::ToolCallStart { name, .. } =
            &mut chunk
            && let Some(meant) = self.model.meant(name, &self.tools)
        {
            meant.clone_into(name);
        }
        chunk
    }

    /// Takes in one piece of the reply.
    pub fn absorb(&mut self, chunk: Chunk) {
        self.draft.absorb(chunk);
    }

    /// Tokens of the call under way or just ended, as far as the provider said.
    pub fn usage(&self) -> Usage {
        self.draft.usage
    }

    /// Ends the reply: it becomes part of the conversation, and its meaning is returned. Without
    /// a native tool call, a call written as text counts (see the recogniser).
    pub fn finish_response(&mut self) -> Finished {
        let finish = self.draft.finish;
        let mut response = native(self.keep_reply(), finish);
        let is_paused = finish == FinishReason::Pause && response.calls.is_empty();
        if is_paused && self.pauses < MOST_PAUSES {
            self.pauses += 1;
            return Finished::default();
        }
        self.pauses = 0;
        let mut written = false;
        if response.calls.is_empty() {
            let recognised = self.recognise(&response.text);
            written = !recognised.calls.is_empty();
            response.text = recognised.text;
            response.calls = recognised.calls;
        }
        self.sort_out(response, written)
    }

    /// Adds the reply to the conversation, to the part before a pause if there was one. Returns all
    /// of its parts.
    fn keep_reply(&mut self) -> &[Part] {
        let parts = self.draft.take_parts();
        if self.pauses == 0 {
            self.turns.push(chat::Turn {
                role: Role::Assistant,
                parts: Vec::new(),
                origin: Some(self.origin.clone()),
            });
        }
        let Some(turn) = self.turns.last_mut() else {
            return &[];
        };
        turn.parts.extend(parts);
        &turn.parts
    }

    /// The calls in a text. A model that was told to write them was told that its last one counts.
    fn recognise(&self, text: &str) -> Recognised {
        if self.model.function_tools {
            recognise(text, &self.tools)
        } else {
            recognise_last(text, &self.tools)
        }
    }

    /// Which calls the host runs, and whether the rules are to judge the rest. A reply that
    /// decides goes to the rules; one that only uses tools does not.
    fn sort_out(&mut self, mut response: Response, written: bool) -> Finished {
        let calls = std::mem::take(&mut response.calls);
        self.asked = Asked::new(calls, written, |call| self.is_lent(&call.name));
        let wanted = self.asked.ours();
        let wanted: Vec<Wanted> = wanted
            .map(|call| Wanted::new(call, response.finish, written))
            .collect();
        response.calls = self.asked.others().cloned().collect();
        let decides = !self.presents && response.calls.iter().any(|it| is_workflow(&it.name));
        // Nobody would tell a presenter that it misspelt a tool's name.
        let misspelt = self.presents && self.lent > 0 && !response.calls.is_empty();
        let goes_on = !decides && (!wanted.is_empty() || misspelt);
        self.asked.goes_on = goes_on;
        let response = (!goes_on).then_some(response);
        Finished { wanted, response }
    }

    /// Takes the results of the calls that the last reply wanted to be run, in their order. When
    /// the rules are to judge that reply, they are kept until the next attempt; otherwise the
    /// next call may follow.
    pub fn take_results(&mut self, outcomes: impl IntoIterator<Item = ToolOutcome>) {
        self.asked.take(outcomes);
        if self.asked.goes_on {
            self.answer(&[]);
            self.rounds += 1;
            if self.is_worn_out() {
                self.withdraw();
            }
        }
    }

    /// Answers the last reply, before the next attempt. The count of rounds starts again.
    pub fn reply(&mut self, replies: &[Reply]) {
        self.answer(replies);
        if !self.is_worn_out() {
            self.rounds = 0;
        }
    }

    fn is_lent(&self, name: &str) -> bool {
        self.tools[..self.lent].iter().any(|tool| tool.name == name)
    }

    fn is_worn_out(&self) -> bool {
        self.rounds >= self.max_rounds
    }

    /// Takes the host's tools off the offer and says so.
    fn withdraw(&mut self) {
        self.tools.drain(..self.lent);
        self.lent = 0;
        let text = prompt::rounds_over(self.rounds, self.may_answer, &self.targets);
        self.say(text);
    }

    fn text(&self, kind: &ReplyKind, tool: &str) -> String {
        match kind {
            ReplyKind::NotOffered if self.lent > 0 => prompt::no_such_tool(tool, &self.tools),
            kind => prompt::reply(kind, tool, self.may_answer, &self.targets),
        }
    }
}

fn is_workflow(name: &str) -> bool {
    [NEW_ANSWER, VOTE].contains(&name)
}

/// The reply as the server gave it.
fn native(parts: &[Part], finish: FinishReason) -> Response {
    let calls = parts.iter().filter_map(|part| match part {
        Part::ToolCall {
            id,
            name,
            arguments,
        } => Some(Call {
            id: id.clone(),
            name: name.clone(),
            arguments: arguments.clone(),
        }),
        _ => None,
    });
    let text = parts.iter().filter_map(Part::as_text).collect();
    Response {
        text,
        calls: calls.collect(),
        finish,
    }
}

#[cfg(test)]
mod model_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tool_tests;
#[cfg(test)]
mod trim_tests;
