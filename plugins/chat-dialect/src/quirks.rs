//! What differs between servers of this dialect, as data.
//!
//! A provider's row in `plugin.json` holds these under `quirks`; absent ones take the default,
//! which is what most servers do. Deliberately no code per provider (spec backends §4.1).

use massgen_plugin::{Config, Fault, FaultCode};
use serde_json::{Map, Value};

/// What a server does differently.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Whether `usage.cost` is an amount in US dollars. Default false.
    pub cost_in_usd: bool,
    /// Members of the body that turn the provider's web search on. Default none: it has no such
    /// tool, and `enable_web_search` is ignored with a warning.
    pub web_search: Map<String, Value>,
    /// What a model's name must contain so that it can search. Default nothing.
    pub web_search_models: String,
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
            cost_in_usd: false,
            web_search: Map::new(),
            web_search_models: String::new(),
        }
    }
}

/// Member of an assistant message that carries its reasoning back, on messages with tool calls.
///
/// Messages without calls never carry any: templates drop it there, and some servers answer 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// `none`: not sent.
    None,
    /// `reasoning`, as text.
    Reasoning,
    /// `reasoning_content`, as text.
    ReasoningContent,
    /// `reasoning_details`, unmodified.
    ReasoningDetails,
}

/// How the body says how hard to think.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EffortForm {
    /// `word`: `"reasoning_effort": WORD`.
    Word,
    /// `object`: `"reasoning": {"effort": WORD}`.
    Object,
    /// `thinking`: `"thinking": {"type": "enabled"}`, or `disabled` for the least effort.
    Thinking,
    /// `none`: there is no way to say it.
    None,
}

impl Quirks {
    /// Whether this model can search the web.
    pub(crate) fn searches(&self, model: &str) -> bool {
        !self.web_search.is_empty() && model.contains(&self.web_search_models)
    }

    /// These quirks with what the configuration says of the recognised provider on top.
    ///
    /// # Errors
    ///
    /// [`FaultCode::CONFIG`] for a quirk that does not exist or is not of its form.
    pub fn overlaid(mut self, config: &Config) -> Result<Self, Fault> {
        for (name, value) in &config.quirks {
            self.set(name, value).ok_or_else(|| {
                Fault::new(
                    FaultCode::CONFIG,
                    format!("quirk `{name}` does not exist or is not of its form"),
                )
            })?;
        }
        Ok(self)
    }

    fn set(&mut self, name: &str, value: &Value) -> Option<()> {
        match name {
            "length" => value.as_str()?.clone_into(&mut self.length),
            "stream_options" => self.stream_options = value.as_bool()?,
            "replay" => self.replay = Replay::named(value.as_str()?)?,
            "effort" => self.effort = EffortForm::named(value.as_str()?)?,
            "think_tags" => self.think_tags = value.as_bool()?,
            "strict_tools" => self.strict_tools = value.as_bool()?,
            "cost_in_usd" => self.cost_in_usd = value.as_bool()?,
            "web_search" => value.as_object()?.clone_into(&mut self.web_search),
            "web_search_models" => value.as_str()?.clone_into(&mut self.web_search_models),
            _ => return None,
        }
        Some(())
    }
}

impl Replay {
    fn named(word: &str) -> Option<Self> {
        Some(match word {
            "none" => Self::None,
            "reasoning" => Self::Reasoning,
            "reasoning_content" => Self::ReasoningContent,
            "reasoning_details" => Self::ReasoningDetails,
            _ => return None,
        })
    }
}

impl EffortForm {
    fn named(word: &str) -> Option<Self> {
        Some(match word {
            "word" => Self::Word,
            "object" => Self::Object,
            "thinking" => Self::Thinking,
            "none" => Self::None,
            _ => return None,
        })
    }
}
