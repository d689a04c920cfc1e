//! How long a provider asks to wait: in headers, or in the words of its error message.
//!
//! Headers: `retry-after-ms`, and `Retry-After` in seconds or as a date (RFC 9110, 10.2.3). Words:
//! OpenAI's "try again in 1.2s", Gemini's `"retryDelay": "12s"`, Azure's "retry after 20 seconds".

use std::time::{Duration, SystemTime};

/// The wish in the headers; `now` is for dates. A date in the past is no wait at all.
pub fn after_from_headers(headers: &[(String, String)], now: SystemTime) -> Option<Duration> {
    if let Some(ms) = header(headers, "retry-after-ms").and_then(|value| value.parse().ok()) {
        return seconds(1e-3, ms);
    }
    let value = header(headers, "retry-after")?;
    if let Ok(number) = value.parse() {
        return seconds(1.0, number);
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

/// What `x-should-retry` says, by which OpenAI and Anthropic overrule the status.
pub fn should_retry(headers: &[(String, String)]) -> Option<bool> {
    header(headers, "x-should-retry")?.parse().ok()
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = headers
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim())
}

/// Words after which a duration stands.
const CUES: [&str; 7] = [
    "retrydelay",
    "retry_after",
    "retry-after",
    "retry after",
    "retry in",
    "try again in",
    "try again after",
];

/// The wish in an error text, by the first cue that a duration follows.
pub fn after_from_text(text: &str) -> Option<Duration> {
    let text = text.to_ascii_lowercase();
    CUES.iter().find_map(|cue| {
        text.match_indices(cue)
            .find_map(|(at, cue)| duration(&text[at + cue.len()..]))
    })
}

/// Reads `1.2s`, `6m0s`, `20 seconds`, `": "12s"`; a bare number is in seconds.
fn duration(text: &str) -> Option<Duration> {
    let punctuation = |c: char| c.is_whitespace() || matches!(c, ':' | '=' | '"' | '\'' | '\\');
    let mut rest = text.trim_start_matches(punctuation);
    let mut total = None::<Duration>;
    while let Some((amount, unit, after)) = component(rest) {
        let Some(scale) = scale(unit) else { break };
        total = Some(
            total
                .unwrap_or_default()
                .saturating_add(seconds(scale, amount)?),
        );
        rest = after;
    }
    total
}

/// Splits a number and its unit off the front.
fn component(text: &str) -> Option<(f64, &str, &str)> {
    let text = text.trim_start();
    let digits = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    // A full stop that ends the sentence is no decimal point.
    let amount = text[..digits].trim_end_matches('.').parse().ok()?;
    let rest = text[digits..].trim_start();
    let letters = rest
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(rest.len());
    Some((amount, &rest[..letters], &rest[letters..]))
}

fn scale(unit: &str) -> Option<f64> {
    Some(match unit {
        "ms" | "millisecond" | "milliseconds" => 1e-3,
        "" | "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
        "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
        "h" | "hour" | "hours" => 3600.0,
        _ => return None,
    })
}

fn seconds(scale: f64, amount: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(scale * amount).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_say_seconds_milliseconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_445_412_480); // 07:28:00
        let table = [
            (vec![("retry-after", "7")], Some(7.0)),
            (vec![("Retry-After", " 1.5 ")], Some(1.5)),
            (
                vec![("retry-after", "7"), ("retry-after-ms", "250")],
                Some(0.25),
            ),
            (
                vec![("retry-after", "Wed, 21 Oct 2015 07:28:30 GMT")],
                Some(30.0),
            ),
            (
                vec![("retry-after", "Wed, 21 Oct 2015 07:00:00 GMT")],
                Some(0.0),
            ),
            (vec![("retry-after", "soon")], None),
            (vec![("retry-after", "-1")], None),
            (vec![("retry-after", "NaN")], None),
            (vec![], None),
        ];
        for (headers, expected) in table {
            let headers: Vec<_> = headers
                .into_iter()
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .collect();
            let found = after_from_headers(&headers, now).map(|wait| wait.as_secs_f64());
            assert_eq!(found, expected, "{headers:?}");
        }
    }

    #[test]
    fn texts_say_it_in_many_words() {
        let table = [
            (
                "Rate limit reached. Please try again in 1.2s. Visit the site.",
                Some(1.2),
            ),
            ("Please try again in 20ms.", Some(0.02)),
            ("Please try again in 6m0.5s.", Some(360.5)),
            ("try again in 1h2m3s", Some(3723.0)),
            (r#"{"@type":"RetryInfo","retryDelay": "12s"}"#, Some(12.0)),
            (r#"{\"retryDelay\":\"7.5s\"}"#, Some(7.5)),
            ("Please retry after 20 seconds.", Some(20.0)),
            ("Please retry in 14.29s.", Some(14.29)),
            (r#"{"retry_after": 3}"#, Some(3.0)),
            ("Try again in 5.", Some(5.0)),
            ("try again in 2 minutes 30 seconds or so", Some(150.0)),
            ("Please try again in a while", None),
            ("Please retry after fixing line 12", None),
            ("try again in 3 apples", None),
            ("wrong key", None),
        ];
        for (text, expected) in table {
            assert_eq!(
                after_from_text(text).map(|wait| wait.as_secs_f64()),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn the_server_may_overrule() {
        let headers = |value: &str| vec![("x-should-retry".to_owned(), value.to_owned())];
        assert_eq!(should_retry(&headers("true")), Some(true));
        assert_eq!(should_retry(&headers("false")), Some(false));
        assert_eq!(should_retry(&headers("perhaps")), None);
        assert_eq!(should_retry(&[]), None);
    }
}
