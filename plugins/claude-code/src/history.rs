//! What of the conversation the program's session has not seen yet.
//!
//! A reply leaves the id of its session in the conversation, with a hash of all that came before.
//! When the next call begins with just that, the session goes on; otherwise a new one is told the
//! conversation in words.

use dialect::history::{self, Answer, Spoken, Words};
use dialect::picture;
use massgen_plugin::chat::{Opaque, Part, Role, Turn};
use serde_json::{Value, json};

use crate::PROVIDER;

/// A conversation as a session meets it.
#[derive(Debug)]
pub(crate) struct Past<'a> {
    /// The session that has seen everything up to its own last turn.
    pub(crate) session: Option<&'a str>,
    /// What is left to say; with a session it begins with the session's own last turn.
    turns: &'a [Turn],
}

impl<'a> Past<'a> {
    /// The session that can go on, if any.
    pub(crate) fn of(turns: &'a [Turn]) -> Self {
        Self::continued(turns).unwrap_or_else(|| Self::fresh(turns))
    }

    /// All turns for a new session.
    pub(crate) fn fresh(turns: &'a [Turn]) -> Self {
        Self {
            session: None,
            turns,
        }
    }

    fn continued(turns: &'a [Turn]) -> Option<Self> {
        let at = turns.iter().rposition(|it| it.role == Role::Assistant)?;
        let (seen, rest) = turns.split_at(at);
        let parts = rest[0].parts.iter();
        let mark = parts
            .rev()
            .find_map(|it| history::own_opaque(it, PROVIDER))?;
        let is_same = mark.value["seen"] == digest(seen);
        let has_news = rest[1..].iter().any(|it| !it.parts.is_empty());
        let is_instructed = rest.iter().any(|it| it.role == Role::System);
        let session = mark.value["session"].as_str()?;
        (is_same && has_news && !is_instructed).then_some(Self {
            session: Some(session),
            turns: rest,
        })
    }
}

/// What a reply leaves in the conversation.
pub(crate) fn mark(session: &str, seen: &[Turn]) -> Opaque {
    Opaque {
        provider: PROVIDER.into(),
        value: json!({ "session": session, "seen": digest(seen) }),
    }
}

/// FNV-1a over the JSON: the same from build to build.
fn digest(turns: &[Turn]) -> String {
    let bytes = serde_json::to_vec(turns).unwrap_or_default();
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    format!("{:016x}", bytes.iter().fold(0xcbf2_9ce4_8422_2325, mix))
}

/// The content of the next message.
pub(crate) fn blocks(past: &Past<'_>) -> Vec<Value> {
    let mut content = Content::default();
    let is_dialogue = past.turns.iter().any(|it| it.role == Role::Assistant);
    let labelled = is_dialogue && past.session.is_none();
    if labelled {
        content.say("The conversation so far, oldest turn first. Go on after its last turn.");
    }
    for (at, spoken) in history::conversation(past.turns).enumerate() {
        match spoken {
            Spoken::User(parts) => {
                if labelled {
                    content.say("User:");
                }
                content.parts(parts);
            }
            Spoken::Assistant(turn, answers) => {
                if at > 0 || past.session.is_none() {
                    content.assistant(turn);
                }
                answers.iter().for_each(|answer| content.answer(answer));
            }
        }
    }
    content.0
}

/// Blocks of a message; texts that follow each other are one, in paragraphs.
#[derive(Default)]
struct Content(Vec<Value>);

impl Content {
    fn say(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some(Value::String(said)) = self.0.last_mut().and_then(|it| it.get_mut("text")) {
            said.push_str("\n\n");
            said.push_str(text);
        } else {
            // A message that begins with a slash is a command of the program.
            let is_command = self.0.is_empty() && text.trim_start().starts_with('/');
            let before = if is_command { "Message:\n" } else { "" };
            self.0
                .push(json!({ "type": "text", "text": format!("{before}{text}") }));
        }
    }

    fn parts(&mut self, parts: &[Part]) {
        for part in parts {
            self.say(part.as_text().unwrap_or_default());
            self.picture(part);
        }
    }

    fn picture(&mut self, part: &Part) {
        if let Part::Image(image) = part {
            self.0.push(picture::block(image));
        }
    }

    fn assistant(&mut self, turn: &Turn) {
        let words = Words::of_turn(turn, PROVIDER);
        self.say(&format!("Assistant:\n\n{words}"));
        for part in &turn.parts {
            if let Part::ToolCall {
                name, arguments, ..
            } = part
            {
                self.say(&format!("[It called the tool `{name}` with {arguments}]"));
            }
        }
    }

    fn answer(&mut self, answer: &Answer<'_>) {
        let (name, text) = (answer.name, answer.marked_text());
        self.say(&format!("Result of the tool `{name}`:\n\n{text}"));
        answer.parts.iter().for_each(|part| self.picture(part));
    }
}
