//! Pictures in the form of an address.

use massgen_plugin::chat::Image;

/// The picture's address; one that is there by value becomes a `data:` address.
pub fn url(image: &Image) -> String {
    match &image.data {
        Some(data) => format!("data:{};base64,{data}", image.mime),
        None => image.url.clone().unwrap_or_default(),
    }
}
