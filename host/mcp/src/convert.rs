//! From what a tool gave to what a model reads (services §2.9). Pure.
//!
//! Text blocks become text, images stay images; what a model cannot be given becomes one line that
//! says what it was. An unknown kind of content is such a line too, never an error.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use massgen_plugin::chat::{Image, Part};
use rmcp::model::{CallToolResult, ContentBlock, ResourceContents};
use serde_json::Value;

use crate::CallResult;

/// Decoded size above which an image is only named: what providers take at most.
const IMAGE_BYTES: usize = 5 << 20;

/// Keeps at most `bytes` bytes of text, cut at a character, with a marker that says how much is
/// gone. Images stay. The marker comes on top.
pub fn cap(parts: Vec<Part>, bytes: usize) -> Vec<Part> {
    let total: usize = parts.iter().filter_map(Part::as_text).map(str::len).sum();
    if total <= bytes {
        return parts;
    }
    let mut left = bytes;
    let mut capped: Vec<Part> = Vec::with_capacity(parts.len() + 1);
    for part in parts {
        match part {
            Part::Text { text } => {
                let kept = &text[..text.floor_char_boundary(left)];
                left -= kept.len();
                if !kept.is_empty() {
                    capped.push(Part::text(kept));
                }
                if kept.len() < text.len() {
                    left = 0;
                }
            }
            other => capped.push(other),
        }
    }
    let kept: usize = capped.iter().filter_map(Part::as_text).map(str::len).sum();
    let marker = format!(
        "[{} of {total} bytes of this result are left out]",
        total - kept
    );
    push_text(&mut capped, marker);
    capped
}

/// A whole tool result.
pub(crate) fn result(result: CallToolResult) -> CallResult {
    let mut parts = Vec::new();
    for block in result.content {
        push(&mut parts, block);
    }
    finish(
        parts,
        result.structured_content,
        result.is_error.unwrap_or(false),
    )
}

/// A tool result with content that the protocol does not know (yet); `None` when it is not a tool
/// result at all.
pub(crate) fn lenient(value: &Value) -> Option<CallResult> {
    let blocks = value.get("content")?.as_array()?;
    let mut parts = Vec::new();
    for block in blocks {
        match serde_json::from_value::<ContentBlock>(block.clone()) {
            Ok(block) => push(&mut parts, block),
            Err(_) => push_text(&mut parts, unknown(block)),
        }
    }
    let is_error = value.get("isError").and_then(Value::as_bool);
    Some(finish(
        parts,
        value.get("structuredContent").cloned(),
        is_error.unwrap_or(false),
    ))
}

fn finish(mut parts: Vec<Part>, structured: Option<Value>, is_error: bool) -> CallResult {
    let mut texts = parts.iter().filter_map(Part::as_text);
    if texts.all(str::is_empty)
        && let Some(structured) = structured.filter(|value| !value.is_null())
    {
        parts.push(Part::text(structured.to_string()));
    }
    CallResult { is_error, parts }
}

fn push(parts: &mut Vec<Part>, block: ContentBlock) {
    match block {
        ContentBlock::Text(text) => push_text(parts, text.text),
        ContentBlock::Image(image) => push_image(parts, image.data, image.mime_type),
        ContentBlock::Audio(audio) => {
            push_text(parts, named("audio", &audio.mime_type, size(&audio.data)));
        }
        ContentBlock::Resource(embedded) => push_resource(parts, embedded.resource),
        ContentBlock::ResourceLink(link) => push_text(parts, link_line(&link)),
        _ => push_text(parts, "[content of an unknown kind]".into()),
    }
}

/// Neighbouring texts become one, joined by a newline.
fn push_text(parts: &mut Vec<Part>, text: String) {
    if let Some(Part::Text { text: last }) = parts.last_mut() {
        last.push('\n');
        last.push_str(&text);
    } else {
        parts.push(Part::Text { text });
    }
}

fn push_image(parts: &mut Vec<Part>, data: String, mime: String) {
    let bytes = STANDARD.decode(&data).map(|bytes| bytes.len());
    match bytes {
        Ok(bytes) if bytes <= IMAGE_BYTES && mime.starts_with("image/") => {
            parts.push(Part::Image(Image {
                mime,
                data: Some(data),
                url: None,
            }));
        }
        _ => push_text(parts, named("image", &mime, size(&data))),
    }
}

fn push_resource(parts: &mut Vec<Part>, resource: ResourceContents) {
    match resource {
        ResourceContents::TextResourceContents { uri, text, .. } => {
            push_text(parts, format!("[resource {uri}]\n{text}"));
        }
        ResourceContents::BlobResourceContents {
            uri,
            mime_type,
            blob,
            ..
        } => {
            let mime = mime_type.unwrap_or_default();
            if mime.starts_with("image/") {
                push_image(parts, blob, mime);
            } else {
                let kind = format!("resource {uri}");
                push_text(parts, named(&kind, &mime, size(&blob)));
            }
        }
        _ => push_text(parts, "[resource of an unknown kind]".into()),
    }
}

fn link_line(link: &rmcp::model::Resource) -> String {
    let mut line = format!("[link to {} <{}>", link.name, link.uri);
    if let Some(mime) = &link.mime_type {
        line.push_str(&format!(", {mime}"));
    }
    if let Some(size) = link.size {
        line.push_str(&format!(", {size} bytes"));
    }
    if let Some(description) = &link.description {
        line.push_str(&format!(": {description}"));
    }
    line.push(']');
    line
}

fn named(kind: &str, mime: &str, bytes: usize) -> String {
    if mime.is_empty() {
        format!("[{kind}, {bytes} bytes]")
    } else {
        format!("[{kind}, {mime}, {bytes} bytes]")
    }
}

/// How many bytes a base64 text stands for.
fn size(base64: &str) -> usize {
    base64.trim_end_matches('=').len() * 3 / 4
}

fn unknown(block: &Value) -> String {
    match block.get("type").and_then(Value::as_str) {
        Some(kind) => format!("[content of the unknown kind `{kind}`]"),
        None => "[content of an unknown kind]".into(),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;

    fn show(result: &CallResult) -> String {
        let mut shown = format!("error: {}\n", result.is_error);
        for part in &result.parts {
            match part {
                Part::Text { text } => shown.push_str(&format!("text: {text}\n")),
                Part::Image(image) => shown.push_str(&format!("image: {image:?}\n")),
                other => shown.push_str(&format!("{other:?}\n")),
            }
        }
        shown
    }

    fn check(value: Value, expected: Expect) {
        let strict = serde_json::from_value(value.clone()).map(result);
        let result = strict.unwrap_or_else(|_| lenient(&value).unwrap());
        expected.assert_eq(&show(&result));
    }

    #[test]
    fn every_kind_of_content_is_shown_or_named() {
        check(
            json!({"content": [
                {"type": "text", "text": "one"},
                {"type": "text", "text": "two"},
                {"type": "image", "data": "aGk=", "mimeType": "image/png"},
                {"type": "image", "data": "not base64", "mimeType": "image/png"},
                {"type": "audio", "data": "aGkh", "mimeType": "audio/wav"},
                {"type": "resource", "resource": {"uri": "file:///a", "text": "inline"}},
                {"type": "resource", "resource": {"uri": "file:///b", "blob": "aGkhIQ==", "mimeType": "application/pdf"}},
                {"type": "resource", "resource": {"uri": "file:///c", "blob": "aGk=", "mimeType": "image/gif"}},
                {"type": "resource_link", "uri": "file:///d", "name": "d", "mimeType": "text/x", "size": 7, "description": "what"},
            ]}),
            expect![[r#"
                error: false
                text: one
                two
                image: Image { mime: "image/png", data: Some("aGk="), url: None }
                text: [image, image/png, 7 bytes]
                [audio, audio/wav, 3 bytes]
                [resource file:///a]
                inline
                [resource file:///b, application/pdf, 4 bytes]
                image: Image { mime: "image/gif", data: Some("aGk="), url: None }
                text: [link to d <file:///d>, text/x, 7 bytes: what]
            "#]],
        );
    }

    #[test]
    fn structured_content_speaks_only_when_no_text_does() {
        check(
            json!({"content": [], "structuredContent": {"a": [1, "x"]}}),
            expect![[r#"
                error: false
                text: {"a":[1,"x"]}
            "#]],
        );
        check(
            json!({"content": [{"type": "text", "text": "t"}], "structuredContent": {"a": 1}, "isError": true}),
            expect![[r#"
                error: true
                text: t
            "#]],
        );
    }

    #[test]
    fn unknown_content_is_a_line_and_the_rest_stays() {
        check(
            json!({"content": [{"type": "hologram", "x": 1}, {"type": "text", "text": "t"}, 7], "isError": true}),
            expect![[r#"
                error: true
                text: [content of the unknown kind `hologram`]
                t
                [content of an unknown kind]
            "#]],
        );
    }

    #[test]
    fn a_picture_too_large_for_a_provider_is_named() {
        let data = STANDARD.encode(vec![0; IMAGE_BYTES + 1]);
        check(
            json!({"content": [{"type": "image", "data": data, "mimeType": "image/png"}]}),
            expect![[r#"
                error: false
                text: [image, image/png, 5242881 bytes]
            "#]],
        );
    }

    #[test]
    fn a_long_result_is_cut_at_a_character_with_a_marker() {
        let image = Part::Image(Image {
            mime: "image/png".into(),
            data: Some("aGk=".into()),
            url: None,
        });
        let parts = vec![Part::text("aäb"), image.clone(), Part::text("cd")];
        assert_eq!(cap(parts.clone(), 6), parts);
        let marker = |gone| format!("[{gone} of 6 bytes of this result are left out]");
        assert_eq!(
            cap(parts.clone(), 2),
            [Part::text("a"), image.clone(), Part::text(marker(5))]
        );
        assert_eq!(
            cap(parts.clone(), 5),
            [
                Part::text("aäb"),
                image.clone(),
                Part::text(format!("c\n{}", marker(1)))
            ]
        );
        assert_eq!(cap(parts, 0), [image, Part::text(marker(6))]);
    }
}
