//! A run without a file: one agent from the command line.

use crate::read::{checked_url, redirect};
use crate::{AgentPlan, BackendPlan, ConfigErrors, Diagnostic, Env, Place, RunPlan, infer_type};

/// The plan of `run --backend T --model M [--base-url U]`: one agent, `agent1`.
///
/// An empty `backend` is inferred from the model ([`infer_type`]). `MASSGEN_BASE_URL_<TYPE>` applies only without a base URL of the user's own.
///
/// # Errors
/// No backend type, or a base URL that is none.
pub fn quick(
    backend: &str,
    model: Option<&str>,
    base_url: Option<&str>,
    system_message: Option<&str>,
    env: &Env<'_>,
) -> Result<RunPlan, ConfigErrors> {
    let type_name = match backend.trim() {
        "" => model.and_then(infer_type).map(str::to_owned),
        given => Some(given.to_ascii_lowercase()),
    };
    let type_name = type_name.ok_or_else(|| wrong("this model needs a --backend"))?;
    let mut plan = BackendPlan::new(type_name);
    plan.model = model.map(str::to_owned);
    match base_url {
        Some(url) => checked_url(url).map_err(|must| wrong(&format!("--base-url {must}")))?,
        None => redirect(&mut plan, env)?,
    }
    plan.base_url = base_url.map(str::to_owned);
    let mut agent = AgentPlan::new("agent1", plan);
    agent.system_message = system_message.map(str::to_owned);
    Ok(RunPlan::of(vec![agent]))
}

fn wrong(message: &str) -> ConfigErrors {
    Diagnostic::error(Place::default(), "", message).into()
}
