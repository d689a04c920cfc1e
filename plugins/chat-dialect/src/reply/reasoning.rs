//! Blocks of reasoning: opened by the first thought, closed by whatever else comes.

use massgen_plugin::Chunks;
use massgen_plugin::chat::{Chunk, Opaque};
use serde_json::Value;

use dialect::{Json, append};

/// The block that is open, and what the server wants back of it.
#[derive(Debug, Default)]
pub(super) struct Reasoning {
    index: u32,
    is_open: bool,
    details: Vec<Value>,
}

impl Reasoning {
    /// A thought.
    pub(super) fn text(&mut self, text: &str, out: &mut Chunks<'_, '_>) {
        self.is_open = true;
        out.reasoning(text, self.index);
    }

    /// Items of `reasoning_details`. Streamed fragments of one item are put together, because the
    /// server wants the items back as if it had sent them whole.
    pub(super) fn details(&mut self, items: &[Json<'_>]) {
        for item in items {
            self.is_open = true;
            let item = item.to_value();
            match self.details.last_mut() {
                Some(last) if is_same_item(last, &item) => merge(last, item),
                _ => self.details.push(item),
            }
        }
    }

    /// Closes the open block, if one is.
    pub(super) fn close(&mut self, provider: &str, out: &mut Chunks<'_, '_>) {
        if !std::mem::take(&mut self.is_open) {
            return;
        }
        let details = std::mem::take(&mut self.details);
        let opaque = (!details.is_empty()).then(|| Opaque {
            provider: provider.to_owned(),
            value: Value::Array(details),
        });
        out.push(Chunk::ReasoningDone {
            index: self.index,
            opaque,
        });
        self.index += 1;
    }
}

fn is_same_item(last: &Value, next: &Value) -> bool {
    let index = next["index"].as_u64();
    let is_same_type = last["type"].as_str() == next["type"].as_str();
    index.is_some() && index == last["index"].as_u64() && is_same_type
}

/// Texts grow, everything else is replaced when it says something.
fn merge(last: &mut Value, next: Value) {
    let (Value::Object(last), Value::Object(next)) = (last, next) else {
        return;
    };
    for (key, value) in next {
        let grows = matches!(key.as_str(), "text" | "summary" | "data");
        match (last.get_mut(&key).filter(|_| grows), value) {
            (_, Value::Null) => {}
            (Some(known), more) => append(known, more),
            (None, value) => {
                last.insert(key, value);
            }
        }
    }
}
