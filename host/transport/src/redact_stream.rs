//! Removes secrets from bytes that come piece by piece, also where a secret is cut in two.

use crate::Secret;
use crate::redact::{MASK, spellings};

/// Masks one stream. What may be the begin of a secret is held back until it is known.
#[derive(Debug, Default)]
pub struct RedactStream {
    /// Longest first.
    spellings: Vec<String>,
    held: Vec<u8>,
}

impl RedactStream {
    /// A mask for these secrets, in any spelling; those of fewer than 8 bytes stay.
    pub fn new(secrets: &[Secret]) -> Self {
        Self {
            spellings: spellings(secrets).collect(),
            held: Vec::new(),
        }
    }

    /// What may be shown, now that these bytes came.
    #[must_use = "the bytes are not kept"]
    pub fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut seen = std::mem::take(&mut self.held);
        seen.extend_from_slice(bytes);
        if self.spellings.is_empty() {
            return seen;
        }
        let mut shown = Vec::with_capacity(seen.len());
        let mut rest = &*seen;
        while let Some(first) = rest.first() {
            let begun = |it: &&String| it.len() > rest.len() && it.as_bytes().starts_with(rest);
            if self.spellings.iter().any(|it| begun(&it)) {
                break;
            }
            let whole = |it: &&String| rest.starts_with(it.as_bytes());
            if let Some(spelling) = self.spellings.iter().find(whole) {
                shown.extend_from_slice(MASK.as_bytes());
                rest = &rest[spelling.len()..];
            } else {
                shown.push(*first);
                rest = &rest[1..];
            }
        }
        self.held = rest.to_vec();
        shown
    }

    /// What was held back when the stream ended: no whole secret.
    #[must_use = "the bytes are not kept"]
    pub fn finish(&mut self) -> Vec<u8> {
        let mut shown = Vec::new();
        let mut rest = std::mem::take(&mut self.held);
        // A shorter secret may stand in what began like a longer one.
        while let Some(first) = rest.first().copied() {
            let whole = |it: &&String| rest.starts_with(it.as_bytes());
            match self.spellings.iter().find(whole).map(String::len) {
                Some(length) => {
                    shown.extend_from_slice(MASK.as_bytes());
                    rest.drain(..length);
                }
                None => {
                    shown.push(first);
                    rest.remove(0);
                }
            }
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(secrets: &[&str], pieces: &[&[u8]]) -> String {
        let secrets: Vec<_> = secrets.iter().map(|it| Secret::new(*it)).collect();
        let mut mask = RedactStream::new(&secrets);
        let mut shown: Vec<_> = pieces.iter().flat_map(|it| mask.push(it)).collect();
        shown.extend(mask.finish());
        String::from_utf8_lossy(&shown).into_owned()
    }

    #[test]
    fn a_secret_is_found_wherever_it_is_cut() {
        let text = b"key sk-planted-key, sk-planted and sk-pl";
        for at in 0..text.len() {
            let (a, b) = text.split_at(at);
            let shown = masked(&["sk-planted-key", "unrelated"], &[a, b]);
            assert_eq!(shown, "key ***, sk-planted and sk-pl", "{at}");
        }
        let each: Vec<_> = text.chunks(1).collect();
        let shown = masked(&["sk-planted-key", "sk-planted"], &each);
        assert_eq!(shown, "key ***, *** and sk-pl");
    }

    #[test]
    fn a_secret_within_the_begin_of_a_longer_one_is_found_at_the_end() {
        let secrets = ["abcdefgh-ijkl", "abcdefgh"];
        assert_eq!(masked(&secrets, &[b"x abcdefgh-"]), "x ***-");
        assert_eq!(masked(&secrets, &[b"abcdefgh-ijk", b"l"]), "***");
    }

    #[test]
    fn bytes_that_are_no_text_pass() {
        assert_eq!(RedactStream::new(&[]).push(b"\xff\0"), b"\xff\0");
        let secrets = [Secret::new("sk-planted")];
        let mut mask = RedactStream::new(&secrets);
        assert_eq!(mask.push(b"\xffsk-planted\xfe"), b"\xff***\xfe");
    }
}
