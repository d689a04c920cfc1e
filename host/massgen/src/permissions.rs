//! `massgen permissions explain`: the gate's word on a call that nobody makes.

use std::path::Path;
use std::process::ExitCode;

use config::{AgentPlan, RunPlan};
use serde_json::Value;
use services::{Explanation, Phase, Verdict};

use crate::cli::PermissionsCommand;
use crate::environment::variable;
use crate::exit::{DENIED, Failure};
use crate::lend;

/// Carries out one command.
///
/// # Errors
///
/// A configuration that does not load, an agent that is not in it, arguments that are no JSON.
pub(crate) fn run(command: &PermissionsCommand) -> Result<ExitCode, Failure> {
    let PermissionsCommand::Explain {
        config,
        agent,
        presenting,
        json,
        tool,
        arguments,
    } = command;
    let plan = config::load(config, &variable).map_err(|it| Failure::text(it.to_string()))?;
    let agent = find(&plan, agent)?;
    let arguments: Value = serde_json::from_str(arguments).map_err(|error| {
        let what = format!("the arguments are no JSON: {error}");
        Failure::new(what, r#"quote them for the shell: '{"path": "notes.txt"}'"#)
    })?;
    let phase = if *presenting {
        Phase::Presentation
    } else {
        Phase::Coordination
    };
    let home = lend::places(Path::new(""), None).home;
    let explanation = services::explain(&agent.services, home, tool, &arguments, phase);
    show(&explanation, *json)?;
    Ok(match explanation.decision.verdict {
        Verdict::Allow => ExitCode::SUCCESS,
        Verdict::Deny { .. } => ExitCode::from(DENIED),
    })
}

/// The agent of this name.
pub(crate) fn find<'a>(plan: &'a RunPlan, id: &str) -> Result<&'a AgentPlan, Failure> {
    let found = plan.agents.iter().find(|it| it.id.as_str() == id);
    found.ok_or_else(|| {
        let ids: Vec<_> = plan.agents.iter().map(|it| it.id.as_str()).collect();
        let hint = format!("the configuration has {}", ids.join(", "));
        Failure::new(format!("there is no agent `{id}`"), hint)
    })
}

fn show(explanation: &Explanation, json: bool) -> Result<(), Failure> {
    if json {
        let text = serde_json::to_string_pretty(explanation);
        let text = text.map_err(|error| Failure::new(error, "please report this"))?;
        display::line(&text);
        return Ok(());
    }
    let decision = &explanation.decision;
    match &decision.verdict {
        Verdict::Allow => display::line(&format!("allowed by `{}`", decision.rule)),
        Verdict::Deny { reason } => {
            display::line(&format!("denied by `{}`: {reason}", decision.rule));
        }
    }
    let lines = decision.explain.iter().chain(&explanation.remarks);
    lines.for_each(|it| display::line(&format!("  {it}")));
    Ok(())
}
