//! Token counts under the names that providers give them (spec backends §11 B).

use massgen_plugin::chat::Usage;

use dialect::{Json, cost};

/// What the server says the call took; absent counts stay absent. `in_usd`: see
/// [`cost::micro_usd`].
pub(super) fn read(usage: &Json<'_>, in_usd: bool) -> Usage {
    let prompt = usage.get("prompt_tokens_details");
    let cached = prompt.get("cached_tokens");
    let cached = cached
        .or(usage.get("prompt_cache_hit_tokens"))
        .or(usage.get("cached_tokens"));
    let completion = usage.get("completion_tokens_details");
    Usage {
        input: usage.get("prompt_tokens").number(),
        cached_input: cached.number(),
        cache_write: prompt.get("cache_write_tokens").number(),
        output: usage.get("completion_tokens").number(),
        reasoning: completion.get("reasoning_tokens").number(),
        cost_micro_usd: cost::micro_usd(usage, in_usd),
        ..Usage::default()
    }
}
