//! Pictures, as pictures.

use base64::Engine as _;
use massgen_plugin::chat::{Image, Part};
use serde::Deserialize;
use serde_json::Value;

use super::{Answer, read};
use crate::ToolOutput;
use crate::call::Call;

/// The kinds that models can be shown; others make providers refuse the whole request.
const SHOWN: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadMedia<'a> {
    #[serde(borrow)]
    path: &'a str,
}

pub(super) fn read_media_file(call: &Call<'_>, given: &Value) -> Answer {
    let args: ReadMedia<'_> = call.arguments(given)?;
    let (spot, file, meta) = call.open(args.path)?;
    let bytes = read::read_all(&spot, &file, &meta, call.limits().media_bytes)?;
    let mime = media_type(args.path, &bytes);
    if !SHOWN.contains(&mime.as_str()) {
        let size = bytes.len();
        return Ok(ToolOutput::text(format!(
            "[{}: {mime}, {size} bytes; only PNG, JPEG, GIF and WebP can be shown]",
            args.path
        )));
    }
    let data = base64::engine::general_purpose::STANDARD.encode(&bytes);
    Ok(ToolOutput {
        is_error: false,
        parts: vec![Part::Image(Image {
            mime,
            data: Some(data),
            url: None,
        })],
    })
}

/// By content, and by name where the content does not tell.
fn media_type(path: &str, bytes: &[u8]) -> String {
    match infer::get(bytes) {
        Some(kind) => kind.mime_type().into(),
        None => mime_guess::from_path(path)
            .first_or_octet_stream()
            .essence_str()
            .into(),
    }
}
