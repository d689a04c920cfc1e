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

mod results;
mod setup;
mod trim;
mod wanted;

use events::{Ballot, Call, Label, NEW_ANSWER, Reply, ReplyKind, Response, VOTE, VisibleAnswer};
use massgen_plugin::chat::{self, Chunk, FinishReason, Origin, Params, Part, Role, Tool, Usage};

use self::results::Asked;
pub use self::setup::{Lending, Setup};
use self::trim::trim;
pub use self::wanted::{Finished, ToolOutcome, Wanted};
use crate::draft::Draft;
use crate::recognise::recognise;
use crate::{prompt, tools};

/// A conversation with one agent's model.
#[derive(Debug)]
pub struct Turn {
    origin: Origin,
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
            draft: Draft::default(),
            asked: Asked::default(),
        };
        turn.offer(&lending.tools);
        turn
    }

    /// Offers these tools of the host from the next call on. After the last round none is offered
    /// any more, in whatever attempt.
    pub fn offer(&mut self, tools: &[Tool]) {
        if self.is_worn_out() {
            return;
        }
        let offered = tools.iter().filter(|tool| !is_workflow(&tool.name));
        let count = offered.clone().count();
        self.tools.splice(..self.lent, offered.cloned());
        self.lent = count;
    }

    /// The next model call, under this name for logs. What a call before it had streamed without
    /// coming to an end is forgotten.
    pub fn call(&mut self, id: impl Into<String>) -> chat::Call {
        self.draft = Draft::default();
        trim(&mut self.turns, self.max_history);
        chat::Call {
            id: id.into(),
            turns: self.turns.clone(),
            tools: self.tools.clone(),
            params: self.params.clone(),
            ..chat::Call::default()
        }
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
        let parts = self.draft.take_parts();
        let mut response = native(&parts, self.draft.finish);
        let mut written = false;
        if response.calls.is_empty() {
            let recognised = recognise(&response.text, &self.tools);
            written = !recognised.calls.is_empty();
            response.text = recognised.text;
            response.calls = recognised.calls;
        }
        let origin = Some(self.origin.clone());
        self.turns.push(chat::Turn {
            role: Role::Assistant,
            parts,
            origin,
        });
        self.sort_out(response, written)
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
mod tests;
#[cfg(test)]
mod tool_tests;
#[cfg(test)]
mod trim_tests;
