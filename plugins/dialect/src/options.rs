//! The keys of `backend:` that reach a plugin, sorted by what they are for.
//!
//! Everything not named here goes into the body as it is: that is how v0.0.22 treats unknown keys,
//! and the only way users have to reach a provider's own parameters (spec config-and-cli §8.4).

use massgen_plugin::chat::Params;
use massgen_plugin::{Fault, FaultCode, tracing};
use serde_json::{Map, Number, Value};

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
    "mcp_sdk_auto",
    "mcp_servers",
    "messages",
    "model",
    "provider",
    "provider_name",
    "session_id",
    "stream",
    "tools",
    "type",
    "use_multi_mcp",
];

/// Switches for tools of providers: those that a plugin does not claim have no effect (spec
/// backends §4).
const SWITCHES: &[&str] = &[
    "enable_code_execution",
    "enable_code_interpreter",
    "enable_url_context",
    "enable_web_fetch",
    "enable_web_search",
];

/// What the options mean.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Members for the body.
    pub body: Vec<(String, Value)>,
    /// `extra_headers`.
    pub headers: Vec<(String, String)>,
    /// `extra_query`, encoded.
    pub query: String,
    /// `timeout`, for the first and between any two payloads.
    pub timeout_ms: Option<u64>,
    /// `strict_tools`, in place of the quirk.
    pub strict_tools: Option<bool>,
    /// What the plugin claimed, for itself to read.
    pub claimed: Map<String, Value>,
    ignored: Vec<String>,
}

impl Options {
    /// Sorts them; `claims` are the keys that the plugin itself has a use for.
    ///
    /// # Errors
    ///
    /// [`FaultCode::CONFIG`] naming a key whose value is not of its form.
    pub fn read(options: Map<String, Value>, claims: &[&str]) -> Result<Self, Fault> {
        let mut read = Self::default();
        let mut extra = Map::new();
        for (key, value) in options {
            match (key.as_str(), value) {
                (_, Value::Null) => {}
                (name, value) if claims.contains(&name) => {
                    read.claimed.insert(key, value);
                }
                ("extra_body", Value::Object(members)) => extra = members,
                ("extra_headers", Value::Object(all)) => read.headers = texts(all),
                ("extra_query", Value::Object(all)) => read.query = encoded(all),
                ("timeout", Value::Number(time)) => read.timeout_ms = milliseconds(&time),
                ("strict_tools", Value::Bool(strict)) => read.strict_tools = Some(strict),
                (name, _) if is_setting(name) => return Err(unfit(name)),
                (name, Value::Bool(true)) if SWITCHES.contains(&name) => read.ignored.push(key),
                (_, value) => read.member(key, value),
            }
        }
        for (name, value) in extra {
            read.body.retain(|(known, _)| *known != name);
            read.member(name, value);
        }
        Ok(read)
    }

    fn member(&mut self, name: String, value: Value) {
        let key = name.as_str();
        // A label for people, but OpenRouter's preferences when it is a mapping.
        let is_preference = key == "provider" && value.is_object();
        let is_known = NOT_FOR_THE_BODY.contains(&key) || SWITCHES.contains(&key);
        let is_withheld = is_known && !is_preference;
        if !is_withheld && !value.is_null() {
            self.body.push((name, value));
        }
    }

    /// Whether a claimed switch is on.
    pub fn is_on(&self, switch: &str) -> bool {
        self.claimed.get(switch).and_then(Value::as_bool) == Some(true)
    }

    /// How hard to think: what the call says, else a claimed `reasoning_effort`.
    pub fn effort(&self, params: &Params) -> Option<String> {
        let call = params.reasoning_effort;
        let call = call.and_then(|it| serde_json::to_value(it).ok());
        let word = call.as_ref().or(self.claimed.get("reasoning_effort"))?;
        word.as_str().map(ToOwned::to_owned)
    }

    /// Says which switches have no effect; `also` is one that was claimed in vain. Said with every
    /// call, because sessions of one backend share nothing that depends on their order.
    pub fn warn_of_ignored(&self, also: Option<&str>) {
        let ignored = self.ignored.iter().map(String::as_str).chain(also);
        let keys: Vec<_> = ignored.collect();
        if !keys.is_empty() {
            let keys = keys.join(", ");
            tracing::warn!("this backend has no such tool, the key is ignored: {keys}");
        }
    }
}

/// Options that say how to send and not what.
fn is_setting(key: &str) -> bool {
    matches!(
        key,
        "extra_body" | "extra_headers" | "extra_query" | "timeout" | "strict_tools"
    )
}

fn unfit(key: &str) -> Fault {
    let form = match key {
        "timeout" => "number of seconds",
        "strict_tools" => "switch",
        _ => "mapping",
    };
    Fault::new(FaultCode::CONFIG, format!("`{key}` is no {form}"))
}

fn texts(map: Map<String, Value>) -> Vec<(String, String)> {
    let text = |value| match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => serde_json::to_string(&other).ok(),
    };
    let members = map.into_iter();
    members
        .filter_map(|(name, value)| Some((name, text(value)?)))
        .collect()
}

fn encoded(map: Map<String, Value>) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(texts(map))
        .finish()
}

/// Seconds in milliseconds; nothing for a time that is not positive.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, and the sign is checked"
)]
fn milliseconds(time: &Number) -> Option<u64> {
    let seconds = time.as_f64().filter(|seconds| *seconds > 0.0)?;
    Some((seconds * 1000.0) as u64)
}
