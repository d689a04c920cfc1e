//! The keys of `backend:` that reach the dialect, sorted by what they are for.
//!
//! Everything not named here goes into the body as it is: that is how v0.0.22 treats unknown keys,
//! and the only way users have to reach a provider's own parameters (spec config-and-cli §8.4).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use massgen_plugin::tracing;
use massgen_plugin::{Fault, FaultCode};
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
    pub(super) body: Vec<(String, Value)>,
    /// `extra_headers`.
    pub(super) headers: Vec<(String, String)>,
    /// `extra_query`, encoded.
    pub(super) query: String,
    /// `timeout`, for the first and between any two payloads.
    pub(super) timeout_ms: Option<u64>,
    ignored: Vec<String>,
    warned: Arc<AtomicBool>,
}

impl Options {
    pub(super) fn read(options: &Map<String, Value>) -> Result<Self, Fault> {
        let extra = object(options, "extra_body")?;
        let plain = options
            .iter()
            .filter(|(key, _)| !extra.contains_key(*key) && !is_of_sdk(key));
        let all = plain.chain(&extra);
        let body = all.filter(|(key, value)| !value.is_null() && !is_withheld(key));
        let is_on = |key: &&&str| options.get(**key) == Some(&Value::Bool(true));
        let ignored = SWITCHES
            .iter()
            .filter(is_on)
            .map(ToString::to_string)
            .collect();
        Ok(Self {
            body: body
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
            headers: texts(&object(options, "extra_headers")?).collect(),
            query: encoded(&object(options, "extra_query")?),
            timeout_ms: seconds(options.get("timeout"))?,
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

fn is_withheld(key: &str) -> bool {
    NOT_FOR_THE_BODY.contains(&key) || SWITCHES.contains(&key)
}

/// Options of the SDK that the reference uses; they say how to send, not what.
fn is_of_sdk(key: &str) -> bool {
    matches!(
        key,
        "extra_body" | "extra_headers" | "extra_query" | "timeout"
    )
}

/// An option that must be an object; an absent one is empty.
fn object(options: &Map<String, Value>, key: &str) -> Result<Map<String, Value>, Fault> {
    match options.get(key) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(object)) => Ok(object.clone()),
        Some(_) => Err(Fault::new(
            FaultCode::CONFIG,
            format!("`{key}` is no mapping"),
        )),
    }
}

fn texts(map: &Map<String, Value>) -> impl Iterator<Item = (String, String)> {
    map.iter().filter_map(|(name, value)| {
        let value = match value {
            Value::Null => return None,
            Value::String(text) => text.clone(),
            other => serde_json::to_string(other).unwrap_or_default(),
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
    reason = "the cast saturates, and the sign is checked"
)]
fn seconds(value: Option<&Value>) -> Result<Option<u64>, Fault> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_f64() {
            Some(seconds) if seconds > 0.0 => Ok(Some((seconds * 1000.0) as u64)),
            _ => Err(Fault::new(
                FaultCode::CONFIG,
                "`timeout` is no positive number of seconds",
            )),
        },
    }
}
