//! What a file says, and what is said about it: one text in, one listing out.

#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use std::fmt::Write as _;

use config::{ConfigErrors, RunPlan, load};
use expect_test::{Expect, expect};

fn env(name: &str) -> Option<String> {
    let value = match name {
        "KEY" => "sk-secret",
        "WHO" => "a poet",
        "BLANK" => " ",
        "MASSGEN_BASE_URL_GATED" => "http://127.0.0.1:9/v1",
        "MASSGEN_BASE_URL_BROKEN" => "127.0.0.1:9",
        _ => return None,
    };
    Some(value.to_owned())
}

fn load_named(name: &str, content: &[u8]) -> Result<RunPlan, ConfigErrors> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    load(&path, &env).map_err(|errors| shortened(errors, &path))
}

/// Without the folder, which is another one each time.
fn shortened(mut errors: ConfigErrors, path: &std::path::Path) -> ConfigErrors {
    let folder = format!("{}/", path.parent().unwrap().display());
    for diagnostic in &mut errors.diagnostics {
        let place = &mut diagnostic.place;
        place.source = place.source.replace(&folder, "").into();
        diagnostic.hint = diagnostic.hint.take().map(|hint| hint.replace(&folder, ""));
    }
    errors
}

fn listing(plan: &RunPlan) -> String {
    let mut out = String::new();
    for agent in &plan.agents {
        let backend = &agent.backend;
        writeln!(
            out,
            "{} = {} {:?} url {:?} key {:?} options {} says {:?}",
            agent.id,
            backend.type_name,
            backend.model,
            backend
                .base_url_override
                .as_ref()
                .or(backend.base_url.as_ref()),
            backend.api_key.as_ref().map(config::ApiKey::expose),
            serde_json::Value::from(backend.options.clone()),
            agent.system_message,
        )
        .unwrap();
    }
    for warning in &plan.warnings {
        let (line, column) = (warning.place.line, warning.place.column);
        writeln!(out, "{line}:{column} {}", warning.message).unwrap();
        if let Some(hint) = &warning.hint {
            writeln!(out, "  hint: {hint}").unwrap();
        }
    }
    out
}

fn check_as(name: &str, content: &[u8], expected: Expect) {
    expected.assert_eq(&match load_named(name, content) {
        Ok(plan) => listing(&plan),
        Err(errors) => format!("{errors}\n"),
    });
}

fn check(yaml: &str, expected: Expect) {
    check_as("a.yaml", yaml.as_bytes(), expected);
}

#[test]
fn a_team_has_ids_and_each_backend_its_keys() {
    check(
        r#"
agents:
  - backend: {type: VLLM, model: small}
  - id: 7
    backend:
      type: chatcompletion
      base_url: "https://example.org/v1"
      api_key: ${KEY}
      temperature: 0.5
      stop: [a, "${WHO}", "$${WHO}"]
      extra_body: {seed: 1, note: ~}
      top_p: ~
    system_message: You are ${WHO}.
  - backend: {model: gpt-5-mini}
    system_message: ""
ui: {display_type: simple, logging_enabled: true}
"#,
        expect![[r#"
            agent1 = vllm Some("small") url None key None options {} says None
            7 = chatcompletion None url Some("https://example.org/v1") key Some("sk-secret") options {"extra_body":{"note":null,"seed":1},"stop":["a","a poet","${WHO}"],"temperature":0.5} says Some("You are a poet.")
            agent3 = openai Some("gpt-5-mini") url None key None options {} says None
        "#]],
    );
}

#[test]
fn a_single_agent_wins_over_a_list() {
    check(
        "agents: 5\nagent:\n  backend:\n    type: vllm\n",
        expect![[r#"
            agent1 = vllm None url None key None options {} says None
            1:9 `agents` is ignored because `agent` is given
        "#]],
    );
}

#[test]
fn merge_keys_and_anchors_work() {
    check(
        "base: &b {type: vllm, model: m}\nagents:\n  - backend:\n      <<: *b\n      model: n\n  - backend: *b\n",
        expect![[r#"
            a.yaml:1:1: warning: unknown key `base` is ignored
              hint: known here: agents, agent, orchestrator, timeout_settings, ui
            a.yaml:5:14: error: `agents[0].backend.model` must be text, not true or false
              hint: put it in quotes
        "#]],
    );
}

#[test]
fn json_is_read_with_places_too() {
    check_as(
        "a.JSON",
        br#"{"agents": [{"backend": {"type": "vllm", "model": "a\/b \ud83d\ude00"}}],
  "agnets": 1}"#,
        expect![[r#"
            agent1 = vllm Some("a/b 😀") url None key None options {} says None
            2:3 unknown key `agnets` is ignored
              hint: did you mean `agents`?
        "#]],
    );
    check_as(
        "a.json",
        b"{\"agents\": [\n  {'backend': 1}]}",
        expect![[r#"
            a.json:2:4: error: not valid JSON: key must be a string
        "#]],
    );
}

#[test]
fn what_this_version_does_not_do_is_said_once_per_key() {
    check(
        "
agents:
  - backend: {type: vllm}
  - backend: {type: vllm, session_id: 1}
    model: m
ui: {use_orchestrator_for_single_agent: false, type: rich}
display: {type: rich}
",
        expect![[r#"
            agent1 = vllm None url None key None options {} says None
            agent2 = vllm None url None key None options {} says None
            4:39 `agents[1].backend.session_id` is ignored: the host chooses it
            5:12 `agents[1].model` has no effect beside `backend`
              hint: move `model` into `backend:`
            6:41 `ui.use_orchestrator_for_single_agent` has no effect in this version yet
            6:54 `ui.type` has no effect
              hint: `ui.display_type` chooses the display
            7:10 `display` has no effect
              hint: `ui.display_type` chooses the display
        "#]],
    );
}

#[test]
fn doubtful_keys_are_warnings_with_the_nearest_known_one() {
    check(
        "
agnet: 1
agents:
  - backend: {type: vllm, model: a, model: b}
    sytem_message: hi
orchestrator: {max_new_answer_per_agent: 3, x: 1}
timeout_settings: {turn_timout_seconds: 3}
",
        expect![[r#"
            agent1 = vllm Some("b") url None key None options {} says None
            2:1 unknown key `agnet` is ignored
              hint: did you mean `agent`?
            4:37 `agents[0].backend.model` comes twice; the last one counts
            5:5 unknown key `agents[0].sytem_message` is ignored
              hint: did you mean `system_message`?
            6:16 unknown key `orchestrator.max_new_answer_per_agent` is ignored
              hint: did you mean `max_new_answers_per_agent`?
            6:45 unknown key `orchestrator.x` is ignored
              hint: known here: max_new_answers_per_agent, max_activation_failures, wait_for_peers, snapshot_storage, agent_temporary_workspace, context_paths
            7:20 unknown key `timeout_settings.turn_timout_seconds` is ignored
              hint: did you mean `turn_timeout_seconds`?
        "#]],
    );
}

#[test]
fn every_error_is_found_and_named_with_its_place() {
    check(
        "
agents:
  - id: ann
    backend: {type: vllm, base_url: 'localhost:8000/v1', api_key: '${NO_KEY}'}
  - id: ann
    backend: {model: [1], type: vllm}
  - backend: {model: llama}
  - backend: {type: 5, temperature: '${NO_VAR}'}
  - backend: {}
  - id: [x]
  - just text
  - backend: {type: vllm, api_key: '${BLANK}'}
",
        expect![[r#"
            a.yaml:4:37: error: `agents[0].backend.base_url` must be a URL that begins with http:// or https:// and names a host
            a.yaml:4:67: error: the environment variable `NO_KEY` is not set
              hint: set it, or write `$${` where `${` is meant literally
            a.yaml:5:5: error: two agents have the id `ann`
              hint: the other one is at a.yaml:3:5
            a.yaml:6:22: error: `agents[1].backend.model` must be text, not a list
            a.yaml:7:14: error: no backend type is known for the model `llama`
              hint: add `type:`, for example `type: vllm`
            a.yaml:8:21: error: `agents[3].backend.type` must be text, not a number
              hint: put it in quotes
            a.yaml:8:37: error: the environment variable `NO_VAR` is not set
              hint: set it, or write `$${` where `${` is meant literally
            a.yaml:9:14: error: `agents[4].backend` has neither `type` nor `model`
              hint: add `type:`, for example `type: vllm`
            a.yaml:10:5: error: `agents[5]` has no `backend`
              hint: add `backend:` with `type:` and `model:` below it
            a.yaml:10:9: error: `agents[5].id` must be text, not a list
            a.yaml:11:5: error: `agents[6]` must be a mapping, not text
            a.yaml:12:36: error: `agents[7].backend.api_key` must be a key in one line, and not empty
        "#]],
    );
}

#[test]
fn limits_have_units_and_bounds() {
    check(
        "
agent: {backend: {type: vllm}}
orchestrator: {max_new_answers_per_agent: 0, max_activation_failures: 1.5, wait_for_peers: maybe}
timeout_settings:
  orchestrator_timeout_seconds: -1
  turn_timeout_seconds: '5'
  final_timeout_seconds: 0
  idle_timeout_seconds: 1e99
ui: {display_type: textual_terminal}
",
        expect![[r#"
            a.yaml:3:43: error: `orchestrator.max_new_answers_per_agent` must be a whole number from 1, not 0
            a.yaml:3:71: error: `orchestrator.max_activation_failures` must be a whole number from 1, not 1.5
            a.yaml:3:92: error: `orchestrator.wait_for_peers` must be true or false, not text
            a.yaml:5:33: error: `timeout_settings.orchestrator_timeout_seconds` must be from 0 to 31536000 seconds, not -1
            a.yaml:6:25: error: `timeout_settings.turn_timeout_seconds` must be a number of seconds, not text
            a.yaml:7:26: error: `timeout_settings.final_timeout_seconds` must be more than 0
            a.yaml:8:25: error: `timeout_settings.idle_timeout_seconds` must be from 0 to 31536000 seconds, not 1e+99
            a.yaml:9:20: error: `ui.display_type` must be one of rich_terminal, terminal, simple, not `textual_terminal`
        "#]],
    );
    let yaml = "
agent: {backend: {type: vllm}}
orchestrator: {max_new_answers_per_agent: ~, max_activation_failures: 1, wait_for_peers: yes}
timeout_settings:
  orchestrator_timeout_seconds: ~
  turn_timeout_seconds: 1.5
  final_timeout_seconds: 30
";
    let plan = load_named("a.yml", yaml.as_bytes()).unwrap();
    expect![[r#"
        LimitsPlan {
            coordination_ms: None,
            turn_ms: 1500,
            presentation_ms: 30000,
            idle_ms: 120000,
            max_new_answers_per_agent: None,
            max_activation_failures: 1,
            wait_for_peers: true,
        }
    "#]]
    .assert_debug_eq(&plan.limits);
    let yaml =
        "agent: {backend: {type: vllm}}\ntimeout_settings: {orchestrator_timeout_seconds: 0}";
    let plan = load_named("a.yml", yaml.as_bytes()).unwrap();
    assert_eq!(plan.limits.coordination_ms, Some(0));
}

#[test]
fn a_type_can_be_redirected_by_the_environment() {
    check(
        "agents:\n- backend: {type: gated, base_url: 'http://a/v1'}\n- backend: {type: other}\n",
        expect![[r#"
            agent1 = gated None url Some("http://127.0.0.1:9/v1") key None options {} says None
            agent2 = other None url None key None options {} says None
        "#]],
    );
    check(
        "agent: {backend: {type: broken}}",
        expect![[r#"
        environment: error: `MASSGEN_BASE_URL_BROKEN` must be a URL that begins with http:// or https:// and names a host
    "#]],
    );
}

#[test]
fn files_that_are_no_configuration_are_refused() {
    let mut out = String::new();
    for (name, content) in [
        ("empty.yaml", &b""[..]),
        ("comment.yaml", b"# nothing\n"),
        ("null.yaml", b"~"),
        ("list.yaml", b"- a\n- b\n"),
        ("text.yaml", b"hello"),
        ("no-agents.yaml", b"ui: {}"),
        ("none.yaml", b"agents: []"),
        ("mapping.yaml", b"agents: {a: {backend: {type: vllm}}}"),
        ("null-agent.yaml", b"agent: ~"),
        ("tab.yaml", b"agents:\n\t- id: a\n"),
        ("open.yaml", b"agents: [{id: a\n"),
        ("two.yaml", b"agent: {}\n---\nagent: {}\n"),
        ("alias.yaml", b"agents: *nobody\n"),
        ("key.yaml", b"agents: []\n? [a, b]\n: 1\n"),
        ("latin1.yaml", b"agents:\n- id: \xe9"),
        ("a.toml", b"x = 1"),
        ("inf.yaml", b"agents: .inf"),
    ] {
        let errors = load_named(name, content).unwrap_err();
        writeln!(out, "{errors}").unwrap();
    }
    expect![[r#"
        empty.yaml:1:1: error: the file is empty
          hint: it needs at least `agents:` with one agent
        comment.yaml:2:1: error: the file is empty
          hint: it needs at least `agents:` with one agent
        null.yaml:1:1: error: the file is empty
          hint: it needs at least `agents:` with one agent
        list.yaml:1:1: error: the document must be a mapping, not a list
        text.yaml:1:1: error: the document must be a mapping, not text
        no-agents.yaml:1:1: error: there is neither `agents` nor `agent`
          hint: begin with `agents:` and one `- backend:` below it
        none.yaml:1:9: error: `agents` must hold 1 to 64 agents, not 0
        mapping.yaml:1:9: error: `agents` must be a list of agents, not a mapping
          hint: begin each agent with `- `, or use `agent:` for a single one
        null-agent.yaml:1:8: error: `agent` has no `backend`
          hint: add `backend:` with `type:` and `model:` below it
        tab.yaml:2:2: error: not valid YAML: tabs disallowed within this context (block indentation)
        open.yaml:1:10: error: not valid YAML: unclosed bracket '{'
        two.yaml:3:1: error: not valid YAML: only single YAML document expected but multiple found
        alias.yaml:1:9: error: not valid YAML: reference to unknown value
        key.yaml:2:3: error: not valid YAML: expected string scalar
        latin1.yaml:2:7: error: the file is not UTF-8 text from here on
          hint: save it as UTF-8
        a.toml: error: the name must end in .yaml, .yml or .json
        inf.yaml:1:9: error: not valid YAML: value `.inf` is not a finite number
    "#]]
    .assert_eq(&out);
}

#[test]
fn what_is_not_a_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("d.yaml");
    std::fs::create_dir(&directory).unwrap();
    for (path, says) in [
        (directory, "cannot be read: is a directory"),
        (
            folder.path().join("none.yaml"),
            "cannot be read: No such file",
        ),
    ] {
        let errors = load(&path, &env).unwrap_err().to_string();
        assert!(errors.contains(says), "{errors}");
    }
}

#[test]
fn too_much_is_refused_and_never_expanded() {
    let large = "#".repeat((4 << 20) + 1);
    check_as(
        "large.yaml",
        large.as_bytes(),
        expect![[r#"
        large.yaml: error: is larger than 4 MiB
    "#]],
    );

    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..12 {
        let aliases = vec![format!("*a{}", n - 1); 10].join(", ");
        writeln!(bomb, "a{n}: &a{n} [{aliases}]").unwrap();
    }
    check_as(
        "bomb.yaml",
        bomb.as_bytes(),
        expect![[r#"
            bomb.yaml:5:25: error: not valid YAML: YAML document too large or too complex: limits breached: Nodes { nodes: 50001 }
        "#]],
    );

    let deep = format!("agents: {}", "[".repeat(100_000));
    check_as(
        "deep.yaml",
        deep.as_bytes(),
        expect![[r#"
        deep.yaml:1:264: error: not valid YAML: recursion limit exceeded
    "#]],
    );
    let team = format!("agents:\n{}", "- backend: {type: vllm}\n".repeat(65));
    check_as(
        "team.yaml",
        team.as_bytes(),
        expect![[r#"
        team.yaml:2:3: error: `agents` must hold 1 to 64 agents, not 65
    "#]],
    );
}

#[test]
fn values_from_variables_and_extra_headers_are_known_as_sensitive() {
    let yaml = r#"
agent:
  backend:
    type: vllm
    model: ${WHO}
    temperature: 0.5
    stop: [plain, "$${KEY}"]
    extra_headers: {X-Auth: "Bearer ${KEY}", X-Site: literal, X-Pin: 12345678, X-Empty: ""}
    extra_query: {code: "${KEY}", version: "2", blank: "${BLANK}"}
    extra_body: {user: ["${WHO}"]}
"#;
    let plan = load_named("a.yaml", yaml.as_bytes()).unwrap();
    let sensitive = &plan.agents[0].backend.sensitive;
    let values: Vec<_> = sensitive.iter().map(config::ApiKey::expose).collect();
    assert_eq!(
        values,
        [
            "12345678",
            "Bearer sk-secret",
            "a poet",
            "literal",
            "sk-secret"
        ]
    );
    assert_eq!(format!("{sensitive:?}"), "[***, ***, ***, ***, ***]");
}
