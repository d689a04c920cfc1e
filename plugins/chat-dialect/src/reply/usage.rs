//! Token counts under the names that providers give them (spec backends §11 B).

use massgen_plugin::chat::Usage;
use serde_json::Value;

/// What the server says the call cost; absent counts stay absent.
pub(super) fn read(usage: &Value) -> Usage {
    let count = |pointers: &[&str]| pointers.iter().find_map(|it| usage.pointer(it)?.as_u64());
    Usage {
        input: count(&["/prompt_tokens"]),
        cached_input: count(&[
            "/prompt_tokens_details/cached_tokens",
            "/prompt_cache_hit_tokens",
            "/cached_tokens",
        ]),
        cache_write: count(&["/prompt_tokens_details/cache_write_tokens"]),
        output: count(&["/completion_tokens"]),
        reasoning: count(&["/completion_tokens_details/reasoning_tokens"]),
    }
}
