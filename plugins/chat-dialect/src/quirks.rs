//! What differs between servers of this dialect, as data.
//!
//! A provider's row in `plugin.json` holds these under `quirks`; absent ones take the default, which
//! is what most servers do. Deliberately no code per provider (spec backends §4.1).

use massgen_plugin::{Config, Fault, FaultCode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a server does differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quirks {
    /// Name of the body's member that limits the length: `max_tokens` (default) or
    /// `max_completion_tokens`.
    pub length: String,
    /// Whether `stream_options` is understood, which asks for usage. Default true.
    pub stream_options: bool,
    /// How reasoning goes back to the server. Default not at all.
    pub replay: Replay,
    /// How the body says how hard to think. Default `reasoning_effort`.
    pub effort: EffortForm,
    /// Whether a `<think>` block at the very start of the text is reasoning. Default true.
    pub think_tags: bool,
    /// Whether each function carries `"strict": true`. Default false.
    pub strict_tools: bool,
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            length: "max_tokens".into(),
            stream_options: true,
            replay: Replay::None,
            effort: EffortForm::Word,
            think_tags: true,
            strict_tools: false,
        }
    }
}

/// Member of an assistant message that carries its reasoning back, on messages with tool calls.
///
/// Messages without calls never carry any: templates drop it there, and some servers answer 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Replay {
    /// Not sent.
    None,
    /// `reasoning`, as text.
    Reasoning,
    /// `reasoning_content`, as text.
    ReasoningContent,
    /// `reasoning_details`, unmodified.
    ReasoningDetails,
}

/// How the body says how hard to think.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffortForm {
    /// `"reasoning_effort": WORD`.
    Word,
    /// `"reasoning": {"effort": WORD}`.
    Object,
    /// There is no way to say it.
    None,
}

impl Quirks {
    /// These quirks with what the configuration says of the recognised provider on top.
    ///
    /// # Errors
    ///
    /// [`FaultCode::CONFIG`] for a quirk that does not exist or is not of its form.
    pub fn overlaid(&self, config: &Config) -> Result<Self, Fault> {
        let mut all = match serde_json::to_value(self) {
            Ok(Value::Object(all)) => all,
            _ => Map::new(),
        };
        all.extend(config.quirks.clone());
        serde_json::from_value(Value::Object(all))
            .map_err(|error| Fault::new(FaultCode::CONFIG, format!("quirks: {error}")))
    }
}
