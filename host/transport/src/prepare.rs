//! Turns a request as a plugin wrote it into one that may be sent.
//!
//! Every refusal is decided here, before a byte leaves; the secret's value is put in here and
//! nowhere else.

use massgen_plugin::wire::{Auth, Framing, HttpRequest};
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use crate::clocks::Limits;
use crate::grant::{Grant, place};
use crate::{Secret, TransportError};

/// A request that passed every check.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<String>,
    pub(crate) framing: Framing,
    pub(crate) limits: Limits,
    /// Everything to be removed from logs and cassettes of this exchange.
    pub(crate) secrets: Vec<Secret>,
}

/// Headers that belong to the connection: the host writes them.
const RESERVED: [&str; 8] = [
    "connection",
    "content-length",
    "host",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Whether a request would be sent under a grant: the immediate verdict, without sending.
///
/// # Errors
/// The refusal that [`Transport::send`](crate::Transport::send) would yield first.
pub fn check(request: &HttpRequest, grant: &Grant) -> Result<(), TransportError> {
    head(request, grant).map(drop)
}

pub(crate) fn prepare(request: HttpRequest, grant: &Grant) -> Result<Prepared, TransportError> {
    let (method, url, headers) = head(&request, grant)?;
    Ok(Prepared {
        method,
        url,
        headers,
        body: request.body,
        framing: request.framing,
        limits: Limits::from(request.timeouts),
        secrets: grant.values(),
    })
}

fn head(request: &HttpRequest, grant: &Grant) -> Result<(Method, Url, HeaderMap), TransportError> {
    let url = address(&request.url)?;
    grant.allow(&url)?;
    let mut headers = headers(&request.headers)?;
    if let Some(auth) = &request.auth
        && let Some(secret) = grant.secret_for(auth, &url)?
    {
        let (name, value) = auth_header(auth, secret)?;
        headers.insert(name, value);
    }
    Ok((method(&request.method)?, url, headers))
}

fn address(text: &str) -> Result<Url, TransportError> {
    let url = Url::parse(text).map_err(|source| TransportError::Address {
        url: shown(text),
        source,
    })?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(TransportError::UserInfo { host: place(&url) });
    }
    if !matches!(url.scheme(), "http" | "https") {
        return Err(TransportError::Scheme {
            scheme: url.scheme().to_owned(),
        });
    }
    Ok(url)
}

/// An address that does not parse may hold anything: what could be a secret is cut off.
fn shown(text: &str) -> String {
    let start = text.rfind('@').map_or(0, |at| at + 1);
    let end = text[start..]
        .find(['?', '#'])
        .map_or(text.len(), |at| start + at);
    text[start..end].chars().take(100).collect()
}

fn method(text: &str) -> Result<Method, TransportError> {
    let refused = || TransportError::Method {
        method: text.to_owned(),
    };
    let method = Method::from_bytes(text.as_bytes()).map_err(|_| refused())?;
    if method == Method::CONNECT {
        Err(refused())
    } else {
        Ok(method)
    }
}

fn headers(pairs: &[(String, String)]) -> Result<HeaderMap, TransportError> {
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        let refused = || TransportError::Header { name: name.clone() };
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| refused())?;
        if RESERVED.contains(&key.as_str()) {
            return Err(refused());
        }
        map.append(key, HeaderValue::from_str(value).map_err(|_| refused())?);
    }
    Ok(map)
}

fn auth_header(auth: &Auth, secret: &Secret) -> Result<(HeaderName, HeaderValue), TransportError> {
    let name =
        HeaderName::from_bytes(auth.header.as_bytes()).map_err(|_| TransportError::Header {
            name: auth.header.clone(),
        })?;
    let text = match auth.scheme.as_str() {
        "" => secret.expose().to_owned(),
        scheme => format!("{scheme} {}", secret.expose()),
    };
    let mut value = HeaderValue::from_str(&text).map_err(|_| TransportError::SecretUnfit {
        secret: auth.secret.clone(),
    })?;
    value.set_sensitive(true);
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SecretGrant;
    use expect_test::{Expect, expect};

    fn grant() -> Grant {
        Grant {
            hosts: vec!["example.com".into(), "other.org".into()],
            secrets: vec![
                SecretGrant {
                    name: "api_key".into(),
                    value: Secret::new("sk-planted"),
                    hosts: vec!["example.com".into()],
                },
                SecretGrant {
                    name: "two_lines".into(),
                    value: Secret::new("a\nb"),
                    hosts: vec!["example.com".into()],
                },
            ],
        }
    }

    fn check(request: HttpRequest, expected: Expect) {
        let outcome = match prepare(request, &grant()) {
            Ok(ready) => format!("{} {} {:?}", ready.method, ready.url, ready.headers),
            Err(error) => format!("{} [{}]", error, error.fault().code.as_str()),
        };
        expected.assert_eq(&outcome);
    }

    fn get(url: &str) -> HttpRequest {
        HttpRequest::get(url)
    }

    fn with_auth(url: &str, auth: Auth) -> HttpRequest {
        HttpRequest {
            auth: Some(auth),
            ..get(url)
        }
    }

    fn with_header(name: &str, value: &str) -> HttpRequest {
        HttpRequest {
            headers: vec![(name.into(), value.into())],
            ..get("https://example.com/")
        }
    }

    #[test]
    fn a_secret_goes_into_its_header_and_stays_out_of_debug_output() {
        check(
            with_auth("https://api.example.com/v1", Auth::bearer("api_key")),
            expect![[r#"GET https://api.example.com/v1 {"authorization": Sensitive}"#]],
        );
        let plain = Auth {
            header: "x-api-key".into(),
            scheme: String::new(),
            secret: "api_key".into(),
        };
        let ready = prepare(with_auth("https://example.com/", plain), &grant()).unwrap();
        assert_eq!(ready.headers["x-api-key"], "sk-planted");
        let bearer = with_auth("https://example.com/", Auth::bearer("api_key"));
        let ready = prepare(bearer, &grant()).unwrap();
        assert_eq!(ready.headers["authorization"], "Bearer sk-planted");
    }

    #[test]
    fn a_secret_without_a_value_makes_no_header() {
        check(
            with_auth("https://example.com/", Auth::bearer("unknown")),
            expect!["GET https://example.com/ {}"],
        );
    }

    #[test]
    fn refusals_come_before_any_byte() {
        check(
            get("https://evil.net/v1"),
            expect!["host `evil.net` is not granted [denied]"],
        );
        check(
            with_auth("https://other.org:8443/", Auth::bearer("api_key")),
            expect!["secret `api_key` is not approved for host `other.org:8443` [denied]"],
        );
        check(
            get("https://user:pw@example.com/"),
            expect!["the address of host `example.com` holds a user name or password [config]"],
        );
        check(
            get("https://user:pw@exa mple.com/?key=sk"),
            expect!["`exa mple.com/` is not an absolute address [config]"],
        );
        check(
            get("file:///etc/passwd"),
            expect!["addresses of scheme `file` cannot be reached [config]"],
        );
        check(
            with_auth("https://example.com/", Auth::bearer("two_lines")),
            expect!["secret `two_lines` holds characters that no header may carry [auth]"],
        );
        check(
            with_header("Host", "evil.net"),
            expect!["header `Host` cannot be sent [protocol]"],
        );
        check(
            with_header("x-a", "1\r\nx-b: 2"),
            expect!["header `x-a` cannot be sent [protocol]"],
        );
        check(
            HttpRequest {
                method: "CONNECT".into(),
                ..get("https://example.com/")
            },
            expect!["method `CONNECT` cannot be sent [protocol]"],
        );
    }
}
