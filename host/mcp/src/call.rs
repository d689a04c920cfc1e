//! One call of a tool.

use std::sync::Arc;
use std::time::Duration;

use massgen_plugin::chat::Part;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

/// How far a call is, in the server's words.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// How much is done.
    pub done: f64,
    /// How much there is, when known.
    pub total: Option<f64>,
    /// What it does.
    pub message: Option<String>,
}

/// How a call is made. The default has the server's own limit, no cancellation and no observer.
#[derive(Clone, Default)]
pub struct CallOptions {
    /// Time for one attempt; each progress report starts it anew, up to ten minutes altogether.
    /// Absent: the server's.
    pub timeout: Option<Duration>,
    /// Ends the call; the server is told.
    pub cancel: CancellationToken,
    /// Hears of progress.
    pub progress: Option<Arc<dyn Fn(Progress) + Send + Sync>>,
}

/// What a tool gave.
#[derive(Debug, Clone, PartialEq)]
pub struct CallResult {
    /// Whether the tool says that it failed.
    pub is_error: bool,
    /// Text and images, not capped.
    pub parts: Vec<Part>,
    /// All text of it.
    pub text: String,
    /// Structured content, when there is any.
    pub structured: Option<Value>,
}
