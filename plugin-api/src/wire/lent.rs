//! What the host lends to an agent, as a plugin may ask for it: tools, files, the word on what is
//! allowed, and a small store. Since minor 2; see [`Feature::LENT`](crate::chat::Feature::LENT).
//!
//! No request names an agent: the host knows whose session it is. Paths are relative to the agent's
//! workspace, or absolute.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::chat::Part;
use crate::fault::{Fault, FaultCode};

/// A call of one of the host's tools: payload of the `tool` operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolUse {
    /// The caller's name for this call, for logs and progress.
    pub id: String,
    /// The tool, as [`Call::tools`](crate::chat::Call::tools) names it.
    pub name: String,
    /// Its arguments; an object.
    pub arguments: Value,
}

/// What a tool gave: data of the `tool` operation's `Completed` event. A refusal, a failure and a
/// timeout are results too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolOutcome {
    /// Whether it failed or was refused.
    pub is_error: bool,
    /// Text and pictures for the model, already cut to size.
    pub parts: Vec<Part>,
}

impl ToolOutcome {
    /// All text of it, one line end between two parts.
    pub fn text(&self) -> String {
        let texts: Vec<_> = self.parts.iter().filter_map(Part::as_text).collect();
        texts.join("\n")
    }
}

/// A question whether the agent may use a tool: payload of the `check` operation. For plugins
/// whose provider has tools of its own, which the host does not carry out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// The tool, as the provider names it.
    pub tool: String,
    /// Its arguments.
    pub arguments: Value,
}

/// The answer: data of the `check` operation's `Completed` event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permission {
    /// Whether the tool may be used so.
    pub allowed: bool,
    /// Why not, for the model; empty when it may.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// A file or folder: payload of `read` and `list`, head of the payload of `write`.
///
/// `read` completes with the file's bytes, at most 16 MiB; `list` with JSON, an array of
/// [`FolderEntry`] sorted by name; `write` with nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilePath {
    /// The path.
    pub path: String,
}

/// One entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FolderEntry {
    /// Name within the folder.
    pub name: String,
    /// `file`, `directory` or `link`; others may come.
    pub kind: String,
    /// Bytes; 0 for anything but a file.
    pub size: u64,
}

/// An entry of the plugin's own store: payload of `store_get`.
///
/// It completes with the value's bytes, and status [`StoreKey::ABSENT`] when there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreKey {
    /// 1 to 256 bytes.
    pub key: String,
}

impl StoreKey {
    /// Status of a completed `store_get` that found nothing.
    pub const ABSENT: u32 = 1;
}

/// A change of the plugin's own store: head of the payload of `store_put`, which completes with
/// nothing. The store outlives the run, is shared by all backends of the plugin, and holds 1 MiB,
/// keys included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorePut {
    /// 1 to 256 bytes.
    pub key: String,
    /// Takes the entry away; the payload then has no bytes after its head.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub remove: bool,
}

/// A payload of JSON and bytes: the head on one line, a line feed, and the bytes as they are.
///
/// # Errors
///
/// [`FaultCode::INTERNAL`] when the head is no JSON.
pub fn with_bytes<T: Serialize>(head: &T, bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut payload = serde_json::to_vec(head)
        .map_err(|error| Fault::new(FaultCode::INTERNAL, error.to_string()))?;
    payload.push(b'\n');
    payload.extend_from_slice(bytes);
    Ok(payload)
}

/// Takes apart what [`with_bytes`] put together. A payload without a line feed has no bytes.
///
/// # Errors
///
/// What is wrong with the head.
pub fn split_bytes<T: DeserializeOwned>(payload: &[u8]) -> Result<(T, &[u8]), serde_json::Error> {
    let end = payload.iter().position(|byte| *byte == b'\n');
    let end = end.unwrap_or(payload.len());
    let head = serde_json::from_slice(&payload[..end])?;
    Ok((head, payload.get(end + 1..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_whatever_they_are() {
        for bytes in [&b""[..], b"\n", b"{\"path\":\"x\"}\n", b"\0\xff\n\n"] {
            let head = FilePath {
                path: "a\nb \u{7f}".into(),
            };
            let payload = with_bytes(&head, bytes).unwrap();
            assert_eq!(split_bytes(&payload).unwrap(), (head, bytes));
        }
        let (head, bytes): (StorePut, _) = split_bytes(br#"{"key":"k","remove":true}"#).unwrap();
        assert!(head.remove && bytes.is_empty());
        assert!(split_bytes::<StorePut>(b"").is_err());
    }
}
