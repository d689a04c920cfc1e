//! How much the model thinks, and how many tokens that leaves (spec backends §11 C).
//!
//! Older models take a budget, newer ones only `adaptive` and an effort; which is which says the
//! generation in the model's name. What is configured as `thinking` goes out as it is.

use dialect::Options;
use dialect::version::{self, Version};
use massgen_plugin::chat::Params;
use massgen_plugin::tracing;
use serde_json::{Value, json};

use crate::wire::{
    ADAPTIVE, ADAPTIVE_UNASKED, BUDGETS, LEAST_BUDGET, MAX_TOKENS, MAX_TOKENS_ADAPTIVE, THINKS,
};

/// What a request says of thinking.
pub(super) struct Thinking {
    form: Option<Value>,
    /// `output_config.effort`.
    pub(super) effort: Option<String>,
    /// More than the thinking alone may take.
    pub(super) max_tokens: u64,
}

impl Thinking {
    /// From the options and from the call, which wins.
    pub(super) fn new(model: &str, options: &Options, params: &Params) -> Self {
        let version = version::of(model, "claude");
        let (effort, options) = (options.effort(params), &options.claimed);
        let budget = options.get("max_thinking_tokens").and_then(Value::as_u64);
        let given = options.get("thinking").filter(|it| it.is_object()).cloned();
        let form = given.or_else(|| form(version, budget, effort.as_deref()));
        let takes_effort = version.is_none_or(|it| it >= ADAPTIVE);
        let effort = effort.filter(|_| takes_effort).and_then(known_effort);
        let adapts = form.as_ref().map_or_else(
            || version.is_some_and(|it| it >= ADAPTIVE_UNASKED),
            |form| form["type"] == "adaptive",
        );
        let asked = params.max_output_tokens;
        let asked = asked.or_else(|| options.get("max_tokens").and_then(Value::as_u64));
        let usual = if adapts {
            MAX_TOKENS_ADAPTIVE
        } else {
            MAX_TOKENS
        };
        Self {
            max_tokens: above(form.as_ref(), asked.unwrap_or(usual)),
            form,
            effort,
        }
    }

    /// The member `thinking`. The provider refuses a budget together with a forced choice of a
    /// tool, and the choice is what the call cannot do without.
    pub(super) fn form(&self, choice: Option<&Value>) -> Option<&Value> {
        let form = self.form.as_ref()?;
        let forced = choice.is_some_and(|it| matches!(it["type"].as_str(), Some("any" | "tool")));
        if forced && form["type"] == "enabled" {
            tracing::debug!("this call is made without thinking, because it forces a tool");
            return None;
        }
        Some(form)
    }
}

/// The provider's word: it has no `minimal`, and `none` is said by the form.
fn known_effort(effort: String) -> Option<String> {
    match effort.as_str() {
        "none" => None,
        "minimal" => Some("low".into()),
        _ => Some(effort),
    }
}

fn form(version: Option<Version>, budget: Option<u64>, effort: Option<&str>) -> Option<Value> {
    if budget == Some(0) || (budget.is_none() && effort.is_none()) {
        return None;
    }
    if effort == Some("none") {
        return Some(json!({ "type": "disabled" }));
    }
    let by_effort = || BUDGETS.iter().find(|(word, _)| Some(*word) == effort);
    let tokens = budget.or_else(|| by_effort().map(|(_, tokens)| *tokens));
    let enabled =
        |tokens: u64| json!({ "type": "enabled", "budget_tokens": tokens.max(LEAST_BUDGET) });
    match version {
        Some(version) if version >= ADAPTIVE => Some(json!({ "type": "adaptive" })),
        Some(version) if version >= THINKS => tokens.map(enabled),
        Some(_) => {
            tracing::warn!("this model cannot be told how much to think");
            None
        }
        // A model of somebody else's, on a server that speaks this interface.
        None => budget.map(enabled),
    }
}

/// The limit, or one that leaves as much beside the thinking: the provider refuses a budget that
/// takes it all.
fn above(form: Option<&Value>, max_tokens: u64) -> u64 {
    let budget = form
        .and_then(|form| form["budget_tokens"].as_u64())
        .unwrap_or(0);
    if budget >= max_tokens {
        budget.saturating_add(max_tokens)
    } else {
        max_tokens
    }
}
