//! `agents:` and `agent:`: the team, its ids and what an agent is told.

use std::collections::BTreeMap;

use events::AgentId;

use super::{Field, Reader, Section};
use crate::node::Kind;
use crate::{AgentPlan, MAX_AGENTS, Place};

const ID_MAX: usize = 100;

const MISPLACED: [&str; 9] = [
    "type",
    "model",
    "base_url",
    "api_key",
    "cwd",
    "context_paths",
    "mcp_servers",
    "allowed_tools",
    "exclude_tools",
];

impl Reader<'_> {
    /// The team; empty only after an error was noted.
    pub(super) fn agents(&mut self, root: &mut Section<'_>) -> Vec<AgentPlan> {
        let list = root.take("agents");
        let Some(single) = root.take("agent") else {
            return self.team(root, list);
        };
        if let Some(list) = list {
            let text = "`agents` is ignored because `agent` is given";
            self.warn(&list.node.place, "agents", text);
        }
        self.agent(single, 1).into_iter().collect()
    }

    fn team(&mut self, root: &Section<'_>, list: Option<Field<'_>>) -> Vec<AgentPlan> {
        let Some(list) = list else {
            self.error(
                root.place,
                "agents",
                "there is neither `agents` nor `agent`",
            )
            .hint("begin with `agents:` and one `- backend:` below it");
            return Vec::new();
        };
        let Kind::List(items) = &list.node.value else {
            self.mistyped(&list, "a list of agents")
                .hint("begin each agent with `- `, or use `agent:` for a single one");
            return Vec::new();
        };
        if items.is_empty() || items.len() > MAX_AGENTS {
            let must = format!("must hold 1 to {MAX_AGENTS} agents, not {}", items.len());
            self.unfit(&list, &must);
            return Vec::new();
        }
        let agents = items.iter().enumerate().filter_map(|(n, node)| {
            let path = format!("agents[{n}]");
            self.agent(Field { path, node }, n + 1)
        });
        let agents = agents.collect::<Vec<_>>();
        self.unique(&agents);
        agents
    }

    fn agent(&mut self, field: Field<'_>, position: usize) -> Option<AgentPlan> {
        let place = field.node.place.clone();
        let mut agent = self.section(field)?;
        let id = agent.take("id").and_then(|id| self.id(&id));
        let system_message = agent
            .take("system_message")
            .and_then(|text| self.text(&text));
        let backend = agent.take("backend");
        let (backend, services) = self.backend(&agent, backend).unzip();
        self.beside_backend(&mut agent);
        self.unknown(agent, &["id", "backend", "system_message"]);
        Some(AgentPlan {
            id: id.unwrap_or_else(|| AgentId::from(format!("agent{position}"))),
            backend: backend?,
            system_message: system_message.filter(|text| !text.is_empty()),
            services: services.unwrap_or_default(),
            place,
        })
    }

    /// A name; a number is taken as its digits.
    fn id(&mut self, field: &Field<'_>) -> Option<AgentId> {
        let id = match &field.node.value {
            Kind::Number(number) => Some(number.to_string()),
            _ => self.text(field),
        }?;
        let fit = !id.trim().is_empty() && id.len() <= ID_MAX && !id.contains(char::is_control);
        if !fit {
            let must = format!("must be 1 to {ID_MAX} bytes of printable text");
            self.unfit(field, &must);
        }
        fit.then(|| AgentId::from(id))
    }

    fn unique(&mut self, agents: &[AgentPlan]) {
        let mut first: BTreeMap<&AgentId, &Place> = BTreeMap::new();
        for agent in agents {
            if let Some(other) = first.get(&agent.id) {
                let text = format!("two agents have the id `{}`", agent.id);
                self.error(&agent.place, "agents", text)
                    .hint(format!("the other one is at {other}"));
            } else {
                first.insert(&agent.id, &agent.place);
            }
        }
    }

    /// A backend key that was indented too little gets a better hint than an unknown one.
    fn beside_backend(&mut self, agent: &mut Section<'_>) {
        for key in MISPLACED {
            if let Some(field) = agent.take(key) {
                let text = format!("`{}` has no effect beside `backend`", field.path);
                self.warn(&field.node.place, &field.path, text)
                    .hint(format!("move `{key}` into `backend:`"));
            }
        }
    }
}
