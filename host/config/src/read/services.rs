//! What a backend says about files, tools and their limits. None of it reaches the plugin.

use super::fields::set;
use super::{Field, Reader, Section};
use crate::node::Kind;
use crate::{ServicesPlan, ToolFilter, ToolLimits};

impl Reader<'_> {
    /// Takes the services' keys out of a backend's section.
    pub(super) fn services(&mut self, backend: &mut Section<'_>) -> ServicesPlan {
        let mut plan = ServicesPlan {
            workspace: backend.take("cwd").and_then(|cwd| self.workspace(&cwd)),
            filter: self.filter(backend),
            limits: self.limits(backend),
            ..ServicesPlan::default()
        };
        if let Some(field) = backend.take("context_write_access_enabled") {
            set(&mut plan.context_write_always, self.flag(&field));
        }
        if let Some(field) = backend.take("protected_paths") {
            plan.protected_paths = self.each(&field, "a list of paths", Self::path);
        }
        if let Some(field) = backend.take("context_paths") {
            self.context_paths(&field, &mut plan);
        }
        if let Some(field) = backend.take("program_sandbox") {
            plan.program_sandbox = self.sandbox(field);
        }
        if let Some(field) = backend.take("mcp_servers") {
            plan.mcp_servers = self.servers(&field);
        }
        self.without_effect(backend);
        plan.sensitive = crate::sensitive::of_servers(&plan.mcp_servers, self.env());
        plan
    }

    /// `allowed_tools` and `exclude_tools`, of an agent or of a server.
    pub(super) fn filter(&mut self, section: &mut Section<'_>) -> ToolFilter {
        let names = "a list of tool names";
        let mut of = |key| {
            let field = section.take_given(key)?;
            Some(self.each(&field, names, Self::literal))
        };
        ToolFilter {
            allowed: of("allowed_tools"),
            excluded: of("exclude_tools").unwrap_or_default(),
        }
    }

    fn limits(&mut self, section: &mut Section<'_>) -> ToolLimits {
        let mut limits = ToolLimits::default();
        if let Some(field) = section.take("max_tool_rounds") {
            set(&mut limits.rounds, self.count(&field));
        }
        for (key, limit) in [
            ("max_tool_argument_bytes", &mut limits.argument_bytes),
            ("max_tool_result_bytes", &mut limits.result_bytes),
        ] {
            if let Some(field) = section.take(key) {
                set(limit, self.count(&field).map(|bytes| bytes as usize));
            }
        }
        for (key, limit) in [
            ("tool_timeout_seconds", &mut limits.call_ms),
            ("connect_timeout_seconds", &mut limits.connect_ms),
        ] {
            if let Some(field) = section.take(key) {
                set(limit, self.some_seconds(&field));
            }
        }
        if let Some(field) = section.take("max_mcp_message_history") {
            set(&mut limits.history, self.history(&field));
        }
        limits
    }

    /// A whole number; 0 and less are no limit (services §2.12).
    fn history(&mut self, field: &Field<'_>) -> Option<usize> {
        let Kind::Number(number) = &field.node.value else {
            self.mistyped(field, "a whole number");
            return None;
        };
        if number.as_i64().is_some_and(|number| number <= 0) {
            return Some(0);
        }
        self.count(field).map(|count| count as usize)
    }

    /// Keys of the reference that mean nothing here.
    fn without_effect(&mut self, backend: &mut Section<'_>) {
        if let Some(field) = backend.take("circuit_breaker_enabled")
            && self.flag(&field) == Some(false)
        {
            let text = format!(
                "`{}` is ignored: a failing server is always left alone for a while",
                field.path
            );
            self.warn(&field.node.place, &field.path, text);
        }
        for key in ["use_multi_mcp", "mcp_sdk_auto"] {
            if let Some(field) = backend.take(key) {
                let text = format!("`{}` has no effect", field.path);
                self.warn(&field.node.place, &field.path, text)
                    .hint("leave it out: there is one MCP client for all backends");
            }
        }
        if let Some(field) = backend.take("agent_temporary_workspace") {
            let text = format!("`{}` has no effect here", field.path);
            self.warn(&field.node.place, &field.path, text)
                .hint("it is a folder of the whole team: write it under `orchestrator:`");
        }
    }
}
