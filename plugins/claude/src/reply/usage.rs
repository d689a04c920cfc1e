//! Token counts; each event says all of them anew as far as it knows them.

use dialect::Json;
use massgen_plugin::chat::Usage;

/// Takes what an event says; what it does not say stays. Input is here what was neither read from
/// a cache nor written to one.
pub(super) fn read(counts: &mut Usage, usage: &Json<'_>) {
    let details = usage.get("output_tokens_details");
    // The one tool that is paid by the call.
    let searches = usage.get("server_tool_use").get("web_search_requests");
    let news = [
        (&mut counts.input, usage.get("input_tokens")),
        (
            &mut counts.cached_input,
            usage.get("cache_read_input_tokens"),
        ),
        (
            &mut counts.cache_write,
            usage.get("cache_creation_input_tokens"),
        ),
        (&mut counts.output, usage.get("output_tokens")),
        (&mut counts.reasoning, details.get("thinking_tokens")),
        (&mut counts.server_tools, searches),
    ];
    for (count, said) in news {
        *count = said.number().or(*count);
    }
}

/// The counts in the host's meaning: its input includes what came from a cache.
pub(super) fn total(mut counts: Usage) -> Usage {
    for cached in [counts.cached_input, counts.cache_write] {
        let cached = cached.unwrap_or(0);
        counts.input = counts.input.map(|input| input.saturating_add(cached));
    }
    counts
}
