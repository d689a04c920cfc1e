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
        let number = |name: &str| options.get(name).and_then(Value::as_u64);
        let given = options.get("thinking").filter(|it| it.is_object()).cloned();
        let form =
            given.or_else(|| form(version, number("max_thinking_tokens"), effort.as_deref()));
        let max_tokens = params.max_output_tokens.or_else(|| number("max_tokens"));
        let max_tokens = max_tokens.unwrap_or(match &form {
            Some(form) if form["type"] == "adaptive" => MAX_TOKENS_ADAPTIVE,
            None if version >= Some(ADAPTIVE_UNASKED) => MAX_TOKENS_ADAPTIVE,
            _ => MAX_TOKENS,
        });
        let budget = form.as_ref().and_then(|it| it["budget_tokens"].as_u64());
        // The provider refuses a budget that takes it all.
        let beside = budget.filter(|budget| *budget >= max_tokens).unwrap_or(0);
        Self {
            form,
            effort: effort.and_then(|it| known_effort(version, it)),
            max_tokens: max_tokens.saturating_add(beside),
        }
    }

    /// The member `thinking`. The provider refuses a budget together with a forced choice of a
    /// tool, and the choice is what the call cannot do without.
    pub(super) fn form(&self, choice: Option<&Value>) -> Option<Value> {
        let form = self.form.clone()?;
        let forced = choice.is_some_and(|it| it["type"] == "any" || it["type"] == "tool");
        if forced && form["type"] == "enabled" {
            tracing::debug!("this call is made without thinking, because it forces a tool");
            return None;
        }
        Some(form)
    }
}

/// The provider's word, for models that take one: it has no `minimal`, and `none` is said by the
/// form.
fn known_effort(version: Option<Version>, effort: String) -> Option<String> {
    match effort.as_str() {
        _ if version.is_some_and(|it| it < ADAPTIVE) => None,
        "none" => None,
        "minimal" => Some("low".into()),
        _ => Some(effort),
    }
}

fn form(version: Option<Version>, budget: Option<u64>, effort: Option<&str>) -> Option<Value> {
    match (budget, effort) {
        (Some(0), _) | (None, None) => return None,
        (_, Some("none")) => return Some(json!({ "type": "disabled" })),
        _ if version >= Some(ADAPTIVE) => return Some(json!({ "type": "adaptive" })),
        _ => {}
    }
    let by_effort = || BUDGETS.iter().find(|(word, _)| Some(*word) == effort);
    let tokens = match version {
        Some(version) if version >= THINKS => budget.or_else(|| Some(by_effort()?.1)),
        Some(_) => {
            tracing::warn!("this model cannot be told how much to think");
            None
        }
        // A model of somebody else's, on a server that speaks this interface.
        None => budget,
    };
    tokens.map(|it| json!({ "type": "enabled", "budget_tokens": it.max(LEAST_BUDGET) }))
}
