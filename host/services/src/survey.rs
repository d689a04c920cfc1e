//! What the servers of an agent offer, asked without a run.

use config::AgentPlan;
use events::AgentId;
use futures_util::future::join_all;
use mcp::{Client, Event};
use serde::Serialize;

use crate::mask::Mask;
use crate::servers::{self, Reach};
use crate::{LendError, Notice, Places, notices};

/// One server of one agent.
#[derive(Debug, Clone, Serialize)]
pub struct ServerReport {
    /// The agent.
    pub agent: AgentId,
    /// The server's name.
    pub server: String,
    /// The program or address, as written.
    pub target: String,
    /// Why it cannot be used; absent: it can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// Its tools in its own order, before filters.
    pub tools: Vec<Named>,
    /// Its resources: addresses and what they are.
    pub resources: Vec<Named>,
    /// Its prompts.
    pub prompts: Vec<Named>,
    /// Its words on how to use it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
}

/// Something with a name.
#[derive(Debug, Clone, Serialize)]
pub struct Named {
    /// Its name or address.
    pub name: String,
    /// What it is, in its server's words; may be empty.
    pub description: String,
    /// For a tool: whether its server says that it changes nothing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub read_only: bool,
}

/// Starts the servers of an agent, asks each what it has, and ends them. `hear` is told how it
/// goes.
///
/// # Errors
///
/// A sandbox that cannot be had.
pub async fn survey(
    agent: &AgentPlan,
    places: &Places,
    hear: impl Fn(Notice) + Send + Sync + Clone + 'static,
) -> Result<Vec<ServerReport>, LendError> {
    let mut remarks = Vec::new();
    let reach = Reach {
        agent,
        places,
        workspace: None,
        references: None,
    };
    let clients = servers::clients(&reach, &mut remarks)?;
    remarks.into_iter().map(Notice::Warning).for_each(&hear);
    let reports = clients.iter().zip(&agent.services.mcp_servers);
    let reports = reports.map(|(client, server)| async {
        let (name, hear) = (client.name().to_owned(), hear.clone());
        let (mask, target) = (Mask::of(&agent.services), servers::target(server));
        let begun = target.clone();
        client.start(std::sync::Arc::new(move |event: Event| {
            let notice = notices::of(&name, &begun, event);
            notice
                .into_iter()
                .for_each(|it| hear(notices::masked(it, &mask)));
        }));
        let state = client.settled().await;
        let report = report(agent, client, target, notices::lack(client.name(), &state));
        client.close().await;
        report
    });
    Ok(join_all(reports).await)
}

fn report(
    agent: &AgentPlan,
    client: &Client,
    target: String,
    failure: Option<String>,
) -> ServerReport {
    let mask = Mask::of(&agent.services);
    let named = |name: &str, description: Option<&String>, read_only| Named {
        name: mask.text(name),
        description: description.map_or_else(String::new, |it| mask.text(it)),
        read_only,
    };
    let tools = client.tools();
    let tools = tools
        .iter()
        .map(|it| (it, it.hints.read_only == Some(true)))
        .map(|(it, reads)| named(&it.name, it.description.as_ref(), reads));
    let resources = client.resources();
    let resources = resources
        .iter()
        .map(|it| named(&it.uri, it.description.as_ref().or(Some(&it.name)), false));
    let prompts = client.prompts();
    let prompts = prompts
        .iter()
        .map(|it| named(&it.name, it.description.as_ref(), false));
    ServerReport {
        agent: agent.id.clone(),
        server: client.name().to_owned(),
        target: mask.text(&target),
        failure: failure.map(|it| mask.text(&it)),
        tools: tools.collect(),
        resources: resources.collect(),
        prompts: prompts.collect(),
        instructions: client.instructions().map(|it| mask.text(&it)),
    }
}
