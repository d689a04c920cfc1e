//! The keys of `backend:` that reach the dialect, sorted by what they are for.
//!
//! Everything not named here goes into the body as it is: that is how v0.0.22 treats unknown keys,
//! and the only way users have to reach a provider's own parameters (spec config-and-cli §8.4).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use massgen_plugin::tracing;
use massgen_plugin::{Fault, FaultCode};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Keys of the host, of other backends, and members that only a call can fill (spec backends §1.1).
/// A host keeps most of them to itself; one that does not must not make a provider fail.
const NOT_FOR_THE_BODY: &[&str] = &[
    "agent_id",
    "agent_temporary_workspace",
    "allowed_tools",
    "api_key",
    "base_url",
    "context_paths",
    "context_write_access_enabled",
    "cwd",
    "exclude_tools",
    "max_mcp_message_history",
    "mcp_servers",
    "messages",
    "model",
    "provider",
    "provider_name",
    "session_id",
    "stream",
    "tools",
    "type",
];

/// Switches for tools that this dialect has no wire form for (spec backends §4).
const SWITCHES: &[&str] = &[
    "enable_code_execution",
    "enable_code_interpreter",
    "enable_web_search",
];

/// What the options mean.
#[derive(Debug, Clone, Default)]
pub(super) struct Options {
    /// Members for the body; `extra_body` has won over plain keys.
    pub(super) body: Map<String, Value>,
    /// `extra_headers`.
    pub(super) headers: Vec<(String, String)>,
    /// `extra_query`, encoded.
    pub(super) query: String,
    /// `timeout`, for the first and between any two payloads.
    pub(super) timeout_ms: Option<u64>,
    ignored: Vec<String>,
    warned: Arc<AtomicBool>,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Known {
    extra_body: Map<String, Value>,
    extra_headers: Map<String, Value>,
    extra_query: Map<String, Value>,
    timeout: Option<f64>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Options {
    pub(super) fn read(options: &Map<String, Value>) -> Result<Self, Fault> {
        let given = options.iter().filter(|(_, value)| !value.is_null());
        let given = given
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let known: Known = serde_json::from_value(Value::Object(given)).map_err(|error| {
            Fault::new(FaultCode::CONFIG, format!("backend configuration: {error}"))
        })?;
        let mut body = known.rest;
        body.extend(known.extra_body);
        let ignored = SWITCHES
            .iter()
            .filter(|key| body.remove(**key) == Some(Value::Bool(true)))
            .map(ToString::to_string)
            .collect();
        body.retain(|key, value| !value.is_null() && !NOT_FOR_THE_BODY.contains(&key.as_str()));
        Ok(Self {
            body,
            headers: texts(&known.extra_headers).collect(),
            query: encoded(&known.extra_query),
            timeout_ms: known.timeout.map(milliseconds),
            ignored,
            warned: Arc::default(),
        })
    }

    /// Says once per backend which switches have no effect.
    pub(super) fn warn_once(&self) {
        if !self.ignored.is_empty() && !self.warned.swap(true, Ordering::Relaxed) {
            let keys = self.ignored.join(", ");
            tracing::warn!("this backend has no such tool, the key is ignored: {keys}");
        }
    }
}

fn texts(map: &Map<String, Value>) -> impl Iterator<Item = (String, String)> {
    map.iter().filter_map(|(name, value)| {
        let value = match value {
            Value::Null => return None,
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        Some((name.clone(), value))
    })
}

fn encoded(map: &Map<String, Value>) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(texts(map))
        .finish()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, and a negative time means none"
)]
fn milliseconds(seconds: f64) -> u64 {
    (seconds * 1000.0) as u64
}
