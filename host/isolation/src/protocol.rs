//! What parent and child say to each other, and how it looks in the pipes.
//!
//! A message is its length in four bytes, little end first, a head of JSON on one line, and bytes as
//! they are. Both sides are the same program, so nothing here has a version.

use massgen_plugin::Fault;
use massgen_plugin::wire::{split_bytes, with_bytes};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::limits::Limits;

/// The longest message in bytes: well above the longest payload, so that the caller's referee sees
/// one that is too long.
pub(crate) const LONGEST: usize = 64 << 20;

/// What the parent asks. All but the last two and the drops are answered.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Request {
    /// First of all, and answered by [`Reply::Loaded`]: take these limits and load the library.
    Load(Limits),
    /// Keep nothing but memory and the pipes.
    Lock,
    /// How much memory the library holds.
    Meter,
    /// Make a backend; its configuration follows.
    Create { backend: u64 },
    /// Ask a backend; the query follows.
    Query { backend: u64 },
    /// Open a session; the call follows.
    Open { backend: u64, session: u64 },
    /// One step; the event's data follows.
    Step {
        session: u64,
        kind: u32,
        status: u32,
        ticket: u64,
    },
    /// Drop a backend.
    DropBackend(u64),
    /// Drop a session.
    DropSession(u64),
    /// Answer to [`Reply::Begin`].
    Verdict(u32),
    /// Answer to [`Reply::Ask`]; it follows.
    Answer,
}

/// What the child says.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Reply {
    /// The library is loaded, or not.
    Loaded(Welcome),
    /// Done, with the text that was asked for.
    Done(Result<String, Fault>),
    /// What the meter says, when there is one.
    Meter(Option<Reading>),
    /// The step is over.
    Stepped(Result<u32, Fault>),
    /// A chunk: so many bytes of text follow, and then its data.
    Emit { kind: u32, index: u32, text: usize },
    /// An operation is to begin; its payload follows.
    Begin { op: u32, ticket: u64 },
    /// An operation is given up.
    Abandon(u64),
    /// A question of the session; it follows.
    Ask,
    /// Last words: a forbidden system call.
    Forbidden(i64),
    /// Last words: the library's memory is used up.
    Memory(u64),
}

/// The first words of a child.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Welcome {
    /// What the loading side has to say.
    pub(crate) report: serde_json::Value,
    /// The library's description of itself; absent when it was not loaded.
    pub(crate) description: Option<String>,
    /// Why the first filter is not there.
    pub(crate) unfiltered: Option<String>,
}

/// What the memory meter of a library says, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Allocated now.
    pub live: u64,
    /// Allowed.
    pub limit: u64,
}

/// A whole message.
pub(crate) fn message<T: Serialize>(head: &T, bytes: &[u8]) -> Result<Vec<u8>, String> {
    let body = with_bytes(head, bytes).map_err(|fault| fault.message)?;
    let length = u32::try_from(body.len()).ok();
    let length = length.filter(|_| body.len() <= LONGEST);
    let length = length.ok_or_else(|| format!("a message of {} bytes", body.len()))?;
    Ok([&length.to_le_bytes()[..], &body].concat())
}

/// What follows the length.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<(T, &[u8]), String> {
    split_bytes(body).map_err(|error| error.to_string())
}

/// The length of a message's body, from its first four bytes.
pub(crate) fn length(start: [u8; 4]) -> Result<usize, String> {
    match u32::from_le_bytes(start) as usize {
        length if length <= LONGEST => Ok(length),
        length => Err(format!("a message of {length} bytes")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_comes_back_as_it_went_in() {
        let sent = message(&Reply::Begin { op: 1, ticket: 7 }, b"\n\xff").expect("a message");
        let (start, body) = sent.split_first_chunk().expect("a length");
        assert_eq!(length(*start), Ok(body.len()));
        let (head, bytes) = parse::<Reply>(body).expect("a head");
        assert!(matches!(head, Reply::Begin { op: 1, ticket: 7 }));
        assert_eq!(bytes, b"\n\xff");
    }

    #[test]
    fn what_is_too_long_is_refused_on_both_sides() {
        assert!(message(&Request::Answer, &vec![0; LONGEST]).is_err());
        assert!(length([0xff; 4]).is_err());
    }
}
