//! Why a call failed, as data that both sides can read.
//!
//! The plugin classifies, because only it knows what a provider's error means; the host alone
//! decides whether to try again. A fault never carries a Rust error type of either side.

use serde::{Deserialize, Serialize};

/// The kind of a fault. An open number: an unknown one is treated like [`FaultCode::INTERNAL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FaultCode(pub u32);

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $word:literal;)*) => {
        impl FaultCode {
            $($(#[$doc])* pub const $name: Self = Self($number);)*

            /// The code as one lowercase word, for logs and JSON; `internal` for unknown numbers.
            pub fn as_str(self) -> &'static str {
                match self.0 {
                    $($number => $word,)*
                    _ => "internal",
                }
            }
        }
    };
}

codes! {
    /// The backend's configuration is wrong; `message` names the key.
    CONFIG = 1, "config";
    /// Key missing, wrong or without rights (401, 403).
    AUTH = 2, "auth";
    /// No money or no quota left; waiting does not help.
    QUOTA = 3, "quota";
    /// Too many requests (429); waiting helps.
    RATE_LIMITED = 4, "rate_limited";
    /// The provider is busy (503, 529).
    OVERLOADED = 5, "overloaded";
    /// The conversation does not fit the model.
    CONTEXT_TOO_LONG = 6, "context_too_long";
    /// The provider refused the content of the request.
    CONTENT_FILTER = 7, "content_filter";
    /// The provider failed (5xx, a failed response).
    UPSTREAM = 8, "upstream";
    /// Plugin, provider or host broke the agreed form.
    PROTOCOL = 9, "protocol";
    /// The network or the server's address failed before an answer came.
    NETWORK = 10, "network";
    /// The host denied an operation.
    DENIED = 11, "denied";
    /// The host cancelled the call.
    CANCELLED = 12, "cancelled";
    /// The call needs a feature that this plugin does not have.
    UNSUPPORTED = 13, "unsupported";
    /// The plugin panicked.
    PANICKED = 14, "panicked";
    /// Anything else.
    INTERNAL = 15, "internal";
    /// The provider rejected the request (400, 404, 413, 422); the same request fails again.
    BAD_REQUEST = 16, "bad_request";
    /// A clock ran out: no connection, no first payload, or a pause that was too long.
    TIMEOUT = 17, "timeout";
}

impl FaultCode {
    /// Whether the same call may succeed later. The host still never retries once a visible
    /// chunk was shown.
    pub fn is_retryable(self) -> bool {
        matches!(
            self,
            Self::RATE_LIMITED | Self::OVERLOADED | Self::UPSTREAM | Self::NETWORK | Self::TIMEOUT
        )
    }
}

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// The kind; branch on this.
    pub code: FaultCode,
    /// What went wrong, for a person: lowercase, no full stop, no secret.
    pub message: String,
    /// More for the log: the provider's own text, a place. May be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// How long the provider asked to wait, in milliseconds; 0 when it did not say.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub retry_after_ms: u64,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes the field by reference"
)]
fn is_zero(value: &u64) -> bool {
    *value == 0
}

impl Fault {
    /// A fault of this kind.
    pub fn new(code: FaultCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            detail: String::new(),
            retry_after_ms: 0,
        }
    }

    /// The same with more for the log.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }
}
