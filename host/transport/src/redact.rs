//! Removes secrets from everything that is written down.
//!
//! Two nets: known values wherever they stand, and the values of headers and query parameters
//! whose names say that they are secret, known or not.

use url::Url;

use crate::Secret;

/// What stands in place of a secret.
pub(crate) const MASK: &str = "***";

/// Headers whose value is never written down.
const HEADERS: [&str; 8] = [
    "api-key",
    "authorization",
    "cookie",
    "proxy-authorization",
    "set-cookie",
    "x-api-key",
    "x-auth-token",
    "x-goog-api-key",
];

/// Query parameters whose value is never written down.
const PARAMETERS: [&str; 6] = [
    "access_token",
    "api-key",
    "api_key",
    "apikey",
    "key",
    "token",
];

/// The text without the secrets, in any spelling that JSON or a URL gives them.
pub fn redact(text: &str, secrets: &[Secret]) -> String {
    spellings(secrets).fold(text.to_owned(), |text, spelling| {
        if text.contains(&spelling) {
            text.replace(&spelling, MASK)
        } else {
            text
        }
    })
}

/// Headers without secrets: by name, and by value.
pub fn redact_headers(headers: &[(String, String)], secrets: &[Secret]) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let hidden = HEADERS
                .iter()
                .any(|secret| name.eq_ignore_ascii_case(secret));
            let value = if hidden {
                MASK.to_owned()
            } else {
                redact(value, secrets)
            };
            (name.clone(), value)
        })
        .collect()
}

/// An address without secrets: user info, query parameters by name, and known values.
pub fn redact_url(url: &Url, secrets: &[Secret]) -> String {
    let mut shown = url.clone();
    // Both fail only for addresses that cannot have user info.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    if let Some(query) = url.query() {
        shown.set_query(Some(&redact_query(query)));
    }
    redact(shown.as_str(), secrets)
}

/// Works on the text, so that everything else keeps its bytes.
fn redact_query(query: &str) -> String {
    let parameter = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if PARAMETERS.contains(&name.to_ascii_lowercase().as_str()) => {
            format!("{name}={MASK}")
        }
        _ => pair.to_owned(),
    };
    query
        .split('&')
        .map(parameter)
        .collect::<Vec<_>>()
        .join("&")
}

/// Each secret as it is, as a JSON string spells it, and as a URL spells it; longest first, so
/// that a secret that begins another one leaves no rest.
pub(crate) fn spellings(secrets: &[Secret]) -> impl Iterator<Item = String> {
    let mut all: Vec<String> = secrets
        .iter()
        .map(Secret::expose)
        .filter(|value| !value.is_empty())
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
    url::form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_go_in_every_spelling() {
        let secrets = [
            Secret::new("sk-1"),
            Secret::new("sk-1+\"x"),
            Secret::new(""),
        ];
        let text = r#"sk-1 and sk-1+\"x and sk-1%2B%22x and sk-2"#;
        assert_eq!(redact(text, &secrets), "*** and *** and *** and sk-2");
    }

    #[test]
    fn headers_go_by_name() {
        for name in HEADERS {
            let headers = [(name.to_uppercase(), "v".to_owned())];
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
