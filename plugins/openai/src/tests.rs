//! What OpenAI says, event by event, and the table of what the host must know.

use massgen_plugin::metadata::Manifest;
use massgen_plugin::sdk::Translating;
use responses_dialect::Responses;

use super::OpenAi;

massgen_plugin_test::rules!(Responses<OpenAi>);

#[test]
fn transcripts() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/transcripts");
    massgen_plugin_test::transcripts::<Translating<Responses<OpenAi>>>(folder);
}

fn manifest() -> Manifest {
    serde_json::from_str(include_str!("../plugin.json")).expect("a manifest")
}

#[test]
fn the_key_goes_to_openai_only() {
    let openai = &manifest().types[0];
    let secret = &openai.secrets[0];
    assert_eq!(
        (secret.env.as_slice(), secret.hosts.as_slice()),
        (
            &["OPENAI_API_KEY".to_owned()][..],
            &["openai.com".to_owned()][..]
        )
    );
    assert!(openai.replay_reasoning, "items go back");
}

#[test]
fn every_configuration_key_is_described() {
    let keys = manifest().types[0].config["properties"].clone();
    for (key, schema) in keys.as_object().expect("properties") {
        assert!(schema["description"].is_string(), "{key}");
    }
}
