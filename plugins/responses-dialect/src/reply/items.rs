//! Items of a reply: what began, what came of it, and what it was in the end.
//!
//! An item is known by its id, by its place where it has none, or it is the last one of its kind.

use dialect::{Json, arguments, server_tool};
use massgen_plugin::chat::{Chunk, Opaque, ReasoningForm, ToolCall};
use massgen_plugin::tracing;

use super::{Reading, Reply, words};

/// An item that began and is not finished.
#[derive(Debug, Default)]
pub(super) struct Open {
    /// Its id on the wire, its place, and its type; empty or absent while not known.
    id: String,
    place: Option<u64>,
    kind: String,
    /// What was handed over of its text, thoughts or arguments.
    pub(super) told: String,
    /// Its block of reasoning.
    pub(super) block: Option<u32>,
    /// Which part of its thoughts came last.
    pub(super) part: Option<(String, u64)>,
    /// The call that it is, once the host was told of it.
    call: Option<Begun>,
}

/// A call that the host was told of.
#[derive(Debug, Clone)]
struct Begun {
    index: u32,
    id: String,
    name: String,
}

impl Reply {
    /// This id, or one made up when it is empty or belongs to another call.
    fn free_id(&self, id: &str) -> String {
        let is_free = |id: &String| !id.is_empty() && !self.ids.contains(id);
        let made_up = (self.ids.len()..).map(|number| format!("call_{number}"));
        let mut ids = std::iter::once(id.to_owned()).chain(made_up);
        ids.find(is_free).unwrap_or_default()
    }
}

impl Reading<'_, '_, '_> {
    /// `response.output_item.added`.
    pub(super) fn item_begins(&mut self, event: &Json<'_>) {
        let item = event.get("item");
        let kind = item.get("type").text().unwrap_or("");
        let open = self.open(event, item.get("id"), kind);
        if kind == "function_call" {
            self.announce(open, item);
        } else if let Some(name) = words::server_tool(kind) {
            server_tool::tell(self.out, name, "started", "", None);
        }
    }

    /// The item that an event speaks of, begun if it is new.
    pub(super) fn open(&mut self, event: &Json<'_>, id: &Json<'_>, kind: &str) -> usize {
        let (id, place) = (id.text().unwrap_or(""), event.get("output_index").number());
        let open = &mut self.reply.open;
        let is_it = |it: &Open| match (id, place) {
            ("", None) => true,
            ("", place) => it.place == place,
            (id, _) if !it.id.is_empty() => it.id == id,
            (_, place) => place.is_some() && it.place == place,
        };
        if let Some(at) = open.iter().rposition(|it| it.kind == kind && is_it(it)) {
            return at;
        }
        open.push(Open {
            id: id.to_owned(),
            place,
            kind: kind.to_owned(),
            ..Open::default()
        });
        open.len() - 1
    }

    /// `response.output_item.done`, or an item of a whole response.
    pub(super) fn item_ends(&mut self, event: &Json<'_>, item: &Json<'_>) {
        self.reply.finished += 1;
        let kind = item.get("type").text().unwrap_or("");
        let at = self.open(event, item.get("id"), kind);
        match kind {
            "message" => self.message_ends(at, item),
            "reasoning" => self.reasoning_ends(at, item),
            "function_call" => self.call_ends(at, item),
            _ => self.tool_ends(kind, item),
        }
        self.reply.open.remove(at);
    }

    fn message_ends(&mut self, at: usize, item: &Json<'_>) {
        let refused = |part: &Json<'_>| part.get("refusal").text().is_some();
        let parts = item.get("content").items();
        let whole: String = parts.iter().filter_map(words::of_part).collect();
        let is_refusal = !parts.is_empty() && parts.iter().all(refused);
        self.say(
            at,
            words::rest(&self.reply.open[at].told, &whole).to_owned(),
            is_refusal,
        );
        for part in parts {
            self.reply
                .citations
                .read(part.get("annotations").items(), self.out);
        }
        if !self.reply.open[at].told.is_empty() {
            self.follow(item);
        }
    }

    fn reasoning_ends(&mut self, at: usize, item: &Json<'_>) {
        if self.reply.open[at].told.is_empty() {
            let (text, form) = words::thoughts(item);
            self.think(at, &text, form);
        }
        let index = self.block(at);
        self.close(index, item);
    }

    fn call_ends(&mut self, at: usize, item: &Json<'_>) {
        self.announce(at, item);
        let whole = match item.get("arguments") {
            Json::Null => self.reply.open[at].told.clone(),
            Json::Text(text) => text.clone().into_owned(),
            other => arguments::text(&other.to_value()),
        };
        let rest = words::rest(&self.reply.open[at].told, &whole).to_owned();
        self.argue(at, rest);
        self.call(at, &whole);
        self.follow(item);
    }

    /// Hands over the calls that began and that nothing finished: the token limit cut them off.
    pub(super) fn cut_calls(&mut self) {
        for at in 0..self.reply.open.len() {
            let whole = self.reply.open[at].told.clone();
            self.call(at, &whole);
        }
    }

    /// Hands over a call with these arguments, once.
    fn call(&mut self, at: usize, whole: &str) {
        let Some(Begun { index, id, name }) = self.reply.open[at].call.take() else {
            if self.reply.open[at].kind == "function_call" {
                tracing::warn!("a tool call without a name was skipped");
            }
            return;
        };
        self.reply.called = true;
        self.out.tool_call(ToolCall {
            index,
            id,
            name,
            arguments: arguments::parse(whole),
        });
    }

    /// A tool that ran at the provider, or an item nobody knows: kept to go back.
    fn tool_ends(&mut self, kind: &str, item: &Json<'_>) {
        if kind.is_empty() {
            return;
        }
        let failed = item.get("status").text() == Some("failed");
        let status = if failed { "failed" } else { "completed" };
        self.reply.searches += u64::from(!failed && words::is_search(item));
        let name = words::server_tool(kind).unwrap_or(kind);
        let opaque = self.opaque(item);
        server_tool::tell(self.out, name, status, words::detail(item), opaque);
    }

    /// `response.NAME_call.STATE` while a tool of the provider runs.
    pub(super) fn tool_runs(&mut self, event: &Json<'_>, kind: &str) {
        let named = kind
            .strip_prefix("response.")
            .and_then(|it| it.rsplit_once('.'));
        let Some((item, state)) = named else { return };
        let is_told_elsewhere = matches!(state, "in_progress" | "completed" | "failed");
        if let (Some(name), false) = (words::server_tool(item), is_told_elsewhere) {
            self.open(event, event.get("item_id"), item);
            server_tool::tell(self.out, name, "running", "", None);
        }
    }

    /// Tells the host that a call began, once it has a name.
    fn announce(&mut self, at: usize, item: &Json<'_>) {
        let Some(name) = item.get("name").text() else {
            return;
        };
        if self.reply.open[at].call.is_some() {
            return;
        }
        let at_wire = item.get("call_id").or(item.get("id")).text();
        let id = self.reply.free_id(at_wire.unwrap_or(""));
        self.reply.ids.push(id.clone());
        let begun = Begun {
            index: u32::try_from(self.reply.ids.len() - 1).unwrap_or(u32::MAX),
            id,
            name: name.to_owned(),
        };
        self.reply.open[at].call = Some(begun.clone());
        let Begun { index, id, name } = begun;
        self.out.push(Chunk::ToolCallStart { index, id, name });
        let early = std::mem::take(&mut self.reply.open[at].told);
        self.argue(at, early);
    }

    /// `response.function_call_arguments.delta`.
    pub(super) fn arguments(&mut self, event: &Json<'_>) {
        let at = self.open(event, event.get("item_id"), "function_call");
        if let Some(delta) = event.get("delta").text() {
            self.argue(at, delta.to_owned());
        }
    }

    /// More of a call's arguments; kept back while the call has no name.
    fn argue(&mut self, at: usize, text: String) {
        let open = &mut self.reply.open[at];
        open.told.push_str(&text);
        if let (Some(Begun { index, .. }), false) = (&open.call, text.is_empty()) {
            let index = *index;
            self.out.push(Chunk::ToolCallDelta { index, text });
        }
    }

    pub(super) fn think(&mut self, at: usize, text: &str, form: ReasoningForm) {
        if text.is_empty() {
            return;
        }
        let index = self.block(at);
        self.reply.open[at].told.push_str(text);
        let text = text.to_owned();
        self.out.push(Chunk::Reasoning { text, form, index });
    }

    /// The item's block of reasoning.
    fn block(&mut self, at: usize) -> u32 {
        let next = self.reply.blocks;
        let index = *self.reply.open[at].block.get_or_insert(next);
        self.reply.blocks += u32::from(index == next);
        index
    }

    /// Lets an item follow the text or the call that it was, as a block without text.
    fn follow(&mut self, item: &Json<'_>) {
        if !is_cut(item) {
            let index = self.reply.blocks;
            self.reply.blocks += 1;
            self.close(index, item);
        }
    }

    fn close(&mut self, index: u32, item: &Json<'_>) {
        let opaque = self.opaque(item);
        self.out.push(Chunk::ReasoningDone { index, opaque });
    }

    /// A finished item, to go back as it is; nothing of one that was cut.
    fn opaque(&self, item: &Json<'_>) -> Option<Opaque> {
        (!is_cut(item)).then(|| Opaque {
            provider: self.provider.to_owned(),
            value: item.to_value(),
        })
    }
}

/// Whether the reply ended amid the item.
fn is_cut(item: &Json<'_>) -> bool {
    item.get("status").text() == Some("incomplete")
}
