//! Tool calls put together from fragments, in every shape servers send them.
//!
//! A fragment begins a new call when its index is new, when it brings another id, or when it names
//! a tool after the call before it was complete (spec backends §4). Everything else continues a
//! call: ids and names may be repeated or missing, indexes may be missing or all 0.

use massgen_plugin::chat::{Chunk, ToolCall};
use massgen_plugin::{Chunks, tracing};
use serde::de::IgnoredAny;

use dialect::{Json, arguments};

/// The calls of one reply, in the order in which they began.
#[derive(Debug, Default)]
pub(super) struct Calls(Vec<Call>);

#[derive(Debug)]
struct Call {
    /// The index on the wire, when there was one.
    wire_index: Option<u64>,
    /// The server's id; empty while there is none.
    id: String,
    name: String,
    arguments: String,
    is_announced: bool,
    /// How many bytes of the arguments the host has been told.
    told: usize,
}

/// A fragment with its absent members told apart from its present ones.
pub(super) struct Fragment<'a> {
    index: Option<u64>,
    id: &'a str,
    name: &'a str,
    arguments: &'a Json<'a>,
}

impl<'a> Fragment<'a> {
    /// An item of `tool_calls`.
    pub(super) fn of_call(call: &'a Json<'a>) -> Self {
        Self {
            index: call.get("index").number(),
            id: call.get("id").text().unwrap_or(""),
            ..Self::of_function(call.get("function"))
        }
    }

    /// `function_call`: the one call of the interface before there were several.
    pub(super) fn of_function(function: &'a Json<'a>) -> Self {
        Self {
            index: None,
            id: "",
            name: function.get("name").text().unwrap_or(""),
            arguments: function.get("arguments"),
        }
    }
}

impl Calls {
    /// Whether no call came that could be made.
    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|call| call.name.is_empty())
    }

    /// Takes a fragment; tells the host of it once the call's name is certain.
    pub(super) fn read(&mut self, fragment: &Fragment<'_>, out: &mut Chunks<'_, '_>) {
        let at = self.place(fragment).unwrap_or_else(|| self.begin(fragment));
        self.0[at].take(fragment);
        if !self.0[at].arguments.is_empty() {
            self.tell(at, out);
        }
    }

    /// Hands over every call, complete.
    pub(super) fn finish(&mut self, out: &mut Chunks<'_, '_>) {
        for at in 0..self.0.len() {
            if self.0[at].name.is_empty() {
                tracing::warn!("a tool call without a name was skipped");
                continue;
            }
            self.tell(at, out);
            let call = &self.0[at];
            out.tool_call(ToolCall {
                index: number(at),
                id: call.id.clone(),
                name: call.name.clone(),
                arguments: arguments::parse(&call.arguments),
            });
        }
    }

    /// The call that a fragment continues; `None` when it begins one.
    fn place(&self, fragment: &Fragment<'_>) -> Option<usize> {
        let last = self.0.len().checked_sub(1)?;
        let by_index = |index| {
            self.0
                .iter()
                .rposition(|call| call.wire_index == Some(index))
        };
        let by_id = || self.0.iter().rposition(|call| call.id == fragment.id);
        let at = match (fragment.index.map(by_index), fragment.id) {
            (Some(Some(at)), _) => Some(at),
            // A new index that brings neither id nor name is a counter of fragments.
            (Some(None), "") if fragment.name.is_empty() => Some(last),
            (Some(None), _) => None,
            (None, "") => Some(last),
            (None, _) => by_id(),
        }?;
        (!self.0[at].is_followed_by(fragment)).then_some(at)
    }

    fn begin(&mut self, fragment: &Fragment<'_>) -> usize {
        let at = self.0.len();
        let is_taken = !fragment.id.is_empty() && self.0.iter().any(|it| it.id == fragment.id);
        let id = if is_taken {
            self.free_id(at)
        } else {
            fragment.id.to_owned()
        };
        self.0.push(Call {
            wire_index: fragment.index,
            id,
            name: String::new(),
            arguments: String::new(),
            is_announced: false,
            told: 0,
        });
        at
    }

    /// Says that a call began, once, and what is new of its arguments; nothing of a call that has
    /// no name yet. Gives it an id when the server gave none.
    fn tell(&mut self, at: usize, out: &mut Chunks<'_, '_>) {
        if self.0[at].name.is_empty() {
            return;
        }
        if self.0[at].id.is_empty() {
            self.0[at].id = self.free_id(at);
        }
        let call = &mut self.0[at];
        if !std::mem::replace(&mut call.is_announced, true) {
            out.push(Chunk::ToolCallStart {
                index: number(at),
                id: call.id.clone(),
                name: call.name.clone(),
            });
        }
        if call.told < call.arguments.len() {
            out.push(Chunk::ToolCallDelta {
                index: number(at),
                text: call.arguments[call.told..].to_owned(),
            });
            call.told = call.arguments.len();
        }
    }

    /// `call_N` with the first free number from the call's position on.
    fn free_id(&self, at: usize) -> String {
        let ids = (at..).map(|number| format!("call_{number}"));
        let is_free = |id: &String| self.0.iter().all(|call| call.id != *id);
        ids.into_iter().find(is_free).unwrap_or_default()
    }
}

impl Call {
    /// Whether the fragment belongs to another call although it comes in this one's place.
    fn is_followed_by(&self, fragment: &Fragment<'_>) -> bool {
        let other_id = !fragment.id.is_empty() && !self.id.is_empty() && fragment.id != self.id;
        let named = !fragment.name.is_empty() && fragment.id.is_empty();
        let brings_more = fragment.name != self.name || !fragment.arguments.is_nothing();
        other_id || (named && brings_more && self.is_complete())
    }

    fn is_complete(&self) -> bool {
        // The cheap question first: this is asked for every fragment of servers that repeat names.
        self.arguments.trim_end().ends_with('}')
            && serde_json::from_str::<IgnoredAny>(&self.arguments).is_ok()
    }

    fn take(&mut self, fragment: &Fragment<'_>) {
        if self.id.is_empty() {
            fragment.id.clone_into(&mut self.id);
        }
        self.take_name(fragment.name);
        match fragment.arguments {
            Json::Text(text) => self.arguments.push_str(text),
            Json::Null => {}
            value => {
                self.arguments += &serde_json::to_string(&value.to_value()).unwrap_or_default()
            }
        }
    }

    /// A name may be repeated, grow, or come in parts; it is fixed once arguments have come.
    fn take_name(&mut self, name: &str) {
        if !self.arguments.is_empty() && !self.name.is_empty() {
            return;
        }
        if name.starts_with(&self.name) {
            name.clone_into(&mut self.name);
        } else {
            self.name.push_str(name);
        }
    }
}

fn number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
