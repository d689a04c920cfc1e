//! Names and numbers of the interface, as data.

use dialect::version::{self, Version};
use massgen_plugin::chat::Opaque;
use serde_json::{Value, json};

/// The backend type, which names what is replayed.
pub(crate) const PROVIDER: &str = "gemini";

/// Switches of the configuration and the tools of the provider that they stand for.
pub(crate) const SERVER_TOOLS: &[(&str, &str)] = &[
    ("enable_web_search", "googleSearch"),
    ("enable_code_execution", "codeExecution"),
    ("enable_url_context", "urlContext"),
];

/// Members of the request's top level; every other option belongs into `generationConfig`.
pub(crate) const TOP_LEVEL: &[&str] = &[
    "cachedContent",
    "generationConfig",
    "labels",
    "safetySettings",
    "serviceTier",
    "store",
    "systemInstruction",
];

/// Other names of members.
pub(crate) const RENAMED: &[(&str, &str)] =
    &[("maxTokens", "maxOutputTokens"), ("stop", "stopSequences")];

/// What says that a call has no signature because this model did not make it.
pub(crate) const NO_SIGNATURE: &str = "skip_thought_signature_validator";

/// The first models that think at all; that take a level in place of a budget, demand signatures,
/// and take functions together with tools of the provider.
pub(crate) const THINKS: Version = (2, 5);
/// See [`THINKS`].
pub(crate) const LEVELS: Version = (3, 0);

/// What an effort means for models that take a budget: the provider's own table.
pub(crate) const BUDGETS: &[(&str, i64)] = &[
    ("none", 0),
    ("minimal", 1024),
    ("low", 1024),
    ("medium", 8192),
    ("high", 24_576),
];

/// The generation of a model; `None` for one of another family, for example Gemma.
pub(crate) fn generation(model: &str) -> Option<Version> {
    version::of(model, "gemini")
}

/// A part to be replayed, with the model that alone may be given it and, for a call, the id that
/// the host knows it by.
pub(crate) fn opaque(model: &str, part: Value, call: Option<&str>) -> Opaque {
    Opaque {
        provider: PROVIDER.to_owned(),
        value: json!({ "model": model, "part": part, "call": call }),
    }
}

/// Whether this model made a value of [`opaque`].
pub(crate) fn is_of(opaque: &Opaque, model: &str) -> bool {
    opaque.provider == PROVIDER && opaque.value["model"] == model
}
