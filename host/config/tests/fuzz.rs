//! Texts that nobody would write: whatever comes, there is a plan or a list of errors with places.

#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use std::path::Path;

use config::{load, redacted_json, schema_check};
use proptest::prelude::*;
use serde_json::json;

const GOOD: &str = "\
base: &b {type: vllm, model: m, reasoning: {effort: high}, stop: [a, '${WHO}']}
agents:
  - id: ann
    backend: *b
    system_message: |
      Be brief, ${WHO}.
  - backend: {<<: *b, base_url: http://a/v1, api_key: k, cwd: w, x/y~z: 1}
  - backend:
      type: vllm
      context_paths: [{path: '~/x/../${WHO}', permission: write}]
      mcp_servers:
        a: {command: \"npx -y 'b c'\", args: ['${WHO}'], env: {K: 'a-${WHO}'}, sandbox: warn}
        c: {url: 'http://127.1:80/${WHO}', headers: {A: b}, security: {allow_localhost: yes}}
        d: {command: [bash, -c, x], security: {level: permissive, env: {mode: allowlist}}}
orchestrator: {max_new_answers_per_agent: 2, wait_for_peers: no}
timeout_settings: {orchestrator_timeout_seconds: 1e3, turn_timeout_seconds: ~}
ui: {display_type: simple}
";

/// The one promise: no panic, and an error always says where.
fn survives(name: &str, content: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    let env = |name: &str| (name == "WHO").then(|| "a\nb".to_owned());
    match load(Path::new(&path), &env) {
        Ok(plan) => {
            assert!(!plan.agents.is_empty());
            redacted_json(&plan);
            let schema =
                json!({"properties": {"stop": {"type": "array"}, "x/y~z": {"type": "string"}}});
            for agent in &plan.agents {
                schema_check(&agent.backend, &schema);
            }
        }
        Err(errors) => assert!(errors.to_string().contains(name)),
    }
}

/// Cuts, doubles and replaces pieces of a good file.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    const SCRAPS: [&str; 16] = [
        "",
        "\n",
        "  ",
        "\t",
        ": ",
        "- ",
        "*b",
        "&b ",
        "<<: ",
        "{",
        "]",
        "'",
        "~",
        "${",
        "!!binary ",
        "\u{e9}\0",
    ];
    let edit = (0..GOOD.len(), 0..12_usize, 0..SCRAPS.len());
    prop::collection::vec(edit, 1..6).prop_map(|edits| {
        edits
            .iter()
            .fold(GOOD.as_bytes().to_vec(), |mut text, (at, cut, scrap)| {
                let at = (*at).min(text.len());
                let end = (at + cut).min(text.len());
                text.splice(at..end, SCRAPS[*scrap].bytes());
                text
            })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(content in prop::collection::vec(any::<u8>(), 0..200)) {
        survives("a.yaml", &content);
    }

    #[test]
    fn any_text(content in "[\\PC\n\t]{0,200}") {
        survives("a.yaml", content.as_bytes());
        survives("a.json", content.as_bytes());
    }

    #[test]
    fn a_good_file_with_damage(content in mutated()) {
        survives("a.yaml", &content);
    }
}
