//! From the plan to a team whose backends are open. Everything that can be wrong before a run is
//! found here, and named with its place.

use std::sync::Arc;

use backends::{BackendSpec, Backends, OpenError};
use config::{AgentPlan, Diagnostic, RunPlan, Severity};
use loader::{Catalog, Inspection, Loaded, Loader};
use massgen_plugin::wire::Timeouts;
use runtime::Member;
use services::Lent;
use transport::Secret;

use crate::environment::variable;
use crate::exit::Failure;

/// The plugins of a run.
pub(crate) struct Plugins {
    pub(crate) catalog: Catalog,
    pub(crate) loader: Loader,
}

impl Plugins {
    /// The plugin of each agent, its schema's word on the agent's keys, and whether its secrets are
    /// there. Prints warnings. Nothing of a plugin runs, and nothing else is started.
    ///
    /// # Errors
    ///
    /// A type without a plugin; or, of all agents together, keys that the plugin's schema refuses,
    /// addresses that are none and secrets that are missing.
    pub(crate) fn check(&self, plan: &RunPlan) -> Result<(), Failure> {
        let mut found = plan.warnings.clone();
        for agent in &plan.agents {
            let inspection = self.find(agent)?;
            if let Some(it) = inspection.backend_type(&agent.backend.type_name) {
                found.extend(config::schema_check(&agent.backend, &it.config));
                found.extend(useless_folder(agent, &it.filesystem));
                let spec = spec(agent, plan.limits.idle_ms);
                let checked = backends::check(spec, &inspection.metadata, it, &variable);
                found.extend(checked.err().map(|error| unfit(agent, &error)));
            }
        }
        report(&found, self.shadowed(plan))
    }

    fn find(&self, agent: &AgentPlan) -> Result<&Inspection, Failure> {
        self.catalog
            .find(&agent.backend.type_name)
            .map_err(|missing| {
                let what = format!("agent `{}`: {missing}", agent.id);
                let place = agent.backend.places.of("/type").clone();
                let error = Diagnostic::error(place, "", what);
                Failure::text(error.hint(missing.hint()).to_string())
            })
    }

    fn shadowed(&self, plan: &RunPlan) -> Vec<String> {
        let mut types: Vec<_> = plan
            .agents
            .iter()
            .map(|it| &*it.backend.type_name)
            .collect();
        types.sort_unstable();
        types.dedup();
        let others = |name| {
            self.catalog
                .shadowed(name)
                .into_iter()
                .map(move |it| (name, it))
        };
        let line = |(name, it): (&str, &Inspection)| {
            format!(
                "warning: `{name}` is also served by `{}`, which comes later",
                it.path.display()
            )
        };
        types.into_iter().flat_map(others).map(line).collect()
    }

    /// Loads what the plan names, and nothing else.
    ///
    /// # Errors
    ///
    /// A library that cannot be loaded, a missing key, a refused configuration.
    pub(crate) fn open(
        &self,
        plan: &RunPlan,
        backends: &Backends,
        lent: Vec<Lent>,
    ) -> Result<Vec<Member>, Failure> {
        let open = |(agent, lent)| self.member(agent, plan.limits.idle_ms, backends, lent);
        plan.agents.iter().zip(lent).map(open).collect()
    }

    fn member(
        &self,
        agent: &AgentPlan,
        idle_ms: u64,
        backends: &Backends,
        lent: Lent,
    ) -> Result<Member, Failure> {
        let plugin = self.load(agent)?;
        let (id, spec) = (agent.id.as_str(), spec(agent, idle_ms));
        let opened = backends.open(plugin, spec, id, lent.clone(), &variable);
        let backend = opened.map_err(|error| {
            let what = format!("agent `{}`: {error}", agent.id);
            Failure::text(placed(agent, &what, &error.hint()))
        })?;
        let instructions = agent.system_message.clone();
        Ok(Member {
            id: agent.id.clone(),
            backend,
            instructions,
            lent,
        })
    }

    fn load(&self, agent: &AgentPlan) -> Result<Arc<Loaded>, Failure> {
        let inspection = self.find(agent)?;
        self.loader.load(inspection).map_err(|refusal| {
            let what = format!("agent `{}`: {refusal}", agent.id);
            Failure::text(placed(agent, &what, refusal.hint()))
        })
    }
}

/// A folder for a backend whose plugin says that it can do nothing with one (services §1).
fn useless_folder(agent: &AgentPlan, filesystem: &str) -> Option<Diagnostic> {
    let is_useless = filesystem == "none" && agent.services.workspace.is_some();
    is_useless.then(|| {
        let name = &agent.backend.type_name;
        let what = format!("backends of type `{name}` cannot use files, so `cwd` has no meaning");
        let place = agent.backend.places.of("/cwd").clone();
        Diagnostic::error(place, "", what).hint("remove `cwd`, or use another type of backend")
    })
}

/// What is wrong with an agent's address or secret, at its backend.
fn unfit(agent: &AgentPlan, error: &OpenError) -> Diagnostic {
    let at = match error {
        OpenError::Address { .. } | OpenError::Exposed { .. } => "/base_url",
        _ => "/api_key",
    };
    let what = format!("agent `{}`: {error}", agent.id);
    let place = agent.backend.places.of(at).clone();
    Diagnostic::error(place, "", what).hint(error.hint())
}

fn spec(agent: &AgentPlan, idle_ms: u64) -> BackendSpec {
    let backend = &agent.backend;
    BackendSpec {
        type_name: backend.type_name.clone(),
        model: backend.model.clone(),
        base_url: backend.base_url.clone(),
        override_base_url: backend.base_url_override.clone(),
        api_key: backend
            .api_key
            .as_ref()
            .map(|key| Secret::new(key.expose())),
        sensitive: backend
            .sensitive
            .iter()
            .map(|it| Secret::new(it.expose()))
            .collect(),
        timeouts: Timeouts {
            idle_ms: Some(idle_ms),
            ..Timeouts::default()
        },
        options: backend.options.clone(),
    }
}

fn placed(agent: &AgentPlan, what: &str, hint: &str) -> String {
    Diagnostic::error(agent.place.clone(), "", what)
        .hint(hint)
        .to_string()
}

/// Prints warnings; errors end the program, all of them together.
fn report(found: &[Diagnostic], remarks: Vec<String>) -> Result<(), Failure> {
    let (errors, warnings): (Vec<_>, Vec<_>) =
        found.iter().partition(|it| it.severity == Severity::Error);
    remarks
        .into_iter()
        .chain(warnings.iter().map(ToString::to_string))
        .for_each(|it| display::note(&it));
    if errors.is_empty() {
        return Ok(());
    }
    let lines: Vec<_> = errors.iter().map(ToString::to_string).collect();
    Err(Failure::text(lines.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_for_a_backend_without_files_is_an_error_at_that_backend() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("team.yaml");
        let text = "agents:\n  - id: ann\n    backend:\n      type: chatcompletion\n      cwd: w\n";
        std::fs::write(&file, text).unwrap();
        let plan = config::load(&file, &|_| None).unwrap();
        let check = |filesystem| useless_folder(&plan.agents[0], filesystem);
        let error = check("none").unwrap().to_string();
        assert!(error.contains("team.yaml:4:"), "{error}");
        assert!(error.contains("remove `cwd`"), "{error}");
        // What a later host may know is no error.
        assert!(
            ["mcp", "native", "more"]
                .iter()
                .all(|it| check(it).is_none())
        );
    }
}
