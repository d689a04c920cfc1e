//! What can go wrong at a provider, one variant each. How it is done stands in `body`.

use crate::Reply;

/// Something that goes wrong.
#[derive(Debug, Clone)]
pub enum Fault {
    /// A reply with this status, these headers and this body.
    Status {
        /// For example 429.
        code: u16,
        /// Headers beside the usual ones; `content-type` is JSON unless it is among them.
        headers: Vec<(String, String)>,
        /// The body, as it is.
        body: String,
    },
    /// A status with an error document in the provider's own form.
    Refused {
        /// For example 429.
        code: u16,
        /// Headers beside the usual ones.
        headers: Vec<(String, String)>,
        /// What went wrong, in words.
        message: String,
    },
    /// The connection is closed after so many bytes of this reply's body.
    Cut {
        /// Bytes of the body that are sent; more than it has cuts only the end mark.
        after: usize,
        /// What would have been said.
        reply: Reply,
    },
    /// The request is read and nothing is ever sent.
    Stall,
    /// A head is sent, and then nothing.
    StallAfterHead,
    /// So many bytes of this reply's body are sent, and then nothing.
    StallAfter {
        /// Bytes of the body that are sent.
        after: usize,
        /// What would have been said.
        reply: Reply,
    },
    /// For ever what keeps a connection open, and no payload.
    KeepAlives,
    /// Text for ever.
    EndlessText,
    /// Events whose data is no JSON, or JSON of another shape; then the end mark.
    MalformedEvents,
    /// Text with bytes that are no UTF-8; then the end mark.
    InvalidUtf8,
    /// One event of so many bytes.
    HugeEvent {
        /// Bytes of its text.
        bytes: usize,
    },
    /// A web page with status 200, as a captive portal or a wrong address gives.
    Html,
    /// The reply as one JSON document and not as a stream, as some gateways do.
    PlainJson(Reply),
    /// Some other event in the middle of a stream that began well.
    ErrorEvent {
        /// The event's JSON.
        event: String,
    },
    /// The provider breaks off a stream that began well, in its own form.
    Failing {
        /// What went wrong, in words.
        message: String,
    },
}

impl Fault {
    /// A status with an error document in the provider's own form.
    pub fn status(code: u16, message: &str) -> Self {
        Self::Refused {
            code,
            headers: Vec::new(),
            message: message.to_owned(),
        }
    }

    /// The provider breaks off a stream that began well.
    pub fn failing(message: &str) -> Self {
        Self::Failing {
            message: message.to_owned(),
        }
    }

    /// The same with one more header; does nothing to other faults.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        if let Self::Status { headers, .. } | Self::Refused { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}
