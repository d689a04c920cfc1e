//! `orchestrator:`, `timeout_settings:` and `ui:`: everything that is not about one agent.

use super::fields::set;
use super::{Field, Reader, Section};
use crate::node::Kind;
use crate::{DisplayType, LimitsPlan, RunPlan, ServicesPlan, UiPlan};

impl Reader<'_> {
    pub(super) fn settings(&mut self, root: &mut Section<'_>, plan: &mut RunPlan) {
        let section = self.part(root, "orchestrator");
        let shared = section.map(|it| self.orchestrator(it, plan));
        self.share_context_paths(&shared.unwrap_or_default(), plan);
        if let Some(section) = self.part(root, "timeout_settings") {
            self.timeouts(section, &mut plan.limits);
        }
        if let Some(section) = self.part(root, "ui") {
            self.ui(section, &mut plan.ui);
        }
        if let Some(display) = root.take("display") {
            self.warn(&display.node.place, "display", "`display` has no effect")
                .hint("`ui.display_type` chooses the display");
        }
    }

    fn part<'n>(&mut self, root: &mut Section<'n>, key: &str) -> Option<Section<'n>> {
        root.take(key).and_then(|field| self.section(field))
    }

    /// Gives what the whole team is lent.
    fn orchestrator(&mut self, mut section: Section<'_>, plan: &mut RunPlan) -> ServicesPlan {
        self.coordination(&mut section, &mut plan.limits);
        plan.folders = self.team_folders(&mut section);
        let mut shared = ServicesPlan::default();
        if let Some(field) = section.take("context_paths") {
            self.context_paths(&field, &mut shared);
        }
        let known = [
            "max_new_answers_per_agent",
            "max_activation_failures",
            "wait_for_peers",
            "snapshot_storage",
            "agent_temporary_workspace",
            "context_paths",
        ];
        self.unknown(section, &known);
        shared
    }

    fn coordination(&mut self, section: &mut Section<'_>, limits: &mut LimitsPlan) {
        if let Some(field) = section.take("max_new_answers_per_agent") {
            match field.node.value {
                Kind::Null => limits.max_new_answers_per_agent = None,
                _ => set(
                    &mut limits.max_new_answers_per_agent,
                    self.count(&field).map(Some),
                ),
            }
        }
        if let Some(field) = section.take("max_activation_failures") {
            set(&mut limits.max_activation_failures, self.count(&field));
        }
        if let Some(field) = section.take("wait_for_peers") {
            set(&mut limits.wait_for_peers, self.flag(&field));
        }
    }

    fn timeouts(&mut self, mut section: Section<'_>, limits: &mut LimitsPlan) {
        if let Some(field) = section.take("orchestrator_timeout_seconds") {
            match field.node.value {
                Kind::Null => limits.coordination_ms = None,
                _ => set(&mut limits.coordination_ms, self.seconds(&field).map(Some)),
            }
        }
        let known = [
            ("turn_timeout_seconds", &mut limits.turn_ms),
            ("final_timeout_seconds", &mut limits.presentation_ms),
            ("idle_timeout_seconds", &mut limits.idle_ms),
        ];
        for (key, limit) in known {
            if let Some(field) = section.take(key) {
                set(limit, self.some_seconds(&field));
            }
        }
        let known = [
            "orchestrator_timeout_seconds",
            "turn_timeout_seconds",
            "final_timeout_seconds",
            "idle_timeout_seconds",
        ];
        self.unknown(section, &known);
    }

    fn ui(&mut self, mut section: Section<'_>, ui: &mut UiPlan) {
        if let Some(field) = section.take("display_type") {
            set(&mut ui.display_type, self.display_type(&field));
        }
        // The reference reads these two and does nothing with them.
        for key in ["logging_enabled", "debug"] {
            section.take(key);
        }
        if let Some(field) = section.take("use_orchestrator_for_single_agent")
            && self.flag(&field) == Some(false)
        {
            self.not_yet(&field, "use_orchestrator_for_single_agent");
        }
        if let Some(field) = section.take("type") {
            self.warn(&field.node.place, &field.path, "`ui.type` has no effect")
                .hint("`ui.display_type` chooses the display");
        }
        self.unknown(section, &["display_type"]);
    }

    fn display_type(&mut self, field: &Field<'_>) -> Option<DisplayType> {
        let name = self.text(field)?;
        let display = DisplayType::ALL
            .into_iter()
            .find(|display| display.name() == name);
        if display.is_none() {
            let names = DisplayType::ALL.map(DisplayType::name).join(", ");
            self.unfit(field, &format!("must be one of {names}, not `{name}`"));
        }
        display
    }
}
