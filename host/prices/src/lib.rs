//! What a model call costs, from one dated table that is data.
//!
//! A price belongs to the host of the configured address and to a model of that provider, so a
//! local server that calls its model `gpt-4o` costs nothing that this table knows of. Among
//! several names the longest wins, and what follows it in the model's name must be a date, a
//! version number or `latest`: `gpt-5-pro` is never priced as `gpt-5`. An unknown price is no
//! price, never 0 and never a guess (spec backends §13).

use std::sync::LazyLock;

use massgen_plugin::chat::Usage;
use massgen_plugin::metadata::host_matches;
use serde::Deserialize;

/// The table of this version of massgen.
static TABLE: LazyLock<Vec<Provider>> = LazyLock::new(|| read(include_str!("prices.json")));

/// The table; empty when it is none, which a test rules out for the one that is shipped.
fn read(text: &str) -> Vec<Provider> {
    let table: Result<Table, _> = serde_json::from_str(text);
    table.map(|it| it.providers).unwrap_or_default()
}

#[derive(Debug, Deserialize)]
struct Table {
    providers: Vec<Provider>,
}

/// The price page of one provider.
#[derive(Debug, Deserialize)]
struct Provider {
    /// Host suffixes of its addresses, whole labels.
    hosts: Vec<String>,
    /// US dollars for one call of a tool that runs at the provider; absent: not known.
    per_call: Option<f64>,
    models: Vec<Model>,
}

#[derive(Debug, Deserialize)]
struct Model {
    model: String,
    #[serde(flatten)]
    rates: Rates,
    /// What holds for the whole call when its prompt is longer.
    above: Option<Above>,
}

#[derive(Debug, Deserialize)]
struct Above {
    input_tokens: u64,
    #[serde(flatten)]
    rates: Rates,
}

/// US dollars per million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
struct Rates {
    input: f64,
    /// Absent: cached tokens cost what others cost.
    cached_input: Option<f64>,
    /// Absent: writing to the cache costs what reading the prompt costs.
    cache_write: Option<f64>,
    output: f64,
}

/// What one model at one provider costs.
#[derive(Debug, Clone, Copy)]
pub struct Price {
    model: &'static Model,
    per_call: Option<f64>,
}

/// The price of this model at the provider with this host; `None` when it is not known.
pub fn price(host: &str, model: &str) -> Option<Price> {
    let provider = TABLE
        .iter()
        .find(|it| it.hosts.iter().any(|suffix| host_matches(host, suffix)))?;
    let model = model.to_ascii_lowercase();
    let named = provider
        .models
        .iter()
        .filter(|it| model.strip_prefix(&*it.model).is_some_and(is_release));
    let model = named.max_by_key(|it| it.model.len())?;
    Some(Price {
        model,
        per_call: provider.per_call,
    })
}

/// Whether the rest of a model's name only says which release it is: `-2025-08-07`, `-20250514`,
/// `-001`, `-latest` or nothing.
fn is_release(rest: &str) -> bool {
    let Some(rest) = rest.strip_prefix('-') else {
        return rest.is_empty();
    };
    let is_number = |it: &str| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit());
    let mut pieces = rest.split('-');
    let first = pieces.next().unwrap_or_default();
    // One or two digits are a version, which has its own price: `claude-opus-4-5`.
    let begins = first == "latest" || (is_number(first) && first.len() > 2);
    begins && pieces.all(is_number)
}

impl Price {
    /// The cost of a call in millionths of a US dollar, rounded to the nearest.
    ///
    /// Cached tokens and those written to a cache are part of `input`, reasoning is part of
    /// `output`. `None` when a count is missing, or when tools were paid for whose price is not
    /// known.
    pub fn micro_usd(&self, usage: &Usage) -> Option<u64> {
        let (input, output) = (usage.input?, usage.output?);
        let rates = self.rates(input);
        let cached = usage.cached_input.unwrap_or(0);
        let written = usage.cache_write.unwrap_or(0);
        let plain = input.saturating_sub(cached).saturating_sub(written);
        let tokens = [
            (plain, rates.input),
            (cached, rates.cached_input.unwrap_or(rates.input)),
            (written, rates.cache_write.unwrap_or(rates.input)),
            (output, rates.output),
        ];
        // Dollars per million tokens are millionths of a dollar per token.
        let tokens: f64 = tokens
            .iter()
            .map(|(count, rate)| number(*count) * rate)
            .sum();
        let calls = match usage.server_tools.unwrap_or(0) {
            0 => 0.0,
            count => number(count) * self.per_call? * 1e6,
        };
        Some(whole(tokens + calls))
    }

    fn rates(&self, input: u64) -> Rates {
        let above = self.model.above.as_ref();
        let long = above.filter(|it| input > it.input_tokens);
        long.map_or(self.model.rates, |it| it.rates)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of tokens are far below 2^52"
)]
fn number(count: u64) -> f64 {
    count as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a sum of products of what is not negative; the cast saturates"
)]
fn whole(cost: f64) -> u64 {
    cost.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(host: &str, model: &str, usage: Usage) -> Option<u64> {
        price(host, model)?.micro_usd(&usage)
    }

    fn million() -> Usage {
        Usage {
            input: Some(100_000),
            output: Some(100_000),
            ..Usage::default()
        }
    }

    #[test]
    fn the_shipped_table_is_sound() {
        let whole = TABLE.iter().flat_map(|it| &it.models);
        assert!(whole.clone().count() > 30);
        for model in whole {
            let rates = [Some(model.rates), model.above.as_ref().map(|it| it.rates)];
            for it in rates.into_iter().flatten() {
                assert!(0.0 < it.input && it.input < it.output, "{}", model.model);
                assert!(it.cached_input.is_none_or(|cached| cached < it.input));
                assert!(it.cache_write.is_none_or(|written| written > it.input));
            }
        }
        for provider in TABLE.iter() {
            let mut names: Vec<_> = provider.models.iter().map(|it| &it.model).collect();
            names.sort_unstable();
            assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
        }
    }

    #[test]
    fn the_longest_name_wins_and_only_releases_may_follow_it() {
        let dollars = |host, model| cost(host, model, million());
        let table = [
            ("api.openai.com", "gpt-4o", Some(1_250_000)),
            ("api.openai.com", "gpt-4o-2024-11-20", Some(1_250_000)),
            ("api.openai.com", "gpt-4o-2024-05-13", Some(2_000_000)),
            ("api.openai.com", "gpt-4o-mini-2024-07-18", Some(75_000)),
            ("api.openai.com", "GPT-5", Some(1_125_000)),
            ("api.openai.com", "gpt-5-pro", Some(13_500_000)),
            ("api.openai.com", "gpt-5-unheard-of", None),
            ("api.openai.com", "gpt-5.9", None),
            ("api.openai.com", "gpt-4o-audio-preview", None),
            (
                "api.anthropic.com",
                "claude-opus-4-20250514",
                Some(9_000_000),
            ),
            (
                "api.anthropic.com",
                "claude-opus-4-5-20251101",
                Some(3_000_000),
            ),
            ("api.anthropic.com", "claude-opus-4-99", None),
            (
                "api.anthropic.com",
                "claude-3-5-haiku-latest",
                Some(480_000),
            ),
            ("localhost", "gpt-4o", None),
            ("openai.com.example", "gpt-4o", None),
            ("fooopenai.com", "gpt-4o", None),
            ("api.openai.com", "", None),
        ];
        for (host, model, expected) in table {
            assert_eq!(dollars(host, model), expected, "{model} at {host}");
        }
    }

    #[test]
    fn cached_and_written_tokens_are_part_of_the_input_and_tools_are_paid_by_the_call() {
        let usage = Usage {
            input: Some(10_000),
            cached_input: Some(6_000),
            cache_write: Some(3_000),
            output: Some(1_000),
            reasoning: Some(900),
            server_tools: Some(2),
            cost_micro_usd: None,
        };
        // 1000·3 + 6000·0.3 + 3000·3.75 + 1000·15, and two searches of a cent.
        let expected = 3_000 + 1_800 + 11_250 + 15_000 + 20_000;
        let anthropic = "api.anthropic.com";
        assert_eq!(cost(anthropic, "claude-sonnet-4-5", usage), Some(expected));
        // What a search costs there is not in the table.
        let google = "generativelanguage.googleapis.com";
        assert_eq!(cost(google, "gemini-2.5-flash", usage), None);
    }

    #[test]
    fn a_long_prompt_has_its_own_price_for_all_of_the_call() {
        let usage = |input| Usage {
            input: Some(input),
            output: Some(10_000),
            ..Usage::default()
        };
        let google = |input| {
            let host = "generativelanguage.googleapis.com";
            cost(host, "gemini-2.5-pro", usage(input))
        };
        assert_eq!(google(200_000), Some(250_000 + 100_000));
        assert_eq!(google(200_001), Some(500_003 + 150_000));
    }

    #[test]
    fn what_the_provider_did_not_count_has_no_cost() {
        let usage = Usage {
            output: Some(5),
            ..Usage::default()
        };
        assert_eq!(cost("api.openai.com", "gpt-4o", usage), None);
    }
}
