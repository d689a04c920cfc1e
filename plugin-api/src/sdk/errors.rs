//! What an HTTP error means, as far as providers agree. A translator overrides what it knows better.

use serde_json::Value;

use crate::fault::{Fault, FaultCode};
use crate::wire::Response;

/// The fault of a response that is not 2xx: the code from the status and the words of the body,
/// the message from wherever the body keeps it.
///
/// Reads `{"error": {"message", "type", "code"}}`, `{"error": "text"}`, `{"message": …}`,
/// `{"detail": …}` and plain text. Money errors that come as 429 become
/// [`FaultCode::QUOTA`], because waiting does not help them (spec backends §1.4).
pub fn http_fault(response: Response<'_>) -> Fault {
    let body = String::from_utf8_lossy(response.body);
    let said = message(&body);
    let code = classify(response.status, &body.to_ascii_lowercase());
    let text = match said.as_str() {
        "" => format!("the server answered {}", response.status),
        said => format!("the server answered {}: {said}", response.status),
    };
    Fault::new(code, text).with_detail(cut(&body, 2000))
}

fn classify(status: u16, body: &str) -> FaultCode {
    let says = |words: &[&str]| words.iter().any(|word| body.contains(word));
    match status {
        401 | 403 => FaultCode::AUTH,
        402 => FaultCode::QUOTA,
        429 if says(&[
            "insufficient_quota",
            "billing",
            "credit",
            "exceeded your current quota",
        ]) =>
        {
            FaultCode::QUOTA
        }
        429 => FaultCode::RATE_LIMITED,
        400 | 413 | 422
            if says(&[
                "context_length",
                "context length",
                "context size",
                "maximum context",
                "prompt is too long",
                "exceed_context_size",
            ]) =>
        {
            FaultCode::CONTEXT_TOO_LONG
        }
        400 if says(&["content_filter", "content_policy"]) => FaultCode::CONTENT_FILTER,
        408 | 409 => FaultCode::UPSTREAM,
        503 | 529 => FaultCode::OVERLOADED,
        400..=499 => FaultCode::BAD_REQUEST,
        _ => FaultCode::UPSTREAM,
    }
}

fn message(body: &str) -> String {
    if is_web_page(body) {
        return "a web page; is `base_url` right?".to_owned();
    }
    let Ok(value) = serde_json::from_str::<Value>(body) else {
        return cut(body.trim(), 300);
    };
    let value = value.get(0).unwrap_or(&value);
    let error = value.get("error").unwrap_or(value);
    let text = [
        error.get("message"),
        value.get("message"),
        value.get("detail"),
        Some(error),
    ]
    .into_iter()
    .flatten()
    .find_map(Value::as_str);
    cut(text.unwrap_or("").trim(), 300)
}

/// What gateways and wrong addresses answer with instead of an error document.
fn is_web_page(body: &str) -> bool {
    let start: String = body.trim_start().chars().take(15).collect();
    let start = start.to_ascii_lowercase();
    start.starts_with("<!doctype html") || start.starts_with("<html")
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_and_words_give_the_code() {
        let cases: [(u16, &str, FaultCode, &str); 9] = [
            (
                404,
                "\n<!DOCTYPE html><p>nothing here</p>",
                FaultCode::BAD_REQUEST,
                "a web page; is `base_url` right?",
            ),
            (
                401,
                r#"{"error":"Unauthorized"}"#,
                FaultCode::AUTH,
                "Unauthorized",
            ),
            (
                429,
                r#"{"error":{"message":"slow down"}}"#,
                FaultCode::RATE_LIMITED,
                "slow down",
            ),
            (
                429,
                r#"{"error":{"message":"no money","code":"insufficient_quota"}}"#,
                FaultCode::QUOTA,
                "no money",
            ),
            (
                400,
                r#"{"error":{"message":"This model's maximum context length is 8"}}"#,
                FaultCode::CONTEXT_TOO_LONG,
                "This model's maximum context length is 8",
            ),
            (
                404,
                r#"{"detail":"Not Found"}"#,
                FaultCode::BAD_REQUEST,
                "Not Found",
            ),
            (500, "oops", FaultCode::UPSTREAM, "oops"),
            (529, "", FaultCode::OVERLOADED, ""),
            (
                429,
                r#"[{"error":{"code":429,"message":"later"}}]"#,
                FaultCode::RATE_LIMITED,
                "later",
            ),
        ];
        for (status, body, code, said) in cases {
            let fault = http_fault(Response {
                status,
                body: body.as_bytes(),
            });
            assert_eq!(fault.code, code, "{status} {body}");
            assert!(fault.message.ends_with(said), "{}", fault.message);
        }
    }
}
