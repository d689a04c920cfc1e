//! The plan as it may be shown and logged.
//!
//! Invariant: a value that an option takes from `${VAR}` is shown by its name, never as it is.

mod services;

use serde_json::{Map, Value, json};
use url::Url;

pub(crate) use services::secret_arguments;

use crate::{AgentPlan, BackendPlan, RunPlan};

const HIDDEN: &str = "***";

/// The plan as JSON, without secrets: the shape of `run_started.plan`.
///
/// `{agents: [{id, system_message, backend: {type, model, base_url, base_url_override, api_key,
/// options}, services}], limits: {…}, folders: {snapshots, references}, ui: {display_type}}`. A key
/// is `"***"` when there is one; options are as the file writes them, hidden where their name says
/// that they are secret, and all below `extra_headers`. `services` has the fields of [`ServicesPlan`](crate::ServicesPlan), `null`
/// when nothing is lent; a value of a variable, header or OAuth client is hidden unless it is
/// nothing but `${NAME}`.
pub fn redacted_json(plan: &RunPlan) -> Value {
    let limits = &plan.limits;
    json!({
        "agents": plan.agents.iter().map(agent).collect::<Vec<_>>(),
        "limits": {
            "coordination_ms": limits.coordination_ms,
            "turn_ms": limits.turn_ms,
            "presentation_ms": limits.presentation_ms,
            "idle_ms": limits.idle_ms,
            "max_new_answers_per_agent": limits.max_new_answers_per_agent,
            "max_activation_failures": limits.max_activation_failures,
            "wait_for_peers": limits.wait_for_peers,
        },
        "folders": services::folders(&plan.folders),
        "ui": { "display_type": plan.ui.display_type.name() },
    })
}

fn agent(agent: &AgentPlan) -> Value {
    json!({
        "id": agent.id,
        "system_message": agent.system_message,
        "backend": backend(&agent.backend),
        "services": services::services(&agent.services),
    })
}

fn backend(backend: &BackendPlan) -> Value {
    let url = |url: &Option<String>| url.as_deref().map(public_url);
    json!({
        "type": backend.type_name,
        "model": backend.model,
        "base_url": url(&backend.base_url),
        "base_url_override": url(&backend.base_url_override),
        "api_key": backend.api_key.as_ref().map(|_| HIDDEN),
        "options": object(&backend.options_as_written),
    })
}

/// Without user, password and query, where gateways put their keys.
fn public_url(url: &str) -> String {
    let Ok(mut url) = Url::parse(url) else {
        return HIDDEN.to_owned();
    };
    let secret = !url.username().is_empty() || url.password().is_some();
    if secret && (url.set_username(HIDDEN).is_err() || url.set_password(None).is_err()) {
        return HIDDEN.to_owned();
    }
    if url.query().is_some() {
        url.set_query(Some(HIDDEN));
    }
    url.to_string()
}

fn object(map: &Map<String, Value>) -> Value {
    let entries = map.iter().map(|(key, value)| {
        let value = match value {
            // A header may be a key whatever its name is.
            Value::Object(headers) if key == "extra_headers" => hidden(headers),
            value if is_secret(key) && !is_count(key, value) => HIDDEN.into(),
            value => shown(value),
        };
        (key.clone(), value)
    });
    Value::Object(entries.collect())
}

fn hidden(map: &Map<String, Value>) -> Value {
    let hidden = |key: &String| (key.clone(), Value::from(HIDDEN));
    map.keys().map(hidden).collect()
}

fn shown(value: &Value) -> Value {
    match value {
        Value::Object(map) => object(map),
        Value::Array(items) => items.iter().map(shown).collect(),
        other => other.clone(),
    }
}

/// Words in the names under which keys and passwords are kept. The crate `transport`, on which
/// this one cannot depend, holds the same list for headers and query parameters.
const WORDS: [&str; 8] = [
    "auth",
    "bearer",
    "cookie",
    "credential",
    "key",
    "password",
    "secret",
    "token",
];

pub(crate) fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    WORDS.iter().any(|word| key.contains(word))
}

/// Counts of tokens are no secrets.
fn is_count(key: &str, value: &Value) -> bool {
    value.is_number() && key.to_ascii_lowercase().contains("tokens")
}
