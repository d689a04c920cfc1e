//! From the tree of a file to a plan: the root keys. Each section has its own file beside this.
//!
//! Reading never stops at the first error: what cannot be read is noted and left out, and the
//! plan is given only when no error was noted.

mod agent;
mod backend;
mod base_url;
mod fields;
mod folders;
mod security;
mod server;
mod servers;
mod services;
mod settings;

pub(crate) use base_url::{checked_url, redirect};
pub(crate) use fields::{Field, Reader, Section, Surroundings};

use crate::node::{Kind, Node};
use crate::{ConfigErrors, RunPlan, Severity};

/// Reads the whole document.
pub(crate) fn plan(root: &Node, surroundings: Surroundings<'_>) -> Result<RunPlan, ConfigErrors> {
    let mut reader = Reader::new(surroundings);
    let plan = reader.root(root);
    let mut found = reader.into_found();
    found.sort_by_key(|diagnostic| (diagnostic.place.line, diagnostic.place.column));
    let failed = found
        .iter()
        .any(|diagnostic| diagnostic.severity == Severity::Error);
    match plan {
        Some(mut plan) if !failed => {
            plan.warnings = found;
            Ok(plan)
        }
        _ => Err(ConfigErrors { diagnostics: found }),
    }
}

impl Reader<'_> {
    fn root(&mut self, root: &Node) -> Option<RunPlan> {
        if matches!(root.value, Kind::Null) {
            self.error(&root.place, "", "the file is empty")
                .hint("it needs at least `agents:` with one agent");
            return None;
        }
        let mut root = self.section(Field::root(root))?;
        let agents = self.agents(&mut root);
        let mut plan = RunPlan::of(agents);
        self.settings(&mut root, &mut plan);
        self.apart();
        self.unknown(
            root,
            &["agents", "agent", "orchestrator", "timeout_settings", "ui"],
        );
        Some(plan)
    }
}
