//! Recordings of exchanges: one JSON file each, `DIR/AGENT/NNNN.json`, numbered per agent.
//!
//! A recording holds what went over the wire, in the pieces in which it arrived and with secrets
//! removed, so that a replay goes through the same framing as the real thing.

mod label;
mod record;
mod replay;

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use massgen_plugin::Fault;
use serde::{Deserialize, Serialize};

pub(crate) use label::{Counters, file};
pub(crate) use record::record;
pub(crate) use replay::replay;

use crate::prepare::Prepared;
use crate::redact::{MASK, redact, redact_headers, redact_url};

/// What happens to exchanges besides being made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Tape {
    /// Nothing.
    #[default]
    Off,
    /// Each is written below this folder, which is made when needed. Files of the same name are
    /// replaced. An exchange that fails or is dropped is written too, and marked.
    Record(PathBuf),
    /// Each is answered from below this folder, in order per agent; nothing is sent. Pieces come
    /// without the recorded delays.
    Replay(PathBuf),
}

/// One file.
#[derive(Debug, Serialize, Deserialize)]
struct Cassette {
    /// Version of this format: 1.
    schema: u32,
    request: Request,
    /// `null` when no answer came.
    response: Option<Response>,
    end: End,
}

#[derive(Debug, Serialize, Deserialize)]
struct Request {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<Chunk>,
}

/// Body bytes that arrived together.
#[derive(Debug, Serialize, Deserialize)]
struct Chunk {
    /// Milliseconds since the request began.
    ms: u64,
    #[serde(flatten)]
    bytes: Content,
}

/// Text where the bytes are UTF-8.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Content {
    Text(String),
    Base64(String),
}

/// How the exchange ended.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum End {
    /// The body was read to its end.
    Complete,
    /// The caller dropped it: it was cancelled, or had read enough.
    Dropped,
    /// The body went on after what a recording holds.
    TooLong,
    /// It failed.
    Failed(Fault),
}

impl From<&Prepared> for Request {
    fn from(request: &Prepared) -> Self {
        let headers: Vec<_> = request
            .headers
            .iter()
            .map(|(name, value)| {
                let text = String::from_utf8_lossy(value.as_bytes());
                // The host put a key in, under whatever name.
                let text = if value.is_sensitive() {
                    MASK.into()
                } else {
                    text
                };
                (name.to_string(), text.into_owned())
            })
            .collect();
        Self {
            method: request.method.to_string(),
            url: redact_url(&request.url, &request.secrets),
            headers: redact_headers(&headers, &request.secrets),
            body: request
                .body
                .as_deref()
                .map(|body| redact(body, &request.secrets)),
        }
    }
}

impl Content {
    fn encode(bytes: Vec<u8>) -> Self {
        String::from_utf8(bytes).map_or_else(
            |other| Self::Base64(STANDARD.encode(other.as_bytes())),
            Self::Text,
        )
    }

    fn decode(self) -> Result<Bytes, base64::DecodeError> {
        match self {
            Self::Text(text) => Ok(text.into()),
            Self::Base64(text) => STANDARD.decode(text).map(Bytes::from),
        }
    }
}

#[cfg(test)]
mod tests;
