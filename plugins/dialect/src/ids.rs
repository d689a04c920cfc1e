//! Ids and names of calls that another provider made, in the form that this one takes.
//!
//! Deterministic, so that a call and its result keep meeting, and the same turn gives the same
//! bytes. What fits already is left as it is.

use std::borrow::Cow;
use std::collections::HashSet;

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

/// An id of at most `most` characters; one that is empty, longer or has characters besides letters,
/// digits, `_` and `-` becomes `call_` and a hash of it.
pub fn fitting(id: &str, most: usize) -> Cow<'_, str> {
    if id.chars().all(is_plain) {
        return shortened(id, most);
    }
    Cow::Owned(hashed(id))
}

/// An id of at most `most` characters, for providers that look at nothing else; some models count on
/// theirs to come back as it was, whatever stands in it.
pub fn shortened(id: &str, most: usize) -> Cow<'_, str> {
    if !id.is_empty() && id.len() <= most {
        return Cow::Borrowed(id);
    }
    Cow::Owned(hashed(id))
}

/// FNV-1a, because it stays the same from build to build.
fn hashed(id: &str) -> String {
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = id.bytes().fold(0xcbf2_9ce4_8422_2325, mix);
    format!("call_{hash:016x}")
}

/// A tool's name as every provider takes it: models sometimes invent names that providers refuse
/// when they come back. At most 64 letters, digits, `_` and `-`.
pub fn name(name: &str) -> Cow<'_, str> {
    if !name.is_empty() && name.len() <= 64 && name.chars().all(is_plain) {
        return Cow::Borrowed(name);
    }
    let plain = |c| if is_plain(c) { c } else { '_' };
    let name: String = name.chars().map(plain).take(64).collect();
    Cow::Owned(if name.is_empty() { "_".into() } else { name })
}

/// Ids that were given out: each is given once.
#[derive(Debug, Default)]
pub struct Unique(HashSet<String>);

impl Unique {
    /// The first of these that was not given out yet; they must not come to an end before.
    pub fn first(&mut self, ids: impl IntoIterator<Item = String>) -> String {
        let mut ids = ids.into_iter();
        ids.find(|id| self.0.insert(id.clone())).unwrap_or_default()
    }

    /// The id as it fits, numbered when it was given out already: other providers count anew in
    /// each reply.
    pub fn fitting(&mut self, id: &str, most: usize) -> String {
        let id = fitting(id, most);
        let numbered = (2..).map(|number| format!("{id}_{number}"));
        self.first(std::iter::once(id.to_string()).chain(numbered))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stays_and_everything_else_becomes_a_hash() {
        assert_eq!(fitting("call_1-a", 64), "call_1-a");
        assert_eq!(fitting("functions.read:0", 64), "call_5b4c7fc9f36ea68e");
        let long = "a".repeat(65);
        assert_eq!(fitting(&long, 64), fitting(&long, 40));
        assert_ne!(fitting(&long, 64), fitting(&long[..64], 40));
        assert_eq!(fitting("", 64).len(), 21);
        assert_eq!(shortened("functions.read:0", 64), "functions.read:0");
        assert_eq!(shortened(&long, 64), fitting(&long, 64));
    }

    #[test]
    fn names_have_plain_characters_only() {
        assert_eq!(name("mcp__fs__read"), "mcp__fs__read");
        assert_eq!(name("read file é"), "read_file__");
        assert_eq!(name(""), "_");
        assert_eq!(name(&"ä".repeat(70)), "_".repeat(64));
    }
}
