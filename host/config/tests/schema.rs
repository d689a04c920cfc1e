//! Options of a backend against a plugin's schema, and the plan as it may be shown.

#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use config::{RunPlan, load, quick, redacted_json, schema_check};
use expect_test::{Expect, expect};
use serde_json::json;

fn plan(yaml: &str) -> RunPlan {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.yaml");
    std::fs::write(&path, yaml).unwrap();
    let env = |name: &str| name.starts_with('S').then(|| "sk-secret".to_owned());
    load(&path, &env).unwrap()
}

fn check(backend: &str, expected: Expect) {
    let schema = json!({
        "type": "object",
        "properties": {
            "temperature": {"type": "number", "minimum": 0},
            "reasoning": {
                "type": "object",
                "properties": {"effort": {"enum": ["low", "high"]}},
                "additionalProperties": false,
            },
            "stop": {"type": ["string", "array"], "items": {"type": "string"}},
        },
        "additionalProperties": false,
    });
    let plan = plan(&format!("agent:\n  backend:\n    type: t\n{backend}"));
    let found = schema_check(&plan.agents[0].backend, &schema);
    let lines = found.iter().map(|diagnostic| {
        let text = diagnostic.to_string();
        let (_, rest) = text.split_once("a.yaml:").unwrap();
        format!("{rest} [{}]\n", diagnostic.key_path)
    });
    expected.assert_eq(&lines.collect::<String>());
}

#[test]
fn good_options_are_not_talked_about() {
    check(
        "    temperature: 0.5\n    stop: [a]\n    reasoning: {effort: high}\n",
        expect![[""]],
    );
}

#[test]
fn a_wrong_value_is_an_error_at_its_place_without_the_value() {
    check(
        "
    temperature: ${SECRET}
    stop: [a, 1]
    reasoning: {effort: extreme}
",
        expect![[r#"
            5:5: error: `agent.backend.temperature`: must be number [agent.backend.temperature]
            6:15: error: `agent.backend.stop[1]`: must be string [agent.backend.stop[1]]
            7:25: error: `agent.backend.reasoning.effort`: must be one of ["low","high"] [agent.backend.reasoning.effort]
        "#]],
    );
    check(
        "    temperature: -1\n    stop: 5\n",
        expect![[r#"
            4:5: error: `agent.backend.temperature`: this value is less than the minimum of 0 [agent.backend.temperature]
            5:5: error: `agent.backend.stop`: must be string or array [agent.backend.stop]
        "#]],
    );
}

#[test]
fn an_unknown_option_is_a_warning_with_the_one_that_may_be_meant() {
    check(
        "    temprature: 1\n    seed: 4\n    a/b: 1\n",
        expect![[r#"
            4:5: warning: `agent.backend.temprature` is unknown to the backend `t` and passed on to the provider as it is
              hint: did you mean `temperature`? [agent.backend.temprature]
            5:5: warning: `agent.backend.seed` is unknown to the backend `t` and passed on to the provider as it is [agent.backend.seed]
            6:5: warning: `agent.backend.a/b` is unknown to the backend `t` and passed on to the provider as it is [agent.backend.a/b]
        "#]],
    );
}

#[test]
fn a_broken_schema_is_one_error() {
    let plan = plan("agent: {backend: {type: t}}");
    let found = schema_check(&plan.agents[0].backend, &json!({"type": 5}));
    assert_eq!(found.len(), 1);
    assert!(found[0].message.contains("the plugin for `t`"));
}

#[test]
fn a_plan_is_shown_without_secrets() {
    let plan = plan(
        "
agent:
  system_message: hello
  backend:
    type: t
    base_url: https://me:pw@host/v1?key=1
    api_key: ${SECRET}
    default_headers: {x-api-key: abc, x-note: '${SAFE}', Ocp-ApiToken: a, Authorization: b, x-auth: c}
    my_bearer: d
    max_tokens: 5
    token: abc
",
    );
    let shown = redacted_json(&plan);
    expect![[r#"
        {
          "backend": {
            "api_key": "***",
            "base_url": "https://***@host/v1?***",
            "base_url_override": null,
            "model": null,
            "options": {
              "default_headers": {
                "Authorization": "***",
                "Ocp-ApiToken": "***",
                "x-api-key": "***",
                "x-auth": "***",
                "x-note": "${SAFE}"
              },
              "max_tokens": 5,
              "my_bearer": "***",
              "token": "***"
            },
            "type": "t"
          },
          "id": "agent1",
          "services": null,
          "system_message": "hello"
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&shown["agents"][0]).unwrap());
}

#[test]
fn a_quick_run_is_one_agent() {
    let env = |name: &str| (name == "MASSGEN_BASE_URL_VLLM").then(|| "http://b/v1".to_owned());
    let plan = quick("VLLM", Some("m"), None, None, &env).unwrap();
    assert_eq!(plan.agents[0].id.as_str(), "agent1");
    let urls = |plan: &RunPlan| {
        let backend = &plan.agents[0].backend;
        (backend.base_url.clone(), backend.base_url_override.clone())
    };
    assert_eq!(urls(&plan), (None, Some("http://b/v1".into())));
    let plan = quick("vllm", None, Some("http://c/v1"), Some("hi"), &env).unwrap();
    assert_eq!(urls(&plan), (Some("http://c/v1".into()), None));
    let error = quick("vllm", None, Some("c"), None, &env).unwrap_err();
    expect!["command line: error: --base-url must be a URL that begins with http:// or https:// and names a host"].assert_eq(&error.to_string());
    assert!(quick(" ", Some("llama"), None, None, &env).is_err());
    let plan = quick("", Some("claude-haiku"), None, None, &env).unwrap();
    assert_eq!(plan.agents[0].backend.type_name, "claude");
}
