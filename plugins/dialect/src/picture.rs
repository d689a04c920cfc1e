//! Pictures in the form of an address, and where results of tools cannot hold them.

use massgen_plugin::chat::{Image, Part};
use serde_json::{Value, json};

use crate::history::Answer;

/// The picture's address; one that is there by value becomes a `data:` address.
pub fn url(image: &Image) -> String {
    match &image.data {
        Some(data) => format!("data:{};base64,{data}", image.mime),
        None => image.url.clone().unwrap_or_default(),
    }
}

/// The picture as a block of content for Claude, by value or by address.
pub fn block(image: &Image) -> Value {
    let source = match &image.data {
        Some(data) => json!({ "type": "base64", "media_type": image.mime, "data": data }),
        None => json!({ "type": "url", "url": image.url }),
    };
    json!({ "type": "image", "source": source })
}

/// The pictures in results of tools, those of each result below a line that says whose they are:
/// for providers whose results are text, as a message after them.
pub fn of_results(
    answers: &[Answer<'_>],
    line: impl Fn(String) -> Value,
    picture: impl Fn(&Image) -> Value,
) -> Vec<Value> {
    let mut content = Vec::new();
    for answer in answers {
        let images = answer.parts.iter().filter_map(|part| match part {
            Part::Image(image) => Some(picture(image)),
            _ => None,
        });
        let images: Vec<_> = images.collect();
        if !images.is_empty() {
            let text = format!("Pictures from the result of `{}`:", answer.name);
            content.push(line(text));
            content.extend(images);
        }
    }
    content
}
