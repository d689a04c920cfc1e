//! Tool calls that a model wrote as text.
//!
//! Small local models often write `{"name": "vote", "arguments": {…}}` into the reply, bare, in a
//! fence, in `<tool_call>` tags or after a `<tools>` block, because their template or their
//! training has no better way. Such an object counts as a call when it names a tool on offer;
//! everything else in the text stays text.
//!
//! Any text is welcome: nothing here panics, and the work is linear in the length of the text.

mod json;
mod shape;

use std::ops::Range;

use events::Call;
use massgen_plugin::chat::Tool;

use self::json::values;
use self::shape::{Written, calls_in};

/// A text with so many calls is a loop, not a decision; the rest of it stays text.
const MOST_CALLS: usize = 32;

/// A text taken apart.
#[derive(Debug, PartialEq)]
pub(crate) struct Recognised {
    /// The text without the calls and their wrapping; the whole text when there is no call.
    pub(crate) text: String,
    /// The calls in order. A call that is repeated word for word counts once.
    pub(crate) calls: Vec<Call>,
}

/// Finds the call with which a text ends its decision, for a model that was told to write its
/// calls: the last object or list that is one counts, and what it thought aloud before stays text.
pub(crate) fn recognise_last(text: &str, offered: &[Tool]) -> Recognised {
    let found = values(text).filter_map(|(span, value)| {
        let calls = calls_in(&value, offered);
        (!calls.is_empty()).then_some((span, calls))
    });
    let (spans, calls) = found.last().unzip();
    Recognised {
        text: without(text, spans.as_slice()),
        calls: numbered(distinct(calls.unwrap_or_default())),
    }
}

/// Finds calls of the offered tools in a text.
pub(crate) fn recognise(text: &str, offered: &[Tool]) -> Recognised {
    let mut spans: Vec<Range<usize>> = Vec::new();
    let mut calls: Vec<Written> = Vec::new();
    if !offered.is_empty() {
        for (span, value) in values(text) {
            let found = calls_in(&value, offered);
            if !found.is_empty() && calls.len() < MOST_CALLS {
                add_span(&mut spans, span, text);
                calls.extend(found);
            }
        }
    }
    Recognised {
        text: without(text, &spans),
        calls: numbered(distinct(calls)),
    }
}

fn distinct(calls: Vec<Written>) -> Vec<Written> {
    let mut kept: Vec<Written> = Vec::new();
    for call in calls {
        if !kept.contains(&call) {
            kept.push(call);
        }
    }
    kept
}

fn numbered(calls: Vec<Written>) -> Vec<Call> {
    let numbered = (1..).zip(calls);
    numbered
        .map(|(n, call)| Call {
            id: format!("written_{n}"),
            name: call.name,
            arguments: call.arguments,
        })
        .collect()
}

/// Adds a call's place; calls with nothing but commas between them are one place.
fn add_span(spans: &mut Vec<Range<usize>>, span: Range<usize>, text: &str) {
    match spans.last_mut() {
        Some(last)
            if text[last.end..span.start]
                .trim()
                .trim_matches(',')
                .is_empty() =>
        {
            last.end = span.end;
        }
        _ => spans.push(span),
    }
}

/// The text without these places and what wraps each of them.
fn without(text: &str, spans: &[Range<usize>]) -> String {
    let mut kept = String::new();
    let mut at = 0;
    for span in spans {
        let wide = with_wrapping(text, at, span);
        kept.push_str(&text[at..wide.start]);
        at = wide.end;
    }
    kept.push_str(&text[at..]);
    if spans.is_empty() {
        kept
    } else {
        kept.trim().to_owned()
    }
}

/// The place with the tags and the fence around it, looking back no further than `from`.
fn with_wrapping(text: &str, from: usize, span: &Range<usize>) -> Range<usize> {
    let (mut before, mut after) = (&text[from..span.start], &text[span.end..]);
    for (open, close) in [("<tool_call>", "</tool_call>"), ("<tools>", "</tools>")] {
        before = before.trim_end().strip_suffix(open).unwrap_or(before);
        after = after.trim_start().strip_prefix(close).unwrap_or(after);
    }
    let last_line = before.trim_end().rfind('\n').map_or(0, |end| end + 1);
    let opened = before[last_line..].trim_start().starts_with("```");
    if let (true, Some(closed)) = (opened, after.trim_start().strip_prefix("```")) {
        (before, after) = (&before[..last_line], closed);
    }
    from + before.len()..text.len() - after.len()
}

#[cfg(test)]
mod tests;
