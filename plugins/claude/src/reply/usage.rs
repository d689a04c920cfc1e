//! Token counts; each event says all of them anew as far as it knows them.

use dialect::Json;
use massgen_plugin::chat::Usage;

/// What was said last of each count.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// What was neither read from a cache nor written to one.
    fresh: Option<u64>,
    read: Option<u64>,
    written: Option<u64>,
    output: Option<u64>,
    thinking: Option<u64>,
    /// Web searches: the one tool that is paid by the call.
    searches: Option<u64>,
}

impl Counts {
    /// Takes what an event says; what it does not say stays.
    pub(super) fn read(&mut self, usage: &Json<'_>) {
        let details = usage.get("output_tokens_details");
        let tools = usage.get("server_tool_use");
        let news = [
            (&mut self.fresh, usage.get("input_tokens")),
            (&mut self.read, usage.get("cache_read_input_tokens")),
            (&mut self.written, usage.get("cache_creation_input_tokens")),
            (&mut self.output, usage.get("output_tokens")),
            (&mut self.thinking, details.get("thinking_tokens")),
            (&mut self.searches, tools.get("web_search_requests")),
        ];
        for (count, said) in news {
            *count = said.number().or(*count);
        }
    }

    /// The counts in the host's meaning: its input includes what came from a cache.
    pub(super) fn usage(&self) -> Usage {
        let cached = [self.read, self.written].into_iter().flatten();
        let cached = cached.fold(0, u64::saturating_add);
        Usage {
            input: self.fresh.map(|fresh| fresh.saturating_add(cached)),
            cached_input: self.read,
            cache_write: self.written,
            output: self.output,
            reasoning: self.thinking,
            server_tools: self.searches,
            ..Usage::default()
        }
    }
}
