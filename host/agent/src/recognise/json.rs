//! JSON values inside other text.
//!
//! A value that strict JSON refuses is tried once more with the commonest slips of small models
//! put right: raw line breaks inside a string, a comma before a closing bracket, a backslash
//! before a character that needs none. Nothing is guessed: a value without its end is no value.
//!
//! **Invariant:** each part of the text is read at most [`MOST_MISSES`] + 1 times, so hostile text
//! costs linear time.

use std::iter::FusedIterator;
use std::ops::Range;

use serde_json::Value;

/// Beginnings that turn out to be no value before the search gives up.
const MOST_MISSES: usize = 32;

/// The objects and lists of objects in a text, outermost only, each with its place.
pub(super) fn values(text: &str) -> Values<'_> {
    Values {
        text,
        at: 0,
        misses: 0,
    }
}

pub(super) struct Values<'a> {
    text: &'a str,
    at: usize,
    misses: usize,
}

impl Iterator for Values<'_> {
    type Item = (Range<usize>, Value);

    fn next(&mut self) -> Option<Self::Item> {
        while self.misses <= MOST_MISSES {
            let start = self.at + beginning(&self.text[self.at..])?;
            if let Some((value, length)) = value_at(&self.text[start..]) {
                self.at = start + length;
                return Some((start..self.at, value));
            }
            self.misses += 1;
            self.at = start + 1;
        }
        None
    }
}

impl FusedIterator for Values<'_> {}

/// Where the first `{` before a `"`, or `[` before a `{`, stands.
fn beginning(text: &str) -> Option<usize> {
    let brackets = text.match_indices(['{', '[']);
    brackets
        .map(|(at, bracket)| (at, bracket, text[at + 1..].trim_start()))
        .find_map(|(at, bracket, inside)| {
            let begins = if bracket == "{" { '"' } else { '{' };
            inside.starts_with(begins).then_some(at)
        })
}

/// The value at the start of the text, and its length.
fn value_at(text: &str) -> Option<(Value, usize)> {
    strict(text).or_else(|| {
        let (repaired, length) = repair(text)?;
        Some((serde_json::from_str(&repaired).ok()?, length))
    })
}

fn strict(text: &str) -> Option<(Value, usize)> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let value = values.next()?.ok()?;
    Some((value, values.byte_offset()))
}

/// The text up to the bracket that closes its first, with slips put right, and its length before.
fn repair(text: &str) -> Option<(String, usize)> {
    let mut out = String::new();
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => in_string = !in_string,
            '\\' if in_string => {
                push_escape(&mut out, chars.next()?.1);
                continue;
            }
            control if in_string && control.is_control() => {
                push_control(&mut out, control);
                continue;
            }
            '{' | '[' if !in_string => depth += 1,
            '}' | ']' if !in_string => {
                drop_comma(&mut out);
                depth = depth.checked_sub(1)?;
            }
            _ => {}
        }
        out.push(char);
        if depth == 0 {
            return Some((out, at + char.len_utf8()));
        }
    }
    None
}

/// An escape as JSON knows it; a backslash before anything else stands for itself.
fn push_escape(out: &mut String, escaped: char) {
    match escaped {
        '\'' => {}
        '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' | 'u' => out.push('\\'),
        _ => out.push_str("\\\\"),
    }
    match escaped {
        control if control.is_control() => push_control(out, control),
        other => out.push(other),
    }
}

fn push_control(out: &mut String, control: char) {
    match control {
        '\n' => out.push_str("\\n"),
        '\t' => out.push_str("\\t"),
        '\r' => out.push_str("\\r"),
        _ => out.push(' '),
    }
}

fn drop_comma(out: &mut String) {
    let end = out.trim_end().len();
    if out[..end].ends_with(',') {
        out.truncate(end - 1);
    }
}
