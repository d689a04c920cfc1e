//! How much the model thinks: a level from generation 3 on, a budget before (spec backends §11 D).

use dialect::Options;
use massgen_plugin::chat::Params;
use serde_json::{Map, Value};

use crate::wire::{BUDGETS, LEVELS, THINKS, generation};

/// Completes `thinkingConfig`; what is configured there stays. Models that think are asked to show
/// it, unless `include_thoughts` says otherwise.
pub(super) fn complete(
    config: &mut Map<String, Value>,
    model: &str,
    options: &Options,
    params: &Params,
) {
    let configured = config.remove("thinkingConfig");
    let mut thinking = Map::new();
    for (name, value) in configured
        .as_ref()
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        thinking.insert(super::member(name), value.clone());
    }
    if let Some(version) = generation(model).filter(|it| *it >= THINKS) {
        let shows = options
            .claimed
            .get("include_thoughts")
            .cloned()
            .unwrap_or(Value::Bool(true));
        thinking.entry("includeThoughts").or_insert(shows);
        let is_told =
            thinking.contains_key("thinkingLevel") || thinking.contains_key("thinkingBudget");
        if let Some(effort) = options.effort(params).filter(|_| !is_told) {
            if version >= LEVELS {
                thinking.insert(
                    "thinkingLevel".into(),
                    level(model, version, &effort).into(),
                );
            } else if let Some((_, budget)) = BUDGETS.iter().find(|(word, _)| *word == effort) {
                thinking.insert("thinkingBudget".into(), (*budget).into());
            }
        }
    }
    if !thinking.is_empty() {
        config.insert("thinkingConfig".into(), thinking.into());
    }
}

/// The level nearest to an effort: the larger models have no `MINIMAL`, and the first of them only
/// two levels.
fn level(model: &str, version: (u32, u32), effort: &str) -> &'static str {
    let is_small = model.contains("flash");
    match effort {
        "none" | "minimal" if is_small => "MINIMAL",
        "none" | "minimal" | "low" => "LOW",
        "medium" if is_small || version > LEVELS => "MEDIUM",
        _ => "HIGH",
    }
}
