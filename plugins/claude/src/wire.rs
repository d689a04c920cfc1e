//! Names and numbers of the interface, as data.
//!
//! The version is the one that every model and every compatible server takes, with sampling
//! parameters; a later one can be set in `extra_headers`.

use massgen_plugin::FaultCode;

/// The backend type, which names what is replayed.
pub(crate) const PROVIDER: &str = "claude";
/// Value of the header `anthropic-version`.
pub(crate) const VERSION: &str = "2023-06-01";
/// Most characters of a call's id; longer ones of other providers become a hash.
pub(crate) const ID_LENGTH: usize = 64;

/// Tools that run at the provider, in the order in which they are offered: the switch in the
/// configuration; the name, which is also the key whose members are added to the tool; and the
/// newest dated type that every model takes which has the tool at all.
pub(crate) const SERVER_TOOLS: &[(&str, &str, &str)] = &[
    ("enable_web_search", "web_search", "web_search_20250305"),
    ("enable_web_fetch", "web_fetch", "web_fetch_20250910"),
    (
        "enable_code_execution",
        "code_execution",
        "code_execution_20250825",
    ),
];

/// Dated types that need a value in the header `anthropic-beta`.
pub(crate) const BETAS: &[(&str, &str)] =
    &[("code_execution_20250522", "code-execution-2025-05-22")];

/// Words of an error, and what they mean; the status alone says "bad request" of all of them.
pub(crate) const ERRORS: &[(&str, FaultCode)] = &[
    ("credit balance", FaultCode::QUOTA),
    ("prompt is too long", FaultCode::CONTEXT_TOO_LONG),
    ("exceed context limit", FaultCode::CONTEXT_TOO_LONG),
    ("context window", FaultCode::CONTEXT_TOO_LONG),
    ("content filtering policy", FaultCode::CONTENT_FILTER),
];

/// Tokens of a reply when nothing says how many; the provider has no default.
pub(crate) const MAX_TOKENS: u64 = 4096;
/// The same for models that think as much as they see fit, which counts too.
pub(crate) const MAX_TOKENS_ADAPTIVE: u64 = 16_384;

/// The first models that can be told to think, that decide themselves how much, and that do so
/// without being told.
pub(crate) const THINKS: (u32, u32) = (3, 7);
/// See [`THINKS`].
pub(crate) const ADAPTIVE: (u32, u32) = (4, 6);
/// See [`THINKS`].
pub(crate) const ADAPTIVE_UNASKED: (u32, u32) = (5, 0);

/// Least tokens of a thinking budget.
pub(crate) const LEAST_BUDGET: u64 = 1024;
/// What an effort means for models that know budgets only.
pub(crate) const BUDGETS: &[(&str, u64)] = &[
    ("minimal", 1024),
    ("low", 2048),
    ("medium", 8192),
    ("high", 16_384),
    ("xhigh", 32_768),
    ("max", 32_768),
];
