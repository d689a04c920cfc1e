//! The I/O a plugin may ask for, and the shape of what comes back.
//!
//! A request names its secret; the host puts the value in, and only towards hosts that the user
//! approved for it. Framing and UTF-8 happen in the host. Payloads of operations are JSON of the
//! types here unless said otherwise (design of the ABI, section 7).

mod lent;
mod process;

use serde::{Deserialize, Serialize};

pub use lent::{
    FilePath, FolderEntry, Permission, Question, StoreKey, StorePut, ToolOutcome, ToolUse,
    split_bytes, with_bytes,
};
pub use process::{ProcessEnd, SecretVariable, Spawn, Stdin};

/// An HTTP request: payload of the `http` operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HttpRequest {
    /// `GET`, `POST`, ….
    pub method: String,
    /// Absolute `http:` or `https:` address, without user info.
    pub url: String,
    /// Headers besides the one that [`HttpRequest::auth`] makes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// Body text; absent for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Which secret goes where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// How the host cuts the body of a 2xx response. Bodies of other responses come whole, as
    /// `HttpBytes`.
    #[serde(default)]
    pub framing: Framing,
    /// Clocks; absent ones take the host's defaults.
    #[serde(default)]
    pub timeouts: Timeouts,
}

impl HttpRequest {
    /// A `GET` whose reply comes as raw bytes.
    pub fn get(url: impl Into<String>) -> Self {
        Self {
            method: "GET".into(),
            url: url.into(),
            headers: Vec::new(),
            body: None,
            auth: None,
            framing: Framing::Raw,
            timeouts: Timeouts::default(),
        }
    }

    /// A `POST` of JSON text whose reply comes as server-sent events.
    pub fn post_json(url: impl Into<String>, body: String) -> Self {
        Self {
            method: "POST".into(),
            headers: vec![("content-type".into(), "application/json".into())],
            body: Some(body),
            framing: Framing::Sse,
            ..Self::get(url)
        }
    }
}

/// A header made from a secret that the plugin never sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Auth {
    /// Header name, for example `authorization`.
    pub header: String,
    /// Text before the secret with one space between, for example `Bearer`; empty for none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scheme: String,
    /// The secret's name as the metadata declares it, for example `api_key`. When the host has no
    /// value for an optional secret, no header is sent.
    pub secret: String,
}

impl Auth {
    /// `Authorization: Bearer SECRET`.
    pub fn bearer(secret: impl Into<String>) -> Self {
        Self {
            header: "authorization".into(),
            scheme: "Bearer".into(),
            secret: secret.into(),
        }
    }
}

/// How a response body is cut into frames.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Framing {
    /// Server-sent events. A frame is one event's `data`; comments are not frames. A body of type
    /// `application/json` instead of a stream is one frame.
    Sse,
    /// One JSON value a line; blank lines are not frames.
    Ndjson,
    /// Bytes as they come.
    #[default]
    Raw,
}

/// The three clocks of a stream, in milliseconds. Comments and keep-alives do not stop a clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeouts {
    /// Until a connection stands. Host default 10 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect_ms: Option<u64>,
    /// From there to the first payload event. Host default 300 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_ms: Option<u64>,
    /// Between two payload events. Host default 120 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle_ms: Option<u64>,
}

impl Timeouts {
    /// These clocks, and `others` where one is not set.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        Self {
            connect_ms: self.connect_ms.or(others.connect_ms),
            first_ms: self.first_ms.or(others.first_ms),
            idle_ms: self.idle_ms.or(others.idle_ms),
        }
    }
}

/// Status and headers of a response: data of the `HttpHead` event.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpHead {
    /// Headers, names in lower case.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
}

/// One frame of a response body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// The event's payload: `data` of a server-sent event, one line of NDJSON, or raw bytes.
    pub data: &'a [u8],
}

impl<'a> Frame<'a> {
    /// The payload as text; the host has already checked SSE and NDJSON to be UTF-8.
    pub fn text(&self) -> Result<&'a str, std::str::Utf8Error> {
        std::str::from_utf8(self.data)
    }
}

/// A whole response, for requests whose body is short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Response<'a> {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: &'a [u8],
}

/// A pause: payload of the `timer` operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// How long, in milliseconds.
    pub ms: u64,
}
