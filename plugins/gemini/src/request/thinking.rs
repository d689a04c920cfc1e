//! How much the model thinks: a level from generation 3 on, a budget before (spec backends §11 D).

use massgen_plugin::chat::Params;
use serde_json::{Map, Value, json};

use super::{Request, member};
use crate::wire::{BUDGETS, LEVELS, MEDIUM, THINKS, is_from};

impl Request {
    /// Completes `thinkingConfig`; what is configured there stays. Models that think are asked to
    /// show it, unless `include_thoughts` says otherwise.
    pub(super) fn think(&self, config: &mut Map<String, Value>, params: &Params) {
        let configured = config.remove("thinkingConfig");
        let configured = configured.as_ref().and_then(Value::as_object);
        let members = configured.into_iter().flatten();
        let mut thinking: Map<_, _> = members
            .map(|(name, value)| (member(name), value.clone()))
            .collect();
        if is_from(&self.model, THINKS) {
            let shows = self.options.claimed.get("include_thoughts").cloned();
            let shows = shows.unwrap_or(Value::Bool(true));
            thinking.entry("includeThoughts").or_insert(shows);
            let says = ["thinkingLevel", "thinkingBudget"];
            let is_told = says.iter().any(|it| thinking.contains_key(*it));
            let effort = self.options.effort(params).filter(|_| !is_told);
            thinking.extend(effort.and_then(|it| amount(&self.model, &it)));
        }
        if !thinking.is_empty() {
            config.insert("thinkingConfig".into(), thinking.into());
        }
    }
}

/// The member that says how much. Of levels the one nearest to the effort: the larger models have
/// no `MINIMAL`, and the first of them only two levels.
fn amount(model: &str, effort: &str) -> Option<(String, Value)> {
    if !is_from(model, LEVELS) {
        let (_, budget) = BUDGETS.iter().find(|(word, _)| *word == effort)?;
        return Some(("thinkingBudget".into(), json!(budget)));
    }
    let is_small = model.contains("flash");
    let level = match effort {
        "none" | "minimal" if is_small => "MINIMAL",
        "none" | "minimal" | "low" => "LOW",
        "medium" if is_small || is_from(model, MEDIUM) => "MEDIUM",
        _ => "HIGH",
    };
    Some(("thinkingLevel".into(), level.into()))
}
