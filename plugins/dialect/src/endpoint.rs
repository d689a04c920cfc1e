//! Where requests go, with what every one of them carries.

use massgen_plugin::wire::{Auth, HttpRequest, Timeouts};
use massgen_plugin::{Config, Fault, FaultCode};

use crate::Options;

/// Name of the secret that goes into the header of the key.
pub const SECRET: &str = "api_key";

/// The address of a backend, its key's header, and the headers, query and clocks of its options.
#[derive(Debug, Clone)]
pub struct Endpoint {
    base_url: String,
    auth: Auth,
    headers: Vec<(String, String)>,
    query: String,
    timeout_ms: Option<u64>,
}

impl Endpoint {
    /// The configured address, with `Authorization: Bearer KEY`.
    ///
    /// # Errors
    ///
    /// [`FaultCode::CONFIG`] without an address.
    pub fn new(config: &Config, options: &Options) -> Result<Self, Fault> {
        Ok(Self {
            base_url: config.base_url()?.to_owned(),
            auth: Auth::bearer(SECRET),
            headers: options.headers.clone(),
            query: options.query.clone(),
            timeout_ms: options.timeout_ms,
        })
    }

    /// The same with the key alone in this header.
    #[must_use]
    pub fn with_key_in(mut self, header: &str) -> Self {
        self.auth = Auth {
            header: header.into(),
            scheme: String::new(),
            secret: SECRET.into(),
        };
        self
    }

    /// The same with one more header, unless its value is empty or the configuration has it.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        let is_set = |(known, _): &(String, String)| known.eq_ignore_ascii_case(name);
        if !value.is_empty() && !self.headers.iter().any(is_set) {
            self.headers.insert(0, (name.into(), value.into()));
        }
        self
    }

    /// The same one level above `/v1`, where servers answer questions about themselves.
    #[must_use]
    pub fn above_v1(mut self) -> Self {
        let (path, query) = cut(&self.base_url);
        let path = path.trim_end_matches('/');
        let root = path.strip_suffix("/v1").unwrap_or(path);
        let mark = if query.is_empty() { "" } else { "?" };
        self.base_url = format!("{root}{mark}{query}");
        self
    }

    /// The address without a final slash.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// A `GET` of a path below the address; the whole answer comes as bytes.
    pub fn get(&self, path: &str) -> HttpRequest {
        self.addressed(HttpRequest::get(self.url(path)))
    }

    /// A `POST` of JSON to a path below the address; the answer comes as server-sent events.
    pub fn post(&self, path: &str, body: String) -> HttpRequest {
        self.addressed(HttpRequest::post_json(self.url(path), body))
    }

    fn addressed(&self, mut request: HttpRequest) -> HttpRequest {
        request.headers.extend(self.headers.iter().cloned());
        request.auth = Some(self.auth.clone());
        request.timeouts = Timeouts {
            connect_ms: None,
            first_ms: self.timeout_ms,
            idle_ms: self.timeout_ms,
        };
        request
    }

    /// `base/path`, with the queries of the base address, of the path and of the options.
    fn url(&self, path: &str) -> String {
        let ((base, query), (path, own)) = (cut(&self.base_url), cut(path));
        let mut url = format!("{}/{path}", base.trim_end_matches('/'));
        let parts = [query, own, &self.query];
        let parts = parts.into_iter().filter(|it| !it.is_empty());
        for (part, mark) in parts.zip(['?', '&', '&']) {
            url.push(mark);
            url.push_str(part);
        }
        url
    }
}

/// The model that is configured.
///
/// # Errors
///
/// [`FaultCode::CONFIG`] when there is none.
pub fn model<T>(configured: Option<T>) -> Result<T, Fault> {
    configured.ok_or_else(|| Fault::new(FaultCode::CONFIG, "`model` is missing"))
}

/// An address and its query.
fn cut(text: &str) -> (&str, &str) {
    text.split_once('?').unwrap_or((text, ""))
}
