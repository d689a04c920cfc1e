//! One answer of a provider, fit to be kept.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::case;

/// Headers that a plugin may read. All others name accounts, machines or sessions.
const KEPT: [&str; 2] = ["content-type", "retry-after"];

/// What stands where a secret was.
const MASK: &str = "***";

/// Status, headers and body.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    /// The connection broke after the body.
    pub(super) cut: bool,
}

/// Texts that no file of a case may hold, and what stands there instead.
pub(super) struct Hidden(Vec<(String, &'static str)>);

impl Hidden {
    /// The key and the folders of this machine.
    pub(super) fn new(root: &Path, key: Option<String>) -> Self {
        let home = std::env::var("HOME").unwrap_or_default();
        let all = [
            (key.unwrap_or_default(), MASK),
            (root.to_string_lossy().into_owned(), "/project"),
            (home, "/home/user"),
        ];
        Self(all.into_iter().filter(|(text, _)| text.len() > 3).collect())
    }
}

impl Answer {
    /// The answer of a recording of massgen's, which has no secrets already.
    pub(super) fn recorded(file: &Path) -> Result<Self> {
        let recording = case::read(file)?;
        let response = &recording["response"];
        let status = response["status"].as_u64();
        let status = status.context("the recording holds no answer")?;
        let mut body = Vec::new();
        for piece in response["body"].as_array().into_iter().flatten() {
            let text = piece["text"].as_str().context("its body is no text")?;
            body.extend_from_slice(text.as_bytes());
        }
        Ok(Self {
            status: u16::try_from(status)?,
            headers: kept(serde_json::from_value(response["headers"].clone())?),
            body,
            cut: matches!(&recording["end"], Value::Object(end) if end.contains_key("failed")),
        })
    }

    /// What `curl` wrote: the head of the last response, and the body.
    pub(super) fn of(head: &str, body: Vec<u8>, cut: bool) -> Result<Self> {
        let last = head.trim().split("\r\n\r\n").last().unwrap_or_default();
        let mut lines = last.lines();
        let status = lines.next().and_then(|it| it.split(' ').nth(1));
        let headers = lines.filter_map(|it| it.split_once(':'));
        let headers = headers.map(|(name, value)| (name.to_owned(), value.trim().to_owned()));
        Ok(Self {
            status: status.context("no status line")?.parse()?,
            headers: kept(headers.collect()),
            body,
            cut,
        })
    }

    /// Takes out what must not be kept.
    pub(super) fn hide(&mut self, hidden: &Hidden) {
        let Ok(text) = std::str::from_utf8(&self.body) else {
            return;
        };
        let mut text = text.to_owned();
        for (secret, instead) in &hidden.0 {
            text = text.replace(secret.as_str(), instead);
        }
        self.body = text.into_bytes();
    }

    /// The name of the body's file.
    pub(super) fn file(&self, at: usize) -> String {
        let is_stream = |(name, value): &(String, String)| {
            name == "content-type" && value.starts_with("text/event-stream")
        };
        let ending = if self.headers.iter().any(is_stream) {
            "sse"
        } else {
            "json"
        };
        match at {
            0 => format!("reply.{ending}"),
            _ => format!("reply-{}.{ending}", at + 1),
        }
    }
}

fn kept(headers: Vec<(String, String)>) -> Vec<(String, String)> {
    let lower = |(name, value): (String, String)| (name.to_ascii_lowercase(), value);
    let is_kept = |(name, _): &(String, String)| KEPT.contains(&name.as_str());
    headers.into_iter().map(lower).filter(is_kept).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_head_and_its_harmless_headers_are_kept() {
        let head = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 429 Too Many\r\n\
            Retry-After: 3\r\nSet-Cookie: a=b\r\nOpenAI-Organization: us\r\n\r\n";
        let answer = Answer::of(head, Vec::new(), true).unwrap();
        assert_eq!(answer.status, 429);
        assert_eq!(answer.headers, [("retry-after".into(), "3".into())]);
        assert!(answer.cut);
    }

    #[test]
    fn a_recording_gives_its_pieces_together() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("0001.json");
        let recording = serde_json::json!({
            "schema": 1,
            "response": {
                "status": 200,
                "headers": [["Content-Type", "text/event-stream"], ["x-request-id", "r"]],
                "body": [{ "ms": 1, "text": "data: " }, { "ms": 2, "text": "{}" }],
            },
            "end": { "failed": { "code": 7 } },
        });
        std::fs::write(&file, recording.to_string()).unwrap();
        let answer = Answer::recorded(&file).unwrap();
        assert_eq!(answer.body, b"data: {}");
        assert_eq!(answer.headers.len(), 1);
        assert_eq!(answer.file(0), "reply.sse");
        assert!(answer.cut, "it failed while it was read");
    }

    #[test]
    fn no_key_and_no_folder_stays() {
        let hidden = Hidden::new(Path::new("/some/where"), Some("sk-planted".into()));
        let mut answer = Answer {
            body: b"wrong key sk-planted in /some/where/x".to_vec(),
            ..Answer::default()
        };
        answer.hide(&hidden);
        assert_eq!(answer.body, b"wrong key *** in /project/x");
    }
}
