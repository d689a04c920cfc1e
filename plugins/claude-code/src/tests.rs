//! Transcripts: the lines of real runs, shortened where they are long, and what becomes of them.

use massgen_plugin::metadata::Manifest;
use massgen_plugin::sdk::Entry;
use massgen_plugin::{Config, FaultCode};

use super::ClaudeCode;

#[test]
fn transcripts() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/transcripts");
    massgen_plugin_test::transcripts::<ClaudeCode>(folder);
}

#[test]
fn a_missing_folder_is_named_before_anything_starts() {
    let fault = ClaudeCode::create(Config::default());
    let fault = fault.err().expect("a fault");
    assert_eq!(fault.code, FaultCode::CONFIG);
    assert!(fault.message.contains("`cwd`"), "{fault}");
    assert!(fault.detail.starts_with("hint: "), "{}", fault.detail);
}

#[test]
fn neither_keys_nor_addresses_are_taken_from_variables() {
    let created = |options: serde_json::Value| {
        let config = serde_json::json!({
            "backend_type": "claude_code", "workspace": "/w", "options": options,
        });
        let config = serde_json::from_value(config).expect("a configuration");
        ClaudeCode::create(config)
            .map(drop)
            .map_err(|fault| fault.message)
    };
    for (options, name) in [
        (
            serde_json::json!({"env": {"ANTHROPIC_API_KEY": "x"}}),
            "ANTHROPIC_API_KEY",
        ),
        (
            serde_json::json!({"env": {"ANTHROPIC_BASE_URL": "x"}}),
            "ANTHROPIC_BASE_URL",
        ),
        (
            serde_json::json!({"settings": {"env": {"ANTHROPIC_AUTH_TOKEN": "x"}}}),
            "ANTHROPIC_AUTH_TOKEN",
        ),
        (
            serde_json::json!({"settings": "{\"env\":{\"ANTHROPIC_BEDROCK_BASE_URL\":\"x\"}}"}),
            "ANTHROPIC_BEDROCK_BASE_URL",
        ),
    ] {
        assert_eq!(created(options), Err(format!("`env` may not set `{name}`")));
    }
    assert_eq!(
        created(serde_json::json!({"env": {"EDITOR": "ed"}})),
        Ok(())
    );
}

#[test]
fn the_manifest_asks_for_one_program_and_demands_no_key() {
    let manifest: Manifest =
        serde_json::from_str(include_str!("../plugin.json")).expect("a manifest");
    assert_eq!(manifest.capabilities.programs, ["claude"]);
    let secrets = &manifest.types[0].secrets;
    assert!(
        secrets.iter().all(|it| it.optional),
        "the program may be logged in"
    );
}
