//! Filters, limits, sandboxes, and keys without effect.

use std::fmt::Write as _;

use expect_test::expect;

use super::{check, load_text};

#[test]
fn tools_have_filters_limits_and_sandboxes() {
    let yaml = "
agent:
  backend:
    type: vllm
    allowed_tools: [mcp__a__b, c]
    exclude_tools: [d]
    max_tool_rounds: 7
    max_tool_argument_bytes: 20000000
    max_tool_result_bytes: 5
    max_mcp_message_history: -1
    tool_timeout_seconds: 1.5
    connect_timeout_seconds: 60
    circuit_breaker_enabled: true
    mcp_servers:
      a: {command: npx, required: true, connect_timeout: 90, tool_timeout: 400, sandbox: enforce, allowed_tools: []}
      b: {url: 'https://h/', timeout: 5, http_read_timeout: 6, sandbox: off}
      c: {url: 'https://h/', timeout: 5, tool_timeout: 7, sandbox: {network: false}}
      d: {command: npx, sandbox: {mode: warn, package_caches: false}, exclude_tools: [x]}
";
    let plan = load_text(yaml).unwrap();
    assert_eq!(plan.warnings, []);
    let services = &plan.agents[0].services;
    expect![[r#"
        (
            ToolFilter {
                allowed: Some(
                    [
                        "mcp__a__b",
                        "c",
                    ],
                ),
                excluded: [
                    "d",
                ],
            },
            ToolLimits {
                rounds: 7,
                argument_bytes: 20000000,
                result_bytes: 5,
                history: 0,
                call_ms: 1500,
                connect_ms: 60000,
            },
        )
    "#]]
    .assert_debug_eq(&(&services.filter, &services.limits));
    let mut out = String::new();
    for it in &services.mcp_servers {
        let times = (it.connect_ms, it.call_ms);
        writeln!(
            out,
            "{} {} {times:?} {:?} {:?}",
            it.name, it.required, it.sandbox, it.filter
        )
        .unwrap();
    }
    expect![[r#"
        a true (Some(90000), Some(400000)) SandboxPlan { mode: Enforce, deny_network: false, deny_package_caches: false } ToolFilter { allowed: Some([]), excluded: [] }
        b false (None, Some(5000)) SandboxPlan { mode: Off, deny_network: false, deny_package_caches: false } ToolFilter { allowed: None, excluded: [] }
        c false (None, Some(7000)) SandboxPlan { mode: Enforce, deny_network: true, deny_package_caches: false } ToolFilter { allowed: None, excluded: [] }
        d false (None, None) SandboxPlan { mode: Warn, deny_network: false, deny_package_caches: true } ToolFilter { allowed: None, excluded: ["x"] }
    "#]].assert_eq(&out);
    let empty =
        load_text("agent: {backend: {type: vllm, allowed_tools: [], mcp_servers: [], cwd: ''}}")
            .unwrap();
    assert_eq!(empty.agents[0].services.filter.allowed, Some(Vec::new()));
}

#[test]
fn wrong_limits_and_keys_without_effect_are_named() {
    check(
        "
agent:
  backend:
    type: vllm
    allowed_tools: Read
    exclude_tools: [1]
    max_tool_rounds: 0
    max_tool_argument_bytes: 1.5
    max_mcp_message_history: many
    tool_timeout_seconds: 0
    connect_timeout_seconds: '5'
    circuit_breaker_enabled: false
    use_multi_mcp: true
    mcp_sdk_auto: false
    agent_temporary_workspace: t
    context_write_access_enabled: 1
    mcp_servers:
      a: {command: npx, sandbox: on}
      b: {command: npx, sandbox: {mode: strict, network: 1, net: false}, required: maybe, tool_timeout: 0}
",
        expect![[r#"
            a.yaml:5:20: error: `agent.backend.allowed_tools` must be a list of tool names, not text
            a.yaml:6:21: error: `agent.backend.exclude_tools[0]` must be text, not a number
              hint: put it in quotes
            a.yaml:7:22: error: `agent.backend.max_tool_rounds` must be a whole number from 1, not 0
            a.yaml:8:30: error: `agent.backend.max_tool_argument_bytes` must be a whole number from 1, not 1.5
            a.yaml:9:30: error: `agent.backend.max_mcp_message_history` must be a whole number, not text
            a.yaml:10:27: error: `agent.backend.tool_timeout_seconds` must be more than 0
            a.yaml:11:30: error: `agent.backend.connect_timeout_seconds` must be a number of seconds, not text
            a.yaml:12:30: warning: `agent.backend.circuit_breaker_enabled` is ignored: a failing server is always left alone for a while
            a.yaml:13:20: warning: `agent.backend.use_multi_mcp` has no effect
              hint: leave it out: there is one MCP client for all backends
            a.yaml:14:19: warning: `agent.backend.mcp_sdk_auto` has no effect
              hint: leave it out: there is one MCP client for all backends
            a.yaml:15:32: warning: `agent.backend.agent_temporary_workspace` has no effect here
              hint: it is a folder of the whole team: write it under `orchestrator:`
            a.yaml:16:35: error: `agent.backend.context_write_access_enabled` must be true or false, not a number
            a.yaml:18:34: error: `agent.backend.mcp_servers.a.sandbox` must be `off`, `warn` or `enforce`
            a.yaml:19:41: error: `agent.backend.mcp_servers.b.sandbox.mode` must be `off`, `warn` or `enforce`
            a.yaml:19:58: error: `agent.backend.mcp_servers.b.sandbox.network` must be true or false, not a number
            a.yaml:19:61: warning: unknown key `agent.backend.mcp_servers.b.sandbox.net` is ignored
              hint: known here: mode, network, package_caches
            a.yaml:19:84: error: `agent.backend.mcp_servers.b.required` must be true or false, not text
            a.yaml:19:105: error: `agent.backend.mcp_servers.b.tool_timeout` must be more than 0
        "#]],
    );
}

/// The reference sent some of these to the provider as unknown fields of its requests.
#[test]
fn of_all_keys_of_a_backend_only_those_of_the_plugin_become_options() {
    let yaml = "
agent:
  backend:
    type: vllm
    temperature: 0.5
    max_mcp_message_history: 7
    circuit_breaker_enabled: true
    use_multi_mcp: true
    mcp_sdk_auto: false
    cwd: w
    agent_temporary_workspace: t
    context_paths: [{path: src}]
    context_write_access_enabled: true
    protected_paths: [src/kept]
    mcp_servers: {a: {command: npx}}
    allowed_tools: [b]
    exclude_tools: [c]
    max_tool_rounds: 2
    max_tool_argument_bytes: 3
    max_tool_result_bytes: 4
    tool_timeout_seconds: 5
    connect_timeout_seconds: 6
    agent_id: d
    session_id: e
";
    let backend = &load_text(yaml).unwrap().agents[0].backend;
    for options in [&backend.options, &backend.options_as_written] {
        assert_eq!(options.keys().collect::<Vec<_>>(), ["temperature"]);
    }
}
