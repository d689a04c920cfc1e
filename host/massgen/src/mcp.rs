//! `massgen mcp …`: what servers offer, and logging in.

use std::path::Path;
use std::process::ExitCode;

use config::{AgentPlan, RunPlan};
use services::{Named, Notice, ServerReport, ServerState, survey};
use tokio::runtime::Runtime;

use crate::cli::McpCommand;
use crate::environment::variable;
use crate::exit::{Failure, INCOMPLETE};
use crate::{lend, login, permissions};

/// Carries out one command.
///
/// # Errors
///
/// A configuration that does not load, an agent or server that is not in it.
pub(crate) fn run(command: &McpCommand) -> Result<ExitCode, Failure> {
    match command {
        McpCommand::List {
            config,
            agent,
            json,
        } => list(config, agent.as_deref(), *json),
        McpCommand::Login { server, config } => login::login(&load(config)?, server),
        McpCommand::Logout { server, config } => login::logout(&load(config)?, server),
    }
}

fn load(config: &Path) -> Result<RunPlan, Failure> {
    config::load(config, &variable).map_err(|it| Failure::text(it.to_string()))
}

fn list(config: &Path, agent: Option<&str>, json: bool) -> Result<ExitCode, Failure> {
    let plan = load(config)?;
    let agents = match agent {
        Some(id) => vec![permissions::find(&plan, id)?],
        None => plan.agents.iter().collect(),
    };
    let tokio = Runtime::new().map_err(|it| Failure::new(it, "free some resources"))?;
    let reports = tokio.block_on(survey_all(&agents))?;
    let failed = reports.iter().any(|it| it.failure.is_some());
    if json {
        let text = serde_json::to_string_pretty(&reports);
        display::line(&text.map_err(|it| Failure::new(it, "please report this"))?);
    } else if reports.is_empty() {
        display::line("the configuration names no MCP server");
    } else {
        reports.iter().for_each(show);
    }
    Ok(if failed {
        ExitCode::from(INCOMPLETE)
    } else {
        ExitCode::SUCCESS
    })
}

async fn survey_all(agents: &[&AgentPlan]) -> Result<Vec<ServerReport>, Failure> {
    let scratch = tempfile::tempdir();
    let scratch = scratch.map_err(|it| Failure::new(it, "make room in the temporary folder"))?;
    let places = lend::places(scratch.path(), None);
    let mut reports = Vec::new();
    for agent in agents {
        let surveyed = survey(agent, &places, hear).await;
        reports.extend(surveyed.map_err(|it| Failure::new(&it, it.hint()))?);
    }
    Ok(reports)
}

/// What is started is named before it is there.
fn hear(notice: Notice) {
    match notice {
        Notice::Server {
            name,
            state: ServerState::Connecting,
            detail,
        } => display::note(&format!("{name}: starting {detail}")),
        Notice::Server {
            name,
            state: ServerState::Downloading,
            detail,
        } => display::note(&format!("{name}: {detail}")),
        Notice::Server { .. } => {}
        Notice::Warning(text) => display::note(&format!("warning: {text}")),
    }
}

fn show(report: &ServerReport) {
    let ServerReport { agent, server, .. } = report;
    match &report.failure {
        Some(why) => display::line(&format!("{server} ({agent}): FAILED: {why}")),
        None => display::line(&format!("{server} ({agent}): {}", report.target)),
    }
    for (what, all) in [
        ("tool", &report.tools),
        ("resource", &report.resources),
        ("prompt", &report.prompts),
    ] {
        all.iter().for_each(|it| display::line(&line(what, it)));
    }
}

/// One line: the first of the description will do.
fn line(what: &str, named: &Named) -> String {
    let first = named.description.lines().next().unwrap_or_default();
    let changes = if named.read_only { " (reads only)" } else { "" };
    format!("  {what} {}{changes}  {first}", named.name)
}
