//! A conversation as every provider must see it (spec backends §12).
//!
//! Invariants, because strict providers answer 400 otherwise: every call that is rendered is
//! answered by a result in the tool turns directly after it, and every result that is rendered
//! answers such a call. What one provider said to itself is not for another: it is replaced by a
//! stated placeholder and never just dropped.

use std::borrow::Cow;

use massgen_plugin::chat::{Image, Opaque, Part, Role, Turn};
use serde_json::{Value, json};

use crate::append;

/// A tool's result.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// Id of the call.
    pub call_id: &'a str,
    /// The tool.
    pub name: &'a str,
    /// Texts and pictures.
    pub parts: &'a [Part],
    /// Whether the tool failed.
    pub is_error: bool,
}

impl Answer<'_> {
    /// All text of it, marked when the tool failed: for providers with no field that says so.
    pub fn marked_text(&self) -> String {
        let mark = if self.is_error { "Error: " } else { "" };
        format!("{mark}{}", text_of(self.parts))
    }
}

/// A call that was answered.
#[derive(Debug, Clone, Copy)]
pub struct Called<'a> {
    /// The canonical id.
    pub id: &'a str,
    /// The tool.
    pub name: &'a str,
    /// As the model gave them.
    pub arguments: &'a Value,
    /// The result.
    pub answer: Answer<'a>,
}

/// A piece of what an assistant said, for providers that take finer parts than one text.
#[derive(Debug)]
pub enum Said<'a> {
    /// What the reader wants back unchanged.
    Kept(&'a Opaque),
    /// A call, and its result.
    Called(Called<'a>),
    /// A text, or what stands in place of a part that the reader cannot be given.
    Text(Cow<'a, str>),
}

/// What comes next in a conversation.
#[derive(Debug, Clone)]
pub enum Spoken<'a> {
    /// What the person said.
    User(&'a [Part]),
    /// What the model said, and the results of its calls.
    Assistant(&'a Turn, Vec<Answer<'a>>),
}

/// All system turns joined by a blank line; `None` when they say nothing.
pub fn system(turns: &[Turn]) -> Option<String> {
    let turns = turns.iter().filter(|turn| turn.role == Role::System);
    let texts: Vec<_> = turns
        .map(Turn::joined_text)
        .filter(|text| !text.trim().is_empty())
        .collect();
    (!texts.is_empty()).then(|| texts.join("\n\n"))
}

/// The conversation without system turns; tool turns stand with the calls they answer.
pub fn conversation(turns: &[Turn]) -> impl Iterator<Item = Spoken<'_>> {
    turns
        .iter()
        .enumerate()
        .filter_map(|(at, turn)| match turn.role {
            Role::User => Some(Spoken::User(&turn.parts)),
            Role::Assistant => Some(Spoken::Assistant(turn, answers(&turns[at + 1..]))),
            Role::System | Role::Tool => None,
        })
}

/// The results in the tool turns that follow directly.
fn answers(following: &[Turn]) -> Vec<Answer<'_>> {
    let turns = following.iter().take_while(|turn| turn.role == Role::Tool);
    turns
        .flat_map(|turn| &turn.parts)
        .filter_map(|part| match part {
            Part::ToolResult {
                call_id,
                name,
                parts,
                is_error,
            } => Some(Answer {
                call_id,
                name,
                parts,
                is_error: *is_error,
            }),
            _ => None,
        })
        .collect()
}

/// Adds pieces of a role to the last message where it is of the same role and `joins`, else a
/// message of their own; `member` is where a message has its pieces.
pub fn say(
    messages: &mut Vec<Value>,
    role: &str,
    member: &str,
    pieces: Vec<Value>,
    joins: impl FnOnce(&Value) -> bool,
) {
    if pieces.is_empty() {
        return;
    }
    let last = messages.last_mut().filter(|last| last["role"] == role);
    match last.filter(|last| joins(last)) {
        Some(last) => append(&mut last[member], pieces.into()),
        None => messages.push(json!({ "role": role, member: pieces })),
    }
}

/// A value that only this backend type reads again.
pub fn opaque(provider: &str, value: Value) -> Opaque {
    Opaque {
        provider: provider.to_owned(),
        value,
    }
}

/// The texts and pictures among these parts, each in the form of the provider; blank texts are left
/// out, because providers refuse them.
pub fn shown(
    parts: &[Part],
    text: impl Fn(&str) -> Value,
    picture: impl Fn(&Image) -> Value,
) -> Vec<Value> {
    let shown = parts.iter().filter_map(|part| match part {
        Part::Text { text: said } if !said.trim().is_empty() => Some(text(said)),
        Part::Image(image) => Some(picture(image)),
        _ => None,
    });
    shown.collect()
}

/// All text parts joined.
pub fn text_of(parts: &[Part]) -> String {
    parts.iter().filter_map(Part::as_text).collect()
}

/// Whether this backend type made the turn.
pub fn is_own(turn: &Turn, provider: &str) -> bool {
    turn.origin
        .as_ref()
        .is_some_and(|origin| origin.provider == provider)
}

/// What this backend type wants replayed of a part, when it made it.
pub fn own_opaque<'a>(part: &'a Part, provider: &str) -> Option<&'a Opaque> {
    opaque_of(part).filter(|opaque| opaque.provider == provider)
}

fn opaque_of(part: &Part) -> Option<&Opaque> {
    match part {
        Part::Reasoning { opaque, .. } => opaque.as_ref(),
        Part::ServerTool { opaque } => Some(opaque),
        _ => None,
    }
}

/// The pieces of an assistant turn in order, without calls that were not answered. `takes` says
/// what the reader wants back.
pub fn said<'a>(
    turn: &'a Turn,
    answers: &'a [Answer<'a>],
    reader: &'a str,
    takes: impl Fn(&Opaque) -> bool + 'a,
) -> impl Iterator<Item = Said<'a>> {
    let piece = move |part: &'a Part| match part {
        Part::ToolCall {
            id,
            name,
            arguments,
        } => {
            let answer = answers.iter().find(|answer| answer.call_id == id)?;
            Some(Said::Called(Called {
                id,
                name,
                arguments,
                answer: *answer,
            }))
        }
        Part::Text { text } => Some(Said::Text(text.into())),
        Part::Image(image) => Some(Said::Text(no_picture(&image.mime).into())),
        part => match opaque_of(part).filter(|opaque| takes(opaque)) {
            Some(opaque) => Some(Said::Kept(opaque)),
            None => placeholder(turn, part, reader).map(|note| Said::Text(note.into())),
        },
    };
    turn.parts.iter().filter_map(piece)
}

/// What stands in a turn of `provider` in place of a part that only its maker can read, when
/// `reader` is another; `None` when there is nothing to say.
pub fn placeholder(turn: &Turn, part: &Part, reader: &str) -> Option<String> {
    if is_own(turn, reader) {
        return None;
    }
    let maker = turn
        .origin
        .as_ref()
        .map_or("another model", |it| &it.provider);
    match part {
        Part::Reasoning { text, .. } if !text.is_empty() => Some(format!(
            "[Reasoning of {maker} left out: only the model that wrote it may be given it.]"
        )),
        Part::ServerTool { .. } => Some(format!("[{maker} used a tool of its provider here.]")),
        _ => None,
    }
}

/// What an assistant said as one text, for providers that know no finer parts: its texts, and
/// what stands in place of everything that `reader` cannot be given, in paragraphs of its own.
#[derive(Debug, Default)]
pub struct Words {
    text: String,
    after_note: bool,
}

impl Words {
    /// All of a turn.
    pub fn of_turn(turn: &Turn, reader: &str) -> String {
        let mut words = Self::default();
        for part in &turn.parts {
            words.add(turn, part, reader);
        }
        words.take()
    }

    /// Adds a part of a turn.
    pub fn add(&mut self, turn: &Turn, part: &Part, reader: &str) {
        match part {
            Part::Text { text } => self.put(text, false),
            Part::Image(image) => self.put(&no_picture(&image.mime), true),
            _ => {
                if let Some(note) = placeholder(turn, part, reader) {
                    self.put(&note, true);
                }
            }
        }
    }

    /// What was added since the last time.
    pub fn take(&mut self) -> String {
        std::mem::take(self).text
    }

    fn put(&mut self, text: &str, is_note: bool) {
        if text.is_empty() {
            return;
        }
        if !self.text.is_empty() && (is_note || self.after_note) {
            self.text.push_str("\n\n");
        }
        self.text.push_str(text);
        self.after_note = is_note;
    }
}

/// What stands in place of a picture for a model that takes none.
pub fn no_picture(mime: &str) -> String {
    format!("[A picture ({mime}) stood here; this model cannot be shown pictures.]")
}
