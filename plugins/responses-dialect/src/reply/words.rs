//! Texts of a reply: what is said and thought bit by bit, and what finished items say.

use std::borrow::Cow;

use dialect::Json;
use massgen_plugin::chat::{Chunk, ReasoningForm};

use super::Reading;

impl Reading<'_, '_, '_> {
    /// `response.output_text.delta` and `response.refusal.delta`.
    pub(super) fn text(&mut self, event: &Json<'_>, is_refusal: bool) {
        let at = self.open(event, event.get("item_id"), "message");
        if let Some(delta) = event.get("delta").text() {
            self.say(at, delta.to_owned(), is_refusal);
        }
    }

    pub(super) fn say(&mut self, at: usize, text: String, is_refusal: bool) {
        if text.is_empty() {
            return;
        }
        self.reply.open[at].told.push_str(&text);
        if is_refusal {
            self.reply.refused = true;
            self.out.push(Chunk::Refusal { text });
        } else {
            self.reply.said = true;
            self.out.text(&text);
        }
    }

    /// `response.reasoning_text.delta` and `response.reasoning_summary_text.delta`. Parts stand in
    /// paragraphs.
    pub(super) fn thought(&mut self, event: &Json<'_>, kind: &str) {
        let at = self.open(event, event.get("item_id"), "reasoning");
        let (form, number) = match kind.contains("summary") {
            true => (ReasoningForm::Summary, event.get("summary_index")),
            false => (ReasoningForm::Text, event.get("content_index")),
        };
        let part = Some((kind.to_owned(), number.number().unwrap_or(0)));
        let open = &mut self.reply.open[at];
        let is_next = std::mem::replace(&mut open.part, part.clone()) != part;
        if is_next && !open.told.is_empty() {
            self.think(at, "\n\n", form);
        }
        self.think(at, event.get("delta").text().unwrap_or(""), form);
    }
}

/// What is left of a finished text of which this was told; nothing when the two disagree.
pub(super) fn rest<'a>(told: &str, whole: &'a str) -> &'a str {
    whole.strip_prefix(told).unwrap_or("")
}

/// The text or the refusal of a part of a message.
pub(super) fn of_part<'a>(part: &'a Json<'_>) -> Option<&'a str> {
    part.get("text").or(part.get("refusal")).text()
}

/// The thoughts of a finished item: its text, else the summary of it.
pub(super) fn thoughts(item: &Json<'_>) -> (String, ReasoningForm) {
    let joined = |name| {
        let parts = item.get(name).items().iter().filter_map(of_part);
        parts.collect::<Vec<_>>().join("\n\n")
    };
    match joined("content") {
        text if text.is_empty() => (joined("summary"), ReasoningForm::Summary),
        text => (text, ReasoningForm::Text),
    }
}

/// The name of the provider's tool behind a type of item; `None` when it is no such item.
pub(super) fn server_tool(kind: &str) -> Option<&str> {
    kind.strip_suffix("_call")
        .filter(|name| *name != "function")
}

/// Whether an item is a search, which is paid by the call: opening a page that was found is not.
pub(super) fn is_search(item: &Json<'_>) -> bool {
    match item.get("type").text() {
        Some("web_search_call") => {
            matches!(item.get("action").get("type").text(), None | Some("search"))
        }
        kind => kind == Some("file_search_call"),
    }
}

/// What a tool of the provider did, in words: the query, the address, or the code and its outputs.
pub(super) fn detail(item: &Json<'_>) -> String {
    let action = item.get("action");
    let queries = action.get("queries").items().iter().filter_map(Json::text);
    let queries = queries.collect::<Vec<_>>().join(", ");
    let asked = [
        action.get("query"),
        action.get("url"),
        action.get("pattern"),
    ];
    let outputs = item.get("outputs").items().iter();
    let outputs = outputs.flat_map(|it| [it.get("logs"), it.get("url")]);
    let texts = asked.into_iter().chain([item.get("code")]).chain(outputs);
    let mut texts: Vec<_> = texts.filter_map(Json::text).map(Cow::Borrowed).collect();
    if action.get("query").is_nothing() && !queries.is_empty() {
        texts.insert(0, Cow::Owned(queries));
    }
    texts.join("\n")
}
