//! What a run is to do, checked once. Nothing here knows of YAML, and nothing is looked up later.

use std::fmt;

use events::AgentId;
use serde_json::{Map, Value};

use crate::{Diagnostic, Place, Places, ServicesPlan, TeamFolders};

/// A whole run. There is at least one agent, at most [`MAX_AGENTS`], and no two share an id.
#[derive(Debug, Clone, PartialEq)]
pub struct RunPlan {
    /// The team in registration order.
    pub agents: Vec<AgentPlan>,
    /// Budgets of time and answers.
    pub limits: LimitsPlan,
    /// Folders of the whole team.
    pub folders: TeamFolders,
    /// How the run is shown.
    pub ui: UiPlan,
    /// What the user should know before the run starts, in file order.
    pub warnings: Vec<Diagnostic>,
}

/// The most agents that one team may have.
pub const MAX_AGENTS: usize = 64;

impl RunPlan {
    /// These agents with the default limits.
    pub fn of(agents: Vec<AgentPlan>) -> Self {
        Self {
            agents,
            limits: LimitsPlan::default(),
            folders: TeamFolders::default(),
            ui: UiPlan::default(),
            warnings: Vec::new(),
        }
    }
}

/// One agent.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentPlan {
    /// The user's name for it; `agentN` by position when none is given.
    pub id: AgentId,
    /// The model behind it.
    pub backend: BackendPlan,
    /// Instructions of its own, beside those of coordination.
    pub system_message: Option<String>,
    /// What the host lends to it.
    pub services: ServicesPlan,
    /// Where it is described.
    pub place: Place,
}

impl AgentPlan {
    /// An agent with this backend and nothing else.
    pub fn new(id: impl Into<AgentId>, backend: BackendPlan) -> Self {
        Self {
            id: id.into(),
            backend,
            system_message: None,
            services: ServicesPlan::default(),
            place: Place::default(),
        }
    }
}

/// A backend and its settings.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BackendPlan {
    /// Backend type, lower-cased: the name by which a plugin is chosen.
    pub type_name: String,
    /// Model name; `None` lets the backend choose.
    pub model: Option<String>,
    /// Base URL as configured. Provider identity and key variable come from it.
    pub base_url: Option<String>,
    /// `MASSGEN_BASE_URL_<TYPE>`: where requests go instead, same form as `base_url`.
    pub base_url_override: Option<String>,
    /// The key as configured; `None` leaves it to the provider's environment variables.
    pub api_key: Option<ApiKey>,
    /// All other keys, for the plugin and its provider. Never contains `null` at the top.
    pub options: Map<String, Value>,
    /// The same as the file writes them, `${VAR}` not replaced: what may be shown.
    pub options_as_written: Map<String, Value>,
    /// Values among `options` that may be secret, sorted and each once: what variables stood for,
    /// the texts they stand in, and all texts and numbers under `extra_headers`; and those of the
    /// agent's services, which a tool's result may repeat. For whoever writes down what is sent;
    /// empty ones are left out.
    pub sensitive: Vec<ApiKey>,
    /// Where the keys stand.
    pub places: Places,
}

impl BackendPlan {
    /// A backend of this type without settings.
    pub fn new(type_name: impl Into<String>) -> Self {
        Self {
            type_name: type_name.into(),
            ..Self::default()
        }
    }
}

/// A provider key. It is never shown; whoever needs it says so with [`expose`](Self::expose).
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// The key itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl<T: Into<String>> From<T> for ApiKey {
    fn from(key: T) -> Self {
        Self(key.into())
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Budgets of a run; the defaults are those of orchestration §1.4 and §1.7. All times are in
/// milliseconds here and in seconds in YAML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitsPlan {
    /// `timeout_settings.orchestrator_timeout_seconds`: answers and votes together; 1800 s,
    /// `null` is no limit.
    pub coordination_ms: Option<u64>,
    /// `timeout_settings.turn_timeout_seconds`: one activation of one agent; 600 s.
    pub turn_ms: u64,
    /// `timeout_settings.final_timeout_seconds`: the presentation; 600 s.
    pub presentation_ms: u64,
    /// `timeout_settings.idle_timeout_seconds`: silence in a model's stream; 120 s.
    pub idle_ms: u64,
    /// `orchestrator.max_new_answers_per_agent`: 5, `null` is no limit.
    pub max_new_answers_per_agent: Option<u32>,
    /// `orchestrator.max_activation_failures`: failed activations in a row; 3.
    pub max_activation_failures: u32,
    /// `orchestrator.wait_for_peers`: whether an agent that sees only its own answer waits for
    /// the others' first decision; off.
    pub wait_for_peers: bool,
}

impl Default for LimitsPlan {
    fn default() -> Self {
        Self {
            coordination_ms: Some(1_800_000),
            turn_ms: 600_000,
            presentation_ms: 600_000,
            idle_ms: 120_000,
            max_new_answers_per_agent: Some(5),
            max_activation_failures: 3,
            wait_for_peers: false,
        }
    }
}

/// How a run is shown to people.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UiPlan {
    /// `ui.display_type`.
    pub display_type: DisplayType,
}

/// The displays that a file may name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum DisplayType {
    /// A panel per agent.
    #[default]
    RichTerminal,
    /// A column per agent.
    Terminal,
    /// Plain lines.
    Simple,
}

impl DisplayType {
    /// Every display.
    pub const ALL: [Self; 3] = [Self::RichTerminal, Self::Terminal, Self::Simple];

    /// Its name in YAML.
    pub fn name(self) -> &'static str {
        match self {
            Self::RichTerminal => "rich_terminal",
            Self::Terminal => "terminal",
            Self::Simple => "simple",
        }
    }
}
