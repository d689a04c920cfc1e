//! Names and numbers of the interface, as data.

use dialect::history;
use dialect::version::{self, Version};
use massgen_plugin::FaultCode;
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

/// Parts of a reply that a tool of the provider made: the member that makes it one; the tool,
/// unless the part names it; whether the tool is over with it; and the member that is told in words.
pub(crate) const SERVED: &[(&str, &str, bool, &str)] = &[
    ("executableCode", "code_execution", false, "code"),
    ("codeExecutionResult", "code_execution", true, "output"),
    ("toolCall", "tool", false, "args"),
    ("toolResponse", "tool", true, ""),
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

/// Members of a call's parameters that belong into `generationConfig` too.
pub(crate) const SAMPLING: &[&str] = &["temperature", "top_p", "max_output_tokens", "stop", "seed"];

/// Other names of members.
pub(crate) const RENAMED: &[(&str, &str)] =
    &[("maxTokens", "maxOutputTokens"), ("stop", "stopSequences")];

/// Words of an error, and what they mean; the status alone says "bad request" of all of them.
pub(crate) const ERRORS: &[(&str, FaultCode)] = &[
    ("api key not valid", FaultCode::AUTH),
    ("api key expired", FaultCode::AUTH),
    ("api_key_invalid", FaultCode::AUTH),
    ("input token count", FaultCode::CONTEXT_TOO_LONG),
];

/// What says that a call has no signature because this model did not make it.
pub(crate) const NO_SIGNATURE: &str = "skip_thought_signature_validator";

/// The first models that think at all; that take a level in place of a budget, demand signatures,
/// and take functions together with tools of the provider.
pub(crate) const THINKS: Version = (2, 5);
/// See [`THINKS`].
pub(crate) const LEVELS: Version = (3, 0);
/// The first larger models that have a medium level.
pub(crate) const MEDIUM: Version = (3, 1);

/// What an effort means for models that take a budget: the provider's own table.
pub(crate) const BUDGETS: &[(&str, i64)] = &[
    ("none", 0),
    ("minimal", 1024),
    ("low", 1024),
    ("medium", 8192),
    ("high", 24_576),
];

/// Whether a model is of this generation or a later one; one of another family, for example
/// Gemma, is not.
pub(crate) fn is_from(model: &str, generation: Version) -> bool {
    version::of(model, "gemini") >= Some(generation)
}

/// A part to be replayed, with the model that alone may be given it and, for a call, the id that
/// the host knows it by.
pub(crate) fn opaque(model: &str, part: Value, call: Option<&str>) -> Opaque {
    let value = json!({ "model": model, "part": part, "call": call });
    history::opaque(PROVIDER, value)
}

/// Whether this model made a value of [`opaque`].
pub(crate) fn is_of(opaque: &Opaque, model: &str) -> bool {
    opaque.provider == PROVIDER && opaque.value["model"] == model
}
