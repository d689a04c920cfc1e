//! The end of a reply: why it ended, and what it took.

use dialect::{Json, cost, fault};
use massgen_plugin::chat::{FinishReason, Usage};
use massgen_plugin::{Fault, FaultCode};

use super::{Reading, Reply};

impl Reading<'_, '_, '_> {
    /// A terminal event, or a whole response.
    pub(super) fn ends(&mut self, response: &Json<'_>, kind: &str) -> Result<(), Fault> {
        let named = kind.strip_prefix("response.").unwrap_or("");
        let status = response.get("status").text().unwrap_or(named);
        if !matches!(status, "completed" | "incomplete") {
            return Err(failed(response, status));
        }
        // Items that no event finished.
        for item in response
            .get("output")
            .items()
            .iter()
            .skip(self.reply.finished)
        {
            self.item_ends(&Json::Null, item);
        }
        self.cut_calls();
        self.reply
            .citations
            .read(response.get("citations").items(), self.out);
        let usage = response.get("usage");
        if !usage.is_nothing() {
            self.out.usage(read(usage, self.reply.searches));
        }
        let why = response.get("incomplete_details").get("reason").text();
        let finish = match status {
            "completed" => self.reply.finish(),
            _ => cut(why.unwrap_or("")),
        };
        self.reply.course.done(finish, self.out);
        Ok(())
    }
}

impl Reply {
    fn finish(&self) -> FinishReason {
        match (self.called, self.refused && !self.said) {
            (true, _) => FinishReason::ToolCalls,
            (false, true) => FinishReason::Refusal,
            (false, false) => FinishReason::Stop,
        }
    }
}

fn cut(why: &str) -> FinishReason {
    match why {
        "max_output_tokens" | "max_tokens" => FinishReason::Length,
        "content_filter" => FinishReason::ContentFilter,
        _ => FinishReason::Other,
    }
}

fn failed(response: &Json<'_>, status: &str) -> Fault {
    let error = response.get("error");
    if error.is_nothing() {
        let text = format!("the server gave the reply up: {status}");
        return Fault::new(FaultCode::UPSTREAM, text);
    }
    fault::of(error, &error.to_value().to_string())
}

fn read(usage: &Json<'_>, searches: u64) -> Usage {
    let input = usage.get("input_tokens_details");
    Usage {
        input: usage.get("input_tokens").number(),
        cached_input: input.get("cached_tokens").number(),
        cache_write: input.get("cache_write_tokens").number(),
        output: usage.get("output_tokens").number(),
        reasoning: usage
            .get("output_tokens_details")
            .get("reasoning_tokens")
            .number(),
        server_tools: (searches > 0).then_some(searches),
        cost_micro_usd: cost::micro_usd(usage, false),
    }
}
