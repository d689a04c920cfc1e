//! What a child may use, and how long the parent waits for it.

use std::time::Duration;

use massgen_plugin::abi::limits::STUCK_STEP;
use serde::{Deserialize, Serialize};

/// What a child may use of the machine. It can start nothing, whatever stands here.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Limits {
    /// Address space in bytes: this program, the library, and all memory. 1 GiB by default.
    pub memory: u64,
    /// Processor time in seconds over the child's whole life; no limit by default, because each
    /// request has a time of its own.
    pub seconds: Option<u64>,
    /// Size of a file it writes in bytes, which includes a copy of the library in memory. 256 MiB
    /// by default; 0 once it is locked.
    pub file: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 1 << 30,
            seconds: None,
            file: 256 << 20,
        }
    }
}

/// How long a child may take, before it is ended.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// From its start until the library is loaded. 10 s by default.
    pub start: Duration,
    /// For each request after that. By default what a step may take: 2 s.
    pub request: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            start: Duration::from_secs(10),
            request: STUCK_STEP,
        }
    }
}
