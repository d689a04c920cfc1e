//! What a conversation is made from.

use massgen_plugin::chat::{Origin, Params, Tool};

use crate::Abilities;

/// What is the same in all turns of one agent.
#[derive(Debug, Clone, PartialEq)]
pub struct Setup {
    /// The user's question.
    pub question: String,
    /// The agent's own system message, from the configuration.
    pub instructions: Option<String>,
    /// The day, as `2026-01-31`. Never a time: it would change the prompt from turn to turn.
    pub today: String,
    /// Backend type and model, to which reasoning may be replayed.
    pub origin: Origin,
    /// What that model can take.
    pub model: Abilities,
    /// Sampling parameters of every call.
    pub params: Params,
    /// What the host lends to the agent.
    pub lending: Lending,
}

/// What the host lends to an agent, as far as its model is told. The default is nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Lending {
    /// Tools that the host runs, in the order in which they are offered.
    pub tools: Vec<Tool>,
    /// Whether the agent has a folder of its own.
    pub has_workspace: bool,
    /// Words about its folders and servers, for the system message.
    pub briefing: Option<String>,
    /// Model calls with tools of the host in one attempt; 50.
    pub max_rounds: u32,
    /// Turns of the conversation that are kept; 200. 0 is no limit.
    pub max_history: usize,
}

impl Default for Lending {
    fn default() -> Self {
        Self {
            tools: Vec::new(),
            has_workspace: false,
            briefing: None,
            max_rounds: 50,
            max_history: 200,
        }
    }
}
