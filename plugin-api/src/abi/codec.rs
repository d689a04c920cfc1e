//! Typed chunks to numbers and back. The only place that knows which field of a chunk a kind uses.
//!
//! Text and its deltas use `index` and `text` alone, so the kinds on the path of every token are
//! never serialised.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::raw::RawChunk;
use crate::chat::{Chunk, ChunkKind, Opaque, ReasoningForm, ServerToolStatus};
use crate::fault::{Fault, FaultCode};

/// The chunk as it crosses.
pub(super) fn encode(chunk: Chunk) -> RawChunk {
    match chunk {
        Chunk::Text { text } => plain(ChunkKind::TEXT, 0, text),
        Chunk::Reasoning {
            text,
            form: ReasoningForm::Text,
            index,
        } => plain(ChunkKind::REASONING, index, text),
        Chunk::Reasoning { text, form, index } => raw(
            ChunkKind::REASONING,
            index,
            text,
            to_json(&json!({ "form": form })),
        ),
        Chunk::ReasoningDone { index, opaque } => raw(
            ChunkKind::REASONING_DONE,
            index,
            String::new(),
            opaque.map_or_else(String::new, |it| to_json(&it)),
        ),
        Chunk::ToolCallStart { index, id, name } => raw(
            ChunkKind::TOOL_CALL_START,
            index,
            name,
            to_json(&json!({ "id": id })),
        ),
        Chunk::ToolCallDelta { index, text } => plain(ChunkKind::TOOL_CALL_DELTA, index, text),
        Chunk::Refusal { text } => plain(ChunkKind::REFUSAL, 0, text),
        Chunk::Status { text } => plain(ChunkKind::STATUS, 0, text),
        other => encode_rare(other),
    }
}

fn encode_rare(chunk: Chunk) -> RawChunk {
    match chunk {
        Chunk::ToolCall(call) => data(ChunkKind::TOOL_CALL, call.index, &call),
        Chunk::ServerTool(status) => data(ChunkKind::SERVER_TOOL, 0, &status),
        Chunk::Citation { title, url } => raw(
            ChunkKind::CITATION,
            0,
            title,
            to_json(&json!({ "url": url })),
        ),
        Chunk::Usage(usage) => data(ChunkKind::USAGE, 0, &usage),
        Chunk::Debug { text, level } => raw(
            ChunkKind::DEBUG,
            0,
            text,
            to_json(&json!({ "level": level })),
        ),
        Chunk::Done(done) => data(ChunkKind::DONE, 0, &done),
        Chunk::Other { number, text, json } => raw(number, 0, text, to_json(&json)),
        _ => plain(ChunkKind::DEBUG, 0, String::new()),
    }
}

fn plain(kind: ChunkKind, index: u32, text: String) -> RawChunk {
    raw(kind, index, text, String::new())
}

fn data<T: Serialize>(kind: ChunkKind, index: u32, value: &T) -> RawChunk {
    raw(kind, index, String::new(), to_json(value))
}

fn raw(kind: ChunkKind, index: u32, text: String, json: String) -> RawChunk {
    RawChunk {
        kind: kind.0,
        index,
        text: text.into(),
        json: json.into(),
    }
}

/// JSON of our own plain types, which cannot fail to serialise.
fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// The chunk of these numbers. Unknown kinds are values too.
pub(super) fn decode(kind: ChunkKind, index: u32, text: &str, json: &str) -> Result<Chunk, Fault> {
    let text = || text.to_owned();
    Ok(match kind {
        ChunkKind::TEXT => Chunk::Text { text: text() },
        ChunkKind::REASONING => Chunk::Reasoning {
            text: text(),
            form: form(json),
            index,
        },
        ChunkKind::REASONING_DONE => {
            let opaque = (!json.is_empty())
                .then(|| parse::<Opaque>(kind, json))
                .transpose()?;
            Chunk::ReasoningDone { index, opaque }
        }
        ChunkKind::TOOL_CALL_START => Chunk::ToolCallStart {
            index,
            id: member(json, "id"),
            name: text(),
        },
        ChunkKind::TOOL_CALL_DELTA => Chunk::ToolCallDelta {
            index,
            text: text(),
        },
        ChunkKind::TOOL_CALL => Chunk::ToolCall(parse(kind, json)?),
        ChunkKind::SERVER_TOOL => Chunk::ServerTool(parse::<ServerToolStatus>(kind, json)?),
        ChunkKind::CITATION => Chunk::Citation {
            title: text(),
            url: member(json, "url"),
        },
        ChunkKind::USAGE => Chunk::Usage(parse(kind, json)?),
        ChunkKind::REFUSAL => Chunk::Refusal { text: text() },
        ChunkKind::STATUS => Chunk::Status { text: text() },
        ChunkKind::DEBUG => Chunk::Debug {
            text: text(),
            level: member(json, "level"),
        },
        ChunkKind::DONE => Chunk::Done(parse(kind, json)?),
        number => Chunk::Other {
            number,
            text: text(),
            json: value(json),
        },
    })
}

fn parse<T: DeserializeOwned>(kind: ChunkKind, json: &str) -> Result<T, Fault> {
    serde_json::from_str(json).map_err(|error| {
        let text = format!(
            "the plugin's chunk of kind {} cannot be read: {error}",
            kind.0
        );
        Fault::new(FaultCode::PROTOCOL, text)
    })
}

fn value(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or(Value::Null)
}

fn member(json: &str, key: &str) -> String {
    value(json)
        .get(key)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn form(json: &str) -> ReasoningForm {
    match member(json, "form").as_str() {
        "summary" => ReasoningForm::Summary,
        _ => ReasoningForm::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::{Done, FinishReason, ToolCall, Usage};

    fn all_kinds() -> Vec<Chunk> {
        let opaque = Opaque {
            provider: "p".into(),
            value: json!({ "s": "x" }),
        };
        vec![
            Chunk::text("a"),
            Chunk::Reasoning {
                text: "b".into(),
                form: ReasoningForm::Text,
                index: 2,
            },
            Chunk::Reasoning {
                text: "b".into(),
                form: ReasoningForm::Summary,
                index: 0,
            },
            Chunk::ReasoningDone {
                index: 1,
                opaque: None,
            },
            Chunk::ReasoningDone {
                index: 1,
                opaque: Some(opaque),
            },
            Chunk::ToolCallStart {
                index: 3,
                id: "i".into(),
                name: "vote".into(),
            },
            Chunk::ToolCallDelta {
                index: 3,
                text: "{".into(),
            },
            Chunk::ToolCall(ToolCall {
                index: 3,
                id: "i".into(),
                name: "vote".into(),
                arguments: json!({ "agent_id": "agent1" }),
            }),
            Chunk::Citation {
                title: "t".into(),
                url: "u".into(),
            },
            Chunk::Usage(Usage {
                input: Some(1),
                ..Usage::default()
            }),
            Chunk::Refusal { text: "no".into() },
            Chunk::Status { text: "s".into() },
            Chunk::Debug {
                text: "d".into(),
                level: "warn".into(),
            },
            Chunk::Done(Done {
                finish: FinishReason::Stop,
                response_id: None,
                model: None,
            }),
            Chunk::Other {
                number: ChunkKind(1234),
                text: "x".into(),
                json: json!([1]),
            },
        ]
    }

    #[test]
    fn every_chunk_comes_back_as_it_went() {
        for chunk in all_kinds() {
            let raw = encode(chunk.clone());
            let back = decode(
                ChunkKind(raw.kind),
                raw.index,
                raw.text.as_str(),
                raw.json.as_str(),
            );
            assert_eq!(back, Ok(chunk));
        }
    }

    #[test]
    fn data_of_the_wrong_form_is_a_fault() {
        let fault = decode(ChunkKind::DONE, 0, "", "{").map_err(|fault| fault.code);
        assert_eq!(fault, Err(FaultCode::PROTOCOL));
    }
}
