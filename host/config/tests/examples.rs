//! Every file in `configs/` loads without a remark, and shows what it promises.

#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use std::path::Path;

use config::{BackendPlan, load, schema_check};
use serde_json::Value;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The schema that the plugin of this backend type gives in its metadata.
fn schema(backend: &BackendPlan) -> Value {
    let plugin = match backend.type_name.as_str() {
        "vllm" => "vllm",
        "chatcompletion" => "chat-completions",
        other => panic!("no example should need `{other}`"),
    };
    let metadata = Path::new(ROOT)
        .join("plugins")
        .join(plugin)
        .join("plugin.json");
    let metadata: Value = serde_json::from_slice(&std::fs::read(metadata).unwrap()).unwrap();
    let types = metadata["types"].as_array().unwrap();
    let own = types
        .iter()
        .find(|it| it["name"] == backend.type_name.as_str());
    own.unwrap()["config"].clone()
}

#[test]
fn every_example_loads_without_a_warning() {
    let folder = Path::new(ROOT).join("configs");
    let mut teams = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let env = |name: &str| name.ends_with("_API_KEY").then(|| "sk-test".to_owned());
        let plan = load(&path, &env).unwrap_or_else(|errors| panic!("{errors}"));
        assert_eq!(plan.warnings, [], "{}", path.display());
        for agent in &plan.agents {
            assert_eq!(schema_check(&agent.backend, &schema(&agent.backend)), []);
        }
        teams.push(plan.agents.len());
    }
    teams.sort_unstable();
    assert_eq!(teams, [1, 2, 2, 2, 3]);
}
