//! Removes secrets from everything that is written down.
//!
//! Two nets: known values wherever they stand, and the values of headers and query parameters
//! whose names say that they are secret, known or not.

use url::{Url, form_urlencoded};

use crate::Secret;

/// What stands in place of a secret.
pub(crate) const MASK: &str = "***";

/// Words in the name of a header or query parameter whose value is never written down. The crate
/// `config`, which cannot depend on this one, holds the same list for the keys of a plan.
const WORDS: [&str; 8] = [
    "auth",
    "bearer",
    "cookie",
    "credential",
    "key",
    "password",
    "secret",
    "token",
];

/// The shortest secret that is looked for inside of text, in bytes. Shorter ones are also parts
/// of ordinary words, and a recording without those would be another answer.
const MIN_SOUGHT: usize = 8;

/// Whether the name of a header or query parameter says that its value is secret.
fn names_a_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    WORDS.iter().any(|word| name.contains(word))
}

fn is_a_secret(value: &str, secrets: &[Secret]) -> bool {
    !value.is_empty() && secrets.iter().any(|secret| secret.expose() == value)
}

/// The text without the secrets, in any spelling that JSON or a URL gives them. Secrets of fewer
/// than 8 bytes stay.
pub fn redact(text: &str, secrets: &[Secret]) -> String {
    spellings(secrets).fold(text.to_owned(), |text, spelling| {
        if text.contains(&spelling) {
            text.replace(&spelling, MASK)
        } else {
            text
        }
    })
}

/// Headers without secrets: by name, and by value. A value that is a secret as a whole goes
/// however short it is.
pub fn redact_headers(headers: &[(String, String)], secrets: &[Secret]) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let value = if names_a_secret(name) || is_a_secret(value, secrets) {
                MASK.to_owned()
            } else {
                redact(value, secrets)
            };
            (name.clone(), value)
        })
        .collect()
}

/// An address without secrets: user info, query parameters by name or by their whole value, and
/// known values elsewhere.
pub fn redact_url(url: &Url, secrets: &[Secret]) -> String {
    let mut shown = url.clone();
    // Both fail only for addresses that cannot have user info.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    if let Some(query) = url.query() {
        shown.set_query(Some(&redact_query(query, secrets)));
    }
    redact(shown.as_str(), secrets)
}

/// Works on the text, so that everything else keeps its bytes.
fn redact_query(query: &str, secrets: &[Secret]) -> String {
    let hidden = |pair: &str| {
        form_urlencoded::parse(pair.as_bytes())
            .any(|(name, value)| names_a_secret(&name) || is_a_secret(&value, secrets))
    };
    let parameter = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if hidden(pair) => format!("{name}={MASK}"),
        _ => pair.to_owned(),
    };
    query
        .split('&')
        .map(parameter)
        .collect::<Vec<_>>()
        .join("&")
}

/// Each secret that is long enough as it is, as a JSON string spells it, and as a URL spells it; longest first, so
/// that a secret that begins another one leaves no rest.
pub(crate) fn spellings(secrets: &[Secret]) -> impl Iterator<Item = String> {
    let mut all: Vec<String> = secrets
        .iter()
        .map(Secret::expose)
        .filter(|value| value.len() >= MIN_SOUGHT)
        .flat_map(|value| [value.to_owned(), json(value), percent(value)])
        .collect();
    all.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    all.dedup();
    all.into_iter()
}

fn json(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn percent(value: &str) -> String {
    form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_go_in_every_spelling() {
        let secrets = [
            Secret::new("sk-12345"),
            Secret::new("sk-12345+\"x"),
            Secret::new(""),
        ];
        let text = r#"sk-12345 and sk-12345+\"x and sk-12345%2B%22x and sk-1234"#;
        assert_eq!(redact(text, &secrets), "*** and *** and *** and sk-1234");
    }

    #[test]
    fn short_values_go_only_where_they_are_the_whole() {
        let secrets = [Secret::new("new"), Secret::new("1234567")];
        let text = r#"{"name":"new_answer"} 1234567"#;
        assert_eq!(redact(text, &secrets), text);
        let headers = [("x-a", "new"), ("x-b", "a new one"), ("x-c", "1234567")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let shown = redact_headers(&headers, &secrets).into_iter();
        let values: Vec<_> = shown.map(|(_, value)| value).collect();
        assert_eq!(values, ["***", "a new one", "***"]);
        let url = Url::parse("https://h.com/new?code=new&x=news&y=%6Eew").unwrap();
        assert_eq!(
            redact_url(&url, &secrets),
            "https://h.com/new?code=***&x=news&y=***"
        );
    }

    #[test]
    fn headers_go_by_name() {
        let secret = [
            "Authorization",
            "X-Auth",
            "Ocp-Apim-Subscription-Key",
            "x-api-key",
            "Set-Cookie",
            "X-Bearer",
            "x-amz-security-TOKEN",
            "client-secret",
            "x-password",
            "x-credentials",
        ];
        for name in secret {
            let headers = [(name.to_owned(), "v".to_owned())];
            assert_eq!(redact_headers(&headers, &[])[0].1, "***", "{name}");
        }
        let kept = [("x-request-id".to_owned(), "abc".to_owned())];
        assert_eq!(redact_headers(&kept, &[]), kept);
    }

    #[test]
    fn query_parameters_go_by_name_and_the_rest_keeps_its_bytes() {
        let url = Url::parse("https://u:p@h.com/a?alt=sse&KEY=1&token=2&api_key=3&x=%20+").unwrap();
        assert_eq!(
            redact_url(&url, &[]),
            "https://h.com/a?alt=sse&KEY=***&token=***&api_key=***&x=%20+"
        );
    }
}
