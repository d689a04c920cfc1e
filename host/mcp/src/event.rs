//! What observers learn of a server.

use crate::ConnectError;

/// Something that happened with a server, in the order in which it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// It is being started or greeted.
    Connecting,
    /// A package runner loads it for the first time; it has more time for that.
    Downloading {
        /// What the runner wrote last.
        line: String,
    },
    /// Its tools can be called.
    Connected {
        /// How many tools it has.
        tools: usize,
    },
    /// It changed its tools.
    ToolsChanged {
        /// How many it has now.
        tools: usize,
    },
    /// It could not be reached, or went away. It is tried again when it is needed.
    Failed {
        /// Why, with what it wrote last, and what a user can do about it.
        reason: String,
    },
    /// It failed so often that it is left alone for a while.
    Blocked {
        /// Milliseconds until it is tried again.
        retry_ms: u64,
    },
    /// It asked the user something; nobody is there, so it was told no.
    Declined {
        /// What it asked.
        message: String,
    },
    /// One line for people.
    Warning(String),
}

/// What a server is now.
#[derive(Debug, Clone)]
pub enum State {
    /// Not started yet, or ended while nobody needed it.
    Idle,
    /// It is being started or greeted.
    Connecting,
    /// Like `Connecting`, while a package runner loads it.
    Downloading,
    /// Its tools can be called.
    Connected,
    /// It could not be reached; the next use tries again.
    Failed(ConnectError),
    /// Left alone: its tools are not to be offered.
    Blocked {
        /// Milliseconds until it is tried again.
        retry_ms: u64,
    },
    /// Ended by [`Client::close`](crate::Client::close).
    Closed,
}
