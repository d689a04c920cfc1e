//! `<think>…</think>` at the very beginning of the text: reasoning of a model whose server has no
//! reasoning parser.
//!
//! Only there. A tag further on is text, because a model may write about tags. A closing tag
//! without an opening one (some templates put the opening one into the prompt) is text as well:
//! what came before it has been shown already.

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// Which part of the text is being read, and what of it is held back because a tag may begin there.
#[derive(Debug, Default)]
pub(super) struct ThinkTags {
    place: Place,
    held: String,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Nothing but blanks and the beginning of a tag so far.
    #[default]
    Beginning,
    /// Between the tags.
    Inside,
    /// Behind the closing tag, nothing but blanks so far.
    Behind,
    /// Ordinary text.
    Text,
}

/// A piece of the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Text(&'a str),
    Reasoning(&'a str),
}

impl ThinkTags {
    /// The server tells reasoning apart by itself, or the text has begun.
    pub(super) fn is_not_needed(&mut self) {
        if self.place == Place::Beginning && self.held.is_empty() {
            self.place = Place::Text;
        }
    }

    /// Whether the text ended between the tags.
    pub(super) fn is_inside(&self) -> bool {
        self.place == Place::Inside
    }

    /// What is still held back at the end of the reply.
    pub(super) fn take_held(&mut self) -> String {
        std::mem::take(&mut self.held)
    }

    /// Hands over what is decided of the text so far.
    pub(super) fn feed(&mut self, text: &str, mut each: impl FnMut(Piece<'_>)) {
        if self.place == Place::Text {
            return each(Piece::Text(text));
        }
        self.held.push_str(text);
        while let Some(rest) = self.go_on(&mut each) {
            self.held.drain(..rest);
        }
    }

    /// Decides about the held text; how many bytes of it are settled, `None` when nothing more is.
    fn go_on(&mut self, each: &mut impl FnMut(Piece<'_>)) -> Option<usize> {
        if self.held.is_empty() {
            return None;
        }
        match self.place {
            Place::Beginning => self.begin(),
            Place::Inside => self.inside(each),
            Place::Behind => self.behind(),
            Place::Text => {
                each(Piece::Text(&self.held));
                Some(self.held.len())
            }
        }
    }

    fn begin(&mut self) -> Option<usize> {
        let start = self.held.trim_start();
        if start.starts_with(OPEN) {
            self.place = Place::Inside;
            return Some(self.held.len() - start.len() + OPEN.len());
        }
        if OPEN.starts_with(start) {
            return None;
        }
        self.place = Place::Text;
        Some(0)
    }

    fn inside(&mut self, each: &mut impl FnMut(Piece<'_>)) -> Option<usize> {
        let (end, settled) = match self.held.find(CLOSE) {
            Some(at) => (at, at + CLOSE.len()),
            None => {
                let end = self.held.len() - overlap(&self.held, CLOSE);
                (end, end)
            }
        };
        if end > 0 {
            each(Piece::Reasoning(&self.held[..end]));
        }
        if settled > end {
            self.place = Place::Behind;
        }
        (settled > 0).then_some(settled)
    }

    fn behind(&mut self) -> Option<usize> {
        let start = self.held.trim_start();
        if start.is_empty() {
            return Some(self.held.len());
        }
        self.place = Place::Text;
        Some(self.held.len() - start.len())
    }
}

/// How many bytes at the end of `text` are a beginning of `tag`.
fn overlap(text: &str, tag: &str) -> usize {
    let most = tag.len().min(text.len());
    (1..=most)
        .rev()
        .find(|&len| text.as_bytes().ends_with(&tag.as_bytes()[..len]))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pieces: &[&str]) -> (String, String) {
        let (mut tags, mut thought, mut said) =
            (ThinkTags::default(), String::new(), String::new());
        for piece in pieces {
            tags.feed(piece, |piece| match piece {
                Piece::Text(text) => said.push_str(text),
                Piece::Reasoning(text) => thought.push_str(text),
            });
        }
        let inside = tags.is_inside();
        let held = tags.take_held();
        if inside { &mut thought } else { &mut said }.push_str(&held);
        (thought, said)
    }

    #[test]
    fn a_block_at_the_beginning_is_reasoning_however_the_text_is_cut() {
        let cases = [
            ("<think>a</think>\n\nb", "a", "b"),
            (
                " \n<think>a < b</thin</think>b </think>",
                "a < b</thin",
                "b </think>",
            ),
            ("<think></think>b", "", "b"),
            ("<think>cut </thi", "cut </thi", ""),
            ("say <think>a</think>", "", "say <think>a</think>"),
            ("<thin air", "", "<thin air"),
            ("<thi", "", "<thi"),
            ("  b", "", "  b"),
            ("ä<b", "", "ä<b"),
            ("<think>ä\u{1f600}</think>ö", "ä\u{1f600}", "ö"),
        ];
        for (text, thought, said) in cases {
            let letters: Vec<_> = text.split_inclusive(|_: char| true).collect();
            let expected = (thought.to_owned(), said.to_owned());
            assert_eq!(read(&letters), expected, "{text} by letters");
            for (at, _) in text.char_indices() {
                assert_eq!(
                    read(&[&text[..at], &text[at..]]),
                    expected,
                    "{text} cut at {at}"
                );
            }
        }
    }
}
