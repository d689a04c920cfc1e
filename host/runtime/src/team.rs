//! Who takes part in a run, and in what.

use agent::{Abilities, Lending, NameRule, Setup};
use backends::Backend;
use events::{AgentId, AgentInfo, Label, Paths};
use massgen_plugin::chat::{Origin, Params};
use orchestrator::Limits;
use serde_json::Value;
use services::Lent;

/// A run that is ready to start: backends are open, nothing was sent yet.
pub struct Team {
    /// The user's question, as given.
    pub question: String,
    /// The agents in registration order; at least one.
    pub members: Vec<Member>,
    /// The limits of the run.
    pub limits: Limits,
    /// Today's date as the agents are told it, for example `2026-11-22`.
    pub today: String,
    /// The run's absolute start, RFC 3339.
    pub started_at: String,
    /// The plan for the log, without secrets.
    pub plan: Value,
    /// Names of calls in the order in which they are to end, for a run that repeats a recorded
    /// one; empty for any other.
    pub order: Vec<String>,
    /// Where the run's files are, for the report.
    pub paths: Paths,
}

/// One agent of a team.
pub struct Member {
    /// The user's name for it.
    pub id: AgentId,
    /// Its model.
    pub backend: Backend,
    /// Its own instructions.
    pub instructions: Option<String>,
    /// Its tools and files. Started when the run starts, closed when it ends.
    pub lent: Lent,
}

impl Team {
    /// The agents as announced at the start.
    pub(crate) fn infos(&self) -> Vec<AgentInfo> {
        let labels = (1..).map(Label::agent);
        let info = |(member, label): (&Member, Label)| AgentInfo {
            id: member.id.clone(),
            label,
            backend: member.backend.type_name().to_owned(),
            model: member.backend.model().map(str::to_owned),
        };
        self.members.iter().zip(labels).map(info).collect()
    }

    /// What an agent's prompts are made of, but for what it is lent.
    pub(crate) fn setup(&self, member: &Member) -> Setup {
        Setup {
            question: self.question.clone(),
            instructions: member.instructions.clone(),
            today: self.today.clone(),
            origin: Origin {
                provider: member.backend.type_name().to_owned(),
                model: member.backend.model().unwrap_or_default().to_owned(),
            },
            model: abilities(&member.backend),
            params: Params::default(),
            lending: Lending::default(),
        }
    }
}

/// What the model behind a backend can take, as its type's metadata says.
fn abilities(backend: &Backend) -> Abilities {
    let Some(kind) = backend.metadata() else {
        return Abilities::default();
    };
    Abilities {
        function_tools: kind.function_tools,
        images: kind.inputs.iter().any(|it| it == "image"),
        names: NameRule::new(kind.tool_names.max_len, &kind.tool_names.pattern),
    }
}
