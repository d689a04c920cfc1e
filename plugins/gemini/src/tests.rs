//! What the provider says, event by event, and what holds for whatever it says.

use massgen_plugin::metadata::Manifest;
use massgen_plugin::sdk::Translating;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::Gemini;

#[test]
fn transcripts() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/transcripts");
    massgen_plugin_test::transcripts::<Translating<Gemini>>(folder);
}
