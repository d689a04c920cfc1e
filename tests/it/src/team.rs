//! A configuration file as a user writes it, with every agent on the fake provider.

use std::fmt::Write as _;

use serde_json::{Value, json};
use support::Fake;

/// Agents and settings of one file.
#[derive(Debug, Clone, Default)]
pub struct Team {
    agents: Vec<(String, Value)>,
    sections: Vec<(String, Value)>,
}

/// The agent's id for a model. It differs from the model's name, so that a request that holds it
/// gives the agent away.
pub fn agent_id(model: &str) -> String {
    format!("id-of-{model}")
}

impl Team {
    /// Without agents.
    pub fn empty() -> Self {
        Self::default()
    }

    /// One agent of type `vllm` per model, with ids by [`agent_id`].
    pub fn on(fake: &Fake, models: &[&str]) -> Self {
        let url = fake.base_url();
        let add = |team: Self, model: &&str| team.vllm(model, &url);
        models.iter().fold(Self::empty(), add)
    }

    /// Adds an agent of type `vllm`.
    #[must_use]
    pub fn vllm(self, model: &str, base_url: &str) -> Self {
        let backend = json!({"type": "vllm", "model": model, "base_url": base_url});
        self.agent(&agent_id(model), backend)
    }

    /// Adds an agent with any backend section.
    #[must_use]
    pub fn agent(mut self, id: &str, backend: Value) -> Self {
        self.agents.push((id.to_owned(), backend));
        self
    }

    /// Adds a section, for example `timeout_settings`.
    #[must_use]
    pub fn section(mut self, name: &str, value: Value) -> Self {
        self.sections.push((name.to_owned(), value));
        self
    }

    /// Lets an agent be out after its first failed activation, and a turn end after so many
    /// seconds.
    #[must_use]
    pub fn impatient(self, turn_seconds: u32) -> Self {
        self.section("orchestrator", json!({"max_activation_failures": 1}))
            .section(
                "timeout_settings",
                json!({"turn_timeout_seconds": turn_seconds}),
            )
    }

    /// The file's text: YAML, with sections in flow style.
    pub fn yaml(&self) -> String {
        let mut text = "agents:\n".to_owned();
        for (id, backend) in &self.agents {
            let _ = writeln!(text, "  - id: {id}\n    backend: {backend}");
        }
        for (name, value) in &self.sections {
            let _ = writeln!(text, "{name}: {value}");
        }
        text
    }
}
