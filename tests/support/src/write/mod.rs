//! Replies as bytes: what every wire format can say, and the little that they share.

mod chat;
mod gemini;
mod messages;
mod responses;

pub(crate) use chat::Chat;
pub(crate) use gemini::Gemini;
pub(crate) use messages::Messages;
pub(crate) use responses::Responses;

use serde_json::Value;

use crate::{Reply, Request};

/// Writes one wire format.
pub(crate) trait Writer: Sync {
    /// The reply as the events of a stream, whatever marks its end included.
    fn stream(&self, reply: &Reply, request: &Request) -> Vec<String>;

    /// The reply as one JSON document.
    fn document(&self, reply: &Reply, request: &Request) -> String;

    /// What stands before the first text of a reply.
    fn opening(&self, request: &Request) -> String;

    /// One event that appends this text.
    fn text(&self, request: &Request, text: &str) -> String;

    /// The end of a stream that says nothing of how it went; empty where there is no such mark.
    fn end_mark(&self) -> String {
        String::new()
    }

    /// The events by which the provider itself breaks off a reply.
    fn failure(&self, request: &Request, message: &str) -> String;

    /// The body that comes with an error's status. `retry_after` is in seconds.
    fn refusal(&self, code: u16, message: &str, retry_after: Option<&str>) -> String;

    /// Events whose data is JSON of a shape that this format does not have.
    fn misshapen(&self) -> Vec<String>;

    /// What keeps a connection open and says nothing.
    fn keep_alive(&self) -> String {
        ": still here\n\n".to_owned()
    }
}

/// One event with any data.
pub(crate) fn event(data: &str) -> String {
    format!("data: {data}\n\n")
}

/// One event that is named by the type that its data says, as two of the formats have it.
fn typed_event(data: &Value) -> String {
    let kind = data["type"].as_str().unwrap_or_default();
    format!("event: {kind}\n{}", event(&data.to_string()))
}

/// The id of a call. It says where it comes from, so that a later request can be checked.
fn call_id(request: &Request, index: usize) -> String {
    format!("call_{}_{}_{index}", request.model, request.call)
}

/// What a provider signs a reply with, and wants back unchanged: valid base64.
pub fn seal(model: &str, call: usize) -> String {
    let plain = |it: &char| it.is_ascii_alphanumeric();
    let mut text: String = format!("sealed{model}{call}")
        .chars()
        .filter(plain)
        .collect();
    while !text.len().is_multiple_of(4) {
        text.push('A');
    }
    text
}

/// Arguments as JSON; text that is none stays text.
fn parsed(arguments: &str) -> Value {
    serde_json::from_str(arguments).unwrap_or_else(|_| arguments.into())
}

/// Cuts a text into at most so many pieces, between characters; nothing for an empty text.
fn pieces(text: &str, most: usize) -> impl Iterator<Item = &str> {
    let size = text.len().div_ceil(most.max(1)).max(1);
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = (size.min(rest.len())..=rest.len()).find(|at| rest.is_char_boundary(*at))?;
        let (piece, after) = rest.split_at(end);
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_lose_nothing_and_split_no_character() {
        for (text, most) in [
            ("", 3),
            ("a", 3),
            ("abcdefg", 3),
            ("grüße", 4),
            ("日本語", 9),
        ] {
            let pieces: Vec<&str> = pieces(text, most).collect();
            assert_eq!(pieces.concat(), text);
            assert!(pieces.len() <= most.max(1), "{pieces:?}");
        }
    }

    #[test]
    fn a_seal_is_base64_and_differs_from_call_to_call() {
        assert_eq!(seal("gpt-5.1", 12), "sealedgpt5112AAA");
        assert_ne!(seal("a", 1), seal("a", 2));
    }
}
