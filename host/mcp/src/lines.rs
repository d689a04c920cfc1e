//! Bytes into lines of bounded length. Never fails: a line that is too long is said to be so and
//! skipped, a last line without an end counts as one.

use std::io;

use tokio_util::bytes::{Buf, BytesMut};
use tokio_util::codec::Decoder;

/// What stands between two line ends.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// The line without its end.
    Whole(BytesMut),
    /// It was longer than allowed and is gone.
    TooLong,
}

/// The decoder.
#[derive(Debug)]
pub(crate) struct Lines {
    longest: usize,
    /// Bytes at the front of the buffer that hold no line end.
    searched: usize,
    skipping: bool,
}

impl Lines {
    /// Lines of at most this many bytes.
    pub(crate) fn new(longest: usize) -> Self {
        Self {
            longest,
            searched: 0,
            skipping: false,
        }
    }

    fn whole(&mut self, bytes: &mut BytesMut, end: usize) -> Option<Line> {
        let mut line = bytes.split_to(end);
        bytes.advance(usize::from(!bytes.is_empty()));
        self.searched = 0;
        if std::mem::take(&mut self.skipping) {
            return None;
        }
        if line.len() > self.longest {
            return Some(Line::TooLong);
        }
        if line.last() == Some(&b'\r') {
            line.truncate(line.len() - 1);
        }
        Some(Line::Whole(line))
    }
}

impl Decoder for Lines {
    type Item = Line;
    type Error = io::Error;

    fn decode(&mut self, bytes: &mut BytesMut) -> io::Result<Option<Line>> {
        while let Some(at) = bytes[self.searched..].iter().position(|b| *b == b'\n') {
            if let Some(line) = self.whole(bytes, self.searched + at) {
                return Ok(Some(line));
            }
        }
        self.searched = bytes.len();
        if bytes.len() <= self.longest {
            return Ok(None);
        }
        bytes.clear();
        self.searched = 0;
        let first = !std::mem::replace(&mut self.skipping, true);
        Ok(first.then_some(Line::TooLong))
    }

    fn decode_eof(&mut self, bytes: &mut BytesMut) -> io::Result<Option<Line>> {
        if let Some(line) = self.decode(bytes)? {
            return Ok(Some(line));
        }
        if bytes.is_empty() {
            return Ok(None);
        }
        let end = bytes.len();
        Ok(self.whole(bytes, end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(chunks: &[&str], expected: &[Option<&str>]) {
        let mut lines = Lines::new(5);
        let mut bytes = BytesMut::new();
        let mut got = Vec::new();
        for chunk in chunks {
            bytes.extend_from_slice(chunk.as_bytes());
            while let Some(line) = lines.decode(&mut bytes).unwrap() {
                got.push(line);
            }
        }
        while let Some(line) = lines.decode_eof(&mut bytes).unwrap() {
            got.push(line);
        }
        let expected: Vec<_> = expected
            .iter()
            .map(|line| line.map_or(Line::TooLong, |line| Line::Whole(line.into())))
            .collect();
        assert_eq!(got, expected, "{chunks:?}");
    }

    #[test]
    fn lines_come_whole_whatever_the_chunks() {
        check(
            &["ab\ncd\r\n", "\n", "e", "f"],
            &[Some("ab"), Some("cd"), Some(""), Some("ef")],
        );
        check(
            &["12345\n", "123", "45", "\n"],
            &[Some("12345"), Some("12345")],
        );
    }

    #[test]
    fn a_long_line_is_skipped_once_and_the_next_one_comes() {
        check(&["123456\nab\n"], &[None, Some("ab")]);
        check(&["123456", "789", "0\nab\n"], &[None, Some("ab")]);
        check(&["123456", "789"], &[None]);
    }
}
