//! What a run cost, in a few words for people. What is not known is said and never guessed.

use events::Tally;

/// `; 1200 tokens in, 34 out; $0.0123`, or nothing when no model answered.
pub(crate) fn bill(usage: &Tally) -> String {
    if usage.calls == 0 {
        return String::new();
    }
    let pieces = [tokens(usage), cost(usage)];
    let pieces = pieces.into_iter().flatten();
    pieces.map(|piece| format!("; {piece}")).collect()
}

fn tokens(usage: &Tally) -> Option<String> {
    let (input, output) = (usage.tokens.input, usage.tokens.output);
    (input.is_some() || output.is_some()).then(|| {
        let word = |count: Option<u64>| count.map_or("?".to_owned(), |it| it.to_string());
        format!("{} tokens in, {} out", word(input), word(output))
    })
}

/// Nothing for calls that brought nothing: they cost nothing either.
fn cost(usage: &Tally) -> Option<String> {
    let (calls, unpriced) = (usage.calls, usage.unpriced_calls);
    let cost = match usage.tokens.cost_micro_usd {
        Some(cost) if unpriced == 0 => dollars(cost),
        Some(cost) => format!(
            "at least {}: what {unpriced} of {calls} calls cost is not known",
            dollars(cost)
        ),
        None if unpriced == 0 => return None,
        None => "what it cost is not known".to_owned(),
    };
    Some(cost)
}

/// Four places, rounded up, so that what cost something never looks free.
fn dollars(micro: u64) -> String {
    let hundredths = micro.div_ceil(100);
    format!("${}.{:04}", hundredths / 10_000, hundredths % 10_000)
}

#[cfg(test)]
mod tests {
    use events::Usage;

    use super::*;

    fn check(calls: u64, cost: Option<u64>, unpriced_calls: u64, expected: &str) {
        let usage = Tally {
            calls,
            tokens: Usage {
                input: Some(1200),
                cost_micro_usd: cost,
                ..Usage::default()
            },
            unpriced_calls,
        };
        assert_eq!(bill(&usage), expected);
    }

    #[test]
    fn a_bill_says_what_is_known_and_that_something_is_not() {
        check(0, None, 0, "");
        check(9, None, 0, "; 1200 tokens in, ? out");
        check(2, Some(1_234_501), 0, "; 1200 tokens in, ? out; $1.2346");
        check(
            3,
            Some(1),
            2,
            "; 1200 tokens in, ? out; at least $0.0001: what 2 of 3 calls cost is not known",
        );
        check(
            1,
            None,
            1,
            "; 1200 tokens in, ? out; what it cost is not known",
        );
    }
}
