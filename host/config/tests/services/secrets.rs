//! What is shown of a plan, and what must be kept out of logs.

use config::redacted_json;
use expect_test::expect;

use super::{load_text, shortened};

const SECRETS: &str = "
agent:
  backend:
    type: vllm
    cwd: workspace1
    context_paths: [{path: src, permission: write}]
    mcp_servers:
      files:
        command: [npx, -y, pkg, --token, literal-1, '--api-key=literal-2', '--header=${TOKEN}', plain]
        env: {API_KEY: literal-3, NOTE: 'p-${TOKEN}-s', NOTION_TOKEN: '${TOKEN}', MODE: dark, EMPTY_KEY: ''}
      remote:
        url: 'https://h/mcp?key=literal-4'
        headers: {Authorization: 'Bearer ${TOKEN}', X-Team: literal-5, X-Key: '${TOKEN}'}
        oauth: {client_id: me, client_secret: literal-6, scopes: [read]}
";

#[test]
fn no_secret_is_shown() {
    let plan = load_text(SECRETS).unwrap();
    let services = &plan.agents[0].services;
    let shown = redacted_json(&plan);
    let shown = &shown["agents"][0]["services"];
    for text in [shown.to_string(), format!("{:?}", services.sensitive)] {
        assert!(
            !text.contains("literal") && !text.contains("tok-secret"),
            "{text}"
        );
    }
    for server in &services.mcp_servers {
        let debug = format!("{server:?}");
        for secret in ["literal-3", "literal-5", "literal-6", "tok-secret"] {
            assert!(!debug.contains(secret), "{debug}");
        }
    }
    expect![[r#"
        {
          "context_paths": [
            {
              "path": "<here>/src",
              "write": true
            }
          ],
          "context_write_always": false,
          "filter": {
            "allowed": null,
            "excluded": []
          },
          "limits": {
            "argument_bytes": 1048576,
            "call_ms": 30000,
            "connect_ms": 30000,
            "history": 200,
            "result_bytes": 100000,
            "rounds": 50
          },
          "mcp_servers": [
            {
              "call_ms": null,
              "connect_ms": null,
              "filter": {
                "allowed": null,
                "excluded": []
              },
              "name": "files",
              "required": false,
              "sandbox": {
                "mode": "off",
                "network": true,
                "package_caches": true
              },
              "transport": {
                "argv": [
                  "npx",
                  "-y",
                  "pkg",
                  "--token",
                  "***",
                  "--api-key=***",
                  "--header=${TOKEN}",
                  "plain"
                ],
                "cwd": null,
                "env": {
                  "API_KEY": "***",
                  "EMPTY_KEY": "***",
                  "MODE": "***",
                  "NOTE": "***",
                  "NOTION_TOKEN": "${TOKEN}"
                },
                "type": "stdio"
              }
            },
            {
              "call_ms": null,
              "connect_ms": null,
              "filter": {
                "allowed": null,
                "excluded": []
              },
              "name": "remote",
              "required": false,
              "sandbox": {
                "mode": "off",
                "network": true,
                "package_caches": true
              },
              "transport": {
                "addresses": {
                  "hostnames": [],
                  "localhost": false,
                  "private": false
                },
                "headers": {
                  "Authorization": "***",
                  "X-Key": "${TOKEN}",
                  "X-Team": "***"
                },
                "oauth": {
                  "client_id": "me",
                  "client_secret": "***",
                  "scopes": [
                    "read"
                  ]
                },
                "read_ms": 300000,
                "type": "streamable-http",
                "url": "https://h/mcp?***"
              }
            }
          ],
          "program_sandbox": {
            "mode": "off",
            "network": true,
            "package_caches": true
          },
          "protected_paths": [],
          "workspace": "<here>/workspace1"
        }
    "#]]
    .assert_eq(&shortened(&serde_json::to_string_pretty(shown).unwrap()));
}

#[test]
fn secrets_of_servers_are_known_as_sensitive() {
    let plan = load_text(SECRETS).unwrap();
    let values = |list: &[config::ApiKey]| {
        list.iter()
            .map(|it| it.expose().to_owned())
            .collect::<Vec<_>>()
    };
    let agent = &plan.agents[0];
    expect![[r#"
        [
            "--header=tok-secret-1",
            "Bearer tok-secret-1",
            "literal-1",
            "literal-2",
            "literal-3",
            "literal-4",
            "literal-5",
            "literal-6",
            "p-tok-secret-1-s",
            "tok-secret-1",
        ]
    "#]]
    .assert_debug_eq(&values(&agent.services.sensitive));
    assert_eq!(
        values(&agent.backend.sensitive),
        values(&agent.services.sensitive)
    );
}

#[test]
fn no_key_of_the_services_reaches_the_plugin() {
    let plan = load_text(SECRETS).unwrap();
    assert!(plan.agents[0].backend.options.is_empty());
}
