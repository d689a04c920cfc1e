//! What must be the same whichever provider an agent is with: one table of backend types, and
//! the tests that run over all of it.

mod command_line;
mod consistent;
mod faults;
mod history;
mod secrets;

use it::Team;
use serde_json::{Value, json};
use support::{Fake, Wire};

/// A backend type, and how an agent of it is pointed at the fake.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Speaker {
    /// The type as it stands in a configuration.
    pub(crate) kind: &'static str,
    /// What it speaks.
    pub(crate) wire: Wire,
    /// The end of its base URL.
    path: &'static str,
    /// The library it lies in, as its file names it.
    pub(crate) library: &'static str,
    /// The variable of its key.
    pub(crate) key: &'static str,
}

const fn speaker(
    kind: &'static str,
    wire: Wire,
    path: &'static str,
    library: &'static str,
    key: &'static str,
) -> Speaker {
    Speaker {
        kind,
        wire,
        path,
        library,
        key,
    }
}

/// Every backend type that speaks over HTTP.
pub(crate) const SPEAKERS: [Speaker; 10] = [
    speaker(
        "chatcompletion",
        Wire::Chat,
        "/v1",
        "chat_completions",
        "OPENAI_API_KEY",
    ),
    speaker("vllm", Wire::Chat, "/v1", "vllm", "VLLM_API_KEY"),
    speaker("openai", Wire::Responses, "/v1", "openai", "OPENAI_API_KEY"),
    speaker("claude", Wire::Messages, "", "claude", "ANTHROPIC_API_KEY"),
    speaker(
        "gemini",
        Wire::Gemini,
        "/v1beta",
        "gemini",
        "GEMINI_API_KEY",
    ),
    speaker("grok", Wire::Chat, "/v1", "chat_completions", "XAI_API_KEY"),
    speaker(
        "zai",
        Wire::Chat,
        "/api/paas/v4/",
        "chat_completions",
        "ZAI_API_KEY",
    ),
    speaker(
        "azure_openai",
        Wire::Chat,
        "",
        "chat_completions",
        "AZURE_OPENAI_API_KEY",
    ),
    speaker(
        "sglang",
        Wire::Chat,
        "/v1",
        "chat_completions",
        "SGLANG_API_KEY",
    ),
    speaker(
        "lmstudio",
        Wire::Chat,
        "/v1",
        "chat_completions",
        "LM_API_TOKEN",
    ),
];

impl Speaker {
    /// One type for each wire format, the plainest.
    pub(crate) fn for_each_wire() -> impl Iterator<Item = Self> {
        let first = |wire| SPEAKERS.into_iter().find(|it| it.wire == wire);
        Wire::ALL.into_iter().filter_map(first)
    }

    /// Where the fake is, for this type.
    pub(crate) fn base_url(self, fake: &Fake) -> String {
        format!("{}{}", fake.origin(), self.path)
    }

    /// The variable that says where it is instead.
    pub(crate) fn base_url_variable(self) -> String {
        format!("MASSGEN_BASE_URL_{}", self.kind.to_ascii_uppercase())
    }

    /// The backend section of an agent, with a key that is none.
    pub(crate) fn backend(self, model: &str, fake: &Fake) -> Value {
        json!({"type": self.kind, "model": model, "base_url": self.base_url(fake),
               "api_key": "no-secret"})
    }

    /// Adds an agent whose id is its model's name.
    pub(crate) fn join(self, team: Team, model: &str, fake: &Fake) -> Team {
        team.agent(model, self.backend(model, fake))
    }
}
