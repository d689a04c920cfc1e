//! MCP servers: every shape, every rule of services §2.1–2.4.

use expect_test::expect;

use super::check_servers;

#[test]
fn a_list_a_mapping_and_a_single_server_are_the_same_thing() {
    check_servers(
        "
- name: weather
  type: stdio
  command: npx
  args: [-y, '@fak111/weather-mcp']
- command: python -u -m massgen.tests.mcp_test_server
- {type: streamable-http, url: 'https://example.org/mcp'}",
        expect![[r#"
            server weather at (5, 9): Stdio { argv: ["npx", "-y", "@fak111/weather-mcp"], env: [], cwd: None }
            server server_1 at (9, 9): Stdio { argv: ["python", "-u", "-m", "massgen.tests.mcp_test_server"], env: [], cwd: None }
            server server_2 at (10, 9): Http { url: "https://example.org/mcp", headers: [], read_ms: 300000, addresses: AddressRules { hostnames: [], localhost: false, private: false }, oauth: OAuthPlan { client_id: None, client_secret: None, scopes: [] } }
        "#]],
    );
    check_servers(
        "
twitter: {type: stdio, command: npx, args: [-y, '@enescinar/twitter-mcp'], env: {API_KEY: x}}
url: {url: 'https://example.org/mcp', headers: {Authorization: 'Bearer ${TOKEN}'}}",
        expect![[r#"
            server twitter at (5, 7): Stdio { argv: ["npx", "-y", "@enescinar/twitter-mcp"], env: [("API_KEY", ***)], cwd: None }
            server url at (6, 7): Http { url: "https://example.org/mcp", headers: [("Authorization", ***)], read_ms: 300000, addresses: AddressRules { hostnames: [], localhost: false, private: false }, oauth: OAuthPlan { client_id: None, client_secret: None, scopes: [] } }
        "#]],
    );
    check_servers(
        " {command: [npx, -y, pkg], cwd: sub}",
        expect![[r#"
        server server_0 at (4, 18): Stdio { argv: ["npx", "-y", "pkg"], env: [], cwd: Some("<here>/sub") }
    "#]],
    );
    check_servers(
        " {args: [npx, -y, pkg]}",
        expect![[r#"
        server server_0 at (4, 18): Stdio { argv: ["npx", "-y", "pkg"], env: [], cwd: None }
    "#]],
    );
    check_servers(" ~", expect![[""]]);
    check_servers(" []", expect![[""]]);
}

#[test]
fn what_is_left_out_or_has_no_effect_is_said() {
    check_servers(
        "
a: ~
b: {name: c, command: npx, url: 'http://x/', timeout: 5, max_retries: 3, tool_timout: 3}
d: {url: 'http://x/', command: npx, security: strict}
e: {command: npx, security: {level: lax, env: {mode: x}, resolve_dns: true, allow_localhosts: true}}",
        expect![[r#"
            a.yaml:5:10: warning: `agent.backend.mcp_servers.a` is left out: it is empty
            a.yaml:6:17: warning: `agent.backend.mcp_servers.b.name` is ignored: the server is `b`
            a.yaml:6:39: warning: `agent.backend.mcp_servers.b.url` has no effect on a stdio server
            a.yaml:6:61: warning: `agent.backend.mcp_servers.b.timeout` has no effect on a stdio server
              hint: `tool_timeout` limits its calls
            a.yaml:6:64: warning: unknown key `agent.backend.mcp_servers.b.max_retries` is ignored
              hint: known here: name, type, security, required, connect_timeout, tool_timeout, sandbox, allowed_tools, exclude_tools, command, args, env, cwd
            a.yaml:6:80: warning: unknown key `agent.backend.mcp_servers.b.tool_timout` is ignored
              hint: did you mean `tool_timeout`?
            a.yaml:7:16: warning: `agent.backend.mcp_servers.d.url` has no effect on a stdio server
            a.yaml:7:53: warning: `agent.backend.mcp_servers.d.security` is ignored: it must be a mapping
            a.yaml:8:43: warning: `agent.backend.mcp_servers.e.security.level` counts as `strict`: `lax` is unknown
              hint: known: strict, moderate, permissive
            a.yaml:8:60: warning: `agent.backend.mcp_servers.e.security.env.mode` counts as `denylist`
              hint: known: denylist, allowlist
            a.yaml:8:83: warning: unknown key `agent.backend.mcp_servers.e.security.allow_localhosts` is ignored
              hint: did you mean `allow_localhost`?
            server b at (6, 7): Stdio { argv: ["npx"], env: [], cwd: None }
            server d at (7, 7): Stdio { argv: ["npx"], env: [], cwd: None }
            server e at (8, 7): Stdio { argv: ["npx"], env: [], cwd: None }
        "#]],
    );
}

#[test]
fn a_server_that_cannot_be_understood_is_an_error() {
    check_servers(
        "
- {name: x, type: sse, url: 'http://h/'}
- {name: w, type: http, url: 'http://h/'}
- {name: z, type: websocket, url: 'http://h/'}
- {name: m}
- {name: e, type: stdio}
- {name: f, type: streamable-http}
- {name: a b, command: npx}
- {name: 12345678901234567890123456789012345678901234567890x, command: npx}
- {name: twice, command: npx}
- {name: twice, command: npx}
- {name: server_11, command: npx}
- {command: npx}
- just text
- {name: g, command: 5, args: [8080], env: {PORT: 8080}}
- {name: ~, command: npx, args: [~], env: {K: ~}, allowed_tools: [~], security: {level: ~}}
- {name: k, url: ~, command: ~}",
        expect![[r#"
            a.yaml:5:25: error: `agent.backend.mcp_servers[0].type` must be `stdio` or `streamable-http`, not `sse`
              hint: use `streamable-http`, which took the place of the older transports
            a.yaml:6:25: error: `agent.backend.mcp_servers[1].type` must be `stdio` or `streamable-http`, not `http`
              hint: use `streamable-http`, which took the place of the older transports
            a.yaml:7:25: error: `agent.backend.mcp_servers[2].type` must be `stdio` or `streamable-http`, not `websocket`
              hint: use `stdio` for a program, `streamable-http` for an address
            a.yaml:8:9: error: `agent.backend.mcp_servers[3]` has neither `command` nor `url`
              hint: `command:` and `args:` start a server here, `url:` connects to one
            a.yaml:9:9: error: `agent.backend.mcp_servers[4]` has no `command`
            a.yaml:10:9: error: `agent.backend.mcp_servers[5]` has no `url`
            a.yaml:11:16: error: the name of a server must be 1 to 50 letters, digits, `_` or `-`, not `a b`
              hint: the name is a part of its tools' names: mcp__NAME__TOOL
            a.yaml:12:16: error: the name of a server must be 1 to 50 letters, digits, `_` or `-`, not `12345678901234567890123456789012345678901234567890x`
              hint: the name is a part of its tools' names: mcp__NAME__TOOL
            a.yaml:14:9: error: two servers have the name `twice`
              hint: the other one is at a.yaml:13:9
            a.yaml:16:9: error: two servers have the name `server_11`
              hint: the other one is at a.yaml:15:9
            a.yaml:17:9: error: `agent.backend.mcp_servers[12]` must be a mapping, not text
            a.yaml:18:28: error: `agent.backend.mcp_servers[13].command` must be text or a list of texts, not a number
            a.yaml:18:38: error: `agent.backend.mcp_servers[13].args[0]` must be text, not a number
              hint: put it in quotes
            a.yaml:18:57: error: `agent.backend.mcp_servers[13].env.PORT` must be text, not a number
              hint: put it in quotes
            a.yaml:19:40: error: `agent.backend.mcp_servers[14].args[0]` must be text, not nothing
            a.yaml:19:53: error: `agent.backend.mcp_servers[14].env.K` must be text, not nothing
            a.yaml:19:73: error: `agent.backend.mcp_servers[14].allowed_tools[0]` must be text, not nothing
            a.yaml:20:9: error: `agent.backend.mcp_servers[15]` has no `command`
            a.yaml:20:24: warning: `agent.backend.mcp_servers[15].url` has no effect on a stdio server
        "#]],
    );
    check_servers(
        " npx",
        expect![[r#"
        a.yaml:4:18: error: `agent.backend.mcp_servers` must be a list or a mapping of servers, not text
    "#]],
    );
}

#[test]
fn commands_arguments_and_variables_are_screened() {
    check_servers(
        "
- {name: a, command: python; ls}
- {name: b, command: $(x)}
- {name: c, command: ../python}
- {name: d, command: perl x.pl}
- {name: e, command: npxx}
- {name: f, command: bash, args: [-c, 'anything']}
- {name: g, command: npx, args: [ok, '${LONG}']}
- {name: h, command: npx, env: {LD_LIBRARY_PATH: x, PATH: x, GOOD: ok, BAD: 'a;b', TWO: '${A}${B}'}}
- {name: i, command: npx, cwd: ../x}"
            .replace("${LONG}", &"x".repeat(501))
            .as_str(),
        expect![[r#"
            a.yaml:5:28: error: `agent.backend.mcp_servers[0].command` must not contain `;`
              hint: no shell reads it; write program and arguments as a list
            a.yaml:6:28: error: `agent.backend.mcp_servers[1].command` must not contain `$`
              hint: no shell reads it; write program and arguments as a list
            a.yaml:7:28: error: `agent.backend.mcp_servers[2].command` must not go through `..`
              hint: write the program's name or its absolute path
            a.yaml:8:28: error: `agent.backend.mcp_servers[3].command` must not start `perl`
              hint: allow it with `security: {allowed_executables: [perl]}`
            a.yaml:9:28: error: `agent.backend.mcp_servers[4].command` must not start `npxx`
              hint: did you mean `npx`?
            a.yaml:10:28: error: `agent.backend.mcp_servers[5].command` must not give `bash` commands as an argument
              hint: start the program itself, or set `security: {level: permissive}`
            a.yaml:11:44: error: `agent.backend.mcp_servers[6].args[1]` must have at most 500 characters, not 501
            a.yaml:12:39: error: `agent.backend.mcp_servers[7].env.LD_LIBRARY_PATH` is a variable that servers are not given
              hint: `security: {env: {denied_vars: []}}` gives this server every variable that `env` names
            a.yaml:12:59: error: `agent.backend.mcp_servers[7].env.PATH` is a variable that servers are not given
              hint: servers have ours already; `security: {env: {level: moderate}}` allows another one, `security: {env: {denied_vars: []}}` gives this server every variable that `env` names
            a.yaml:12:78: error: `agent.backend.mcp_servers[7].env.BAD` must not contain `;`
              hint: put the value into a variable of your own and write ${ITS_NAME}
            a.yaml:12:90: error: `agent.backend.mcp_servers[7].env.TWO` may refer to one variable, in capitals, and have no other `$`: ${NAME}
            a.yaml:13:38: error: `agent.backend.mcp_servers[8].cwd` must not go through `..`
        "#]],
    );
}

#[test]
fn what_is_harmless_or_relaxed_is_accepted() {
    check_servers(
        "
- {name: a, command: [python, -c, 'print(1)']}
- {name: b, command: bash, args: [-c, x], security: {level: permissive}}
- {name: c, command: perl x.pl, security: {allowed_executables: [perl]}}
- {name: d, command: git mcp, security: {level: moderate}, env: {PATH: x}}
- {name: e, command: npx, env: {LD_LIBRARY_PATH: x}, security: {env: {denied_vars: []}}}
- {name: f, command: npx, args: ['${UNSET}', '`${x}`'], env: {T: 'p-${UNSET}-s'}}",
        expect![[r#"
            server a at (5, 9): Stdio { argv: ["python", "-c", "print(1)"], env: [], cwd: None }
            server b at (6, 9): Stdio { argv: ["bash", "-c", "x"], env: [], cwd: None }
            server c at (7, 9): Stdio { argv: ["perl", "x.pl"], env: [], cwd: None }
            server d at (8, 9): Stdio { argv: ["git", "mcp"], env: [("PATH", ***)], cwd: None }
            server e at (9, 9): Stdio { argv: ["npx"], env: [("LD_LIBRARY_PATH", ***)], cwd: None }
            server f at (10, 9): Stdio { argv: ["npx", "${UNSET}", "`${x}`"], env: [("T", ***)], cwd: None }
        "#]],
    );
}

#[test]
fn addresses_are_checked_as_they_will_be_used() {
    check_servers(
        "
- {name: a, url: 'http://localhost:8000/mcp'}
- {name: b, url: 'http://127.1/'}
- {name: c, url: 'http://2130706433/'}
- {name: d, url: 'http://localhost./'}
- {name: e, url: 'https://h:6379/'}
- {name: f, url: 'http://10.0.0.1/'}
- {name: g, url: 'http://me:secret@h/'}
- {name: h, url: 'http://${HOST}/'}
- {name: i, url: 'h:80', headers: {'a b': x, c: \"x\\ny\"}, timeout: 301, http_read_timeout: 0}",
        expect![[r#"
            a.yaml:5:24: error: `agent.backend.mcp_servers[0].url` must not be an address of this machine
              hint: allow it with `security: {allow_localhost: true}`
            a.yaml:6:24: error: `agent.backend.mcp_servers[1].url` must not be an address of this machine
              hint: allow it with `security: {allow_localhost: true}`
            a.yaml:7:24: error: `agent.backend.mcp_servers[2].url` must not be an address of this machine
              hint: allow it with `security: {allow_localhost: true}`
            a.yaml:8:24: error: `agent.backend.mcp_servers[3].url` must not be an address of this machine
              hint: allow it with `security: {allow_localhost: true}`
            a.yaml:9:24: error: `agent.backend.mcp_servers[4].url` must not use the port 6379
            a.yaml:10:24: error: `agent.backend.mcp_servers[5].url` must not be an address of a private or reserved network
              hint: allow it with `security: {allow_private_ips: true}`
            a.yaml:11:24: error: `agent.backend.mcp_servers[6].url` must not name a user
              hint: credentials belong into `headers:`, with a variable: ${NAME}
            a.yaml:12:24: error: `agent.backend.mcp_servers[7].url` must not be an address of this machine
              hint: allow it with `security: {allow_localhost: true}`
            a.yaml:13:24: error: `agent.backend.mcp_servers[8].url` must be a URL that begins with http:// or https:// and names a host
            a.yaml:13:42: error: `agent.backend.mcp_servers[8].headers.a b` is not the name of a header
            a.yaml:13:52: error: `agent.backend.mcp_servers[8].headers.c` must be one line
            a.yaml:13:73: error: `agent.backend.mcp_servers[8].timeout` must be at most 300 seconds
            a.yaml:13:97: error: `agent.backend.mcp_servers[8].http_read_timeout` must be more than 0
        "#]],
    );
    check_servers(
        "
- {name: a, type: streamable-http, url: 'http://localhost:8000/mcp', security: {level: permissive, allow_localhost: true, allow_private_ips: true}}
- {name: b, url: 'http://10.1.1.1/', security: {allowed_hostnames: [10.1.1.1]}}
- {name: c, url: 'https://${PUBLIC}/${UNSET}'}
- {name: d, url: 'https://h/', oauth: {client_id: me, client_secret: '${TOKEN}', scopes: [a]}}",
        expect![[r#"
            server a at (5, 9): Http { url: "http://localhost:8000/mcp", headers: [], read_ms: 300000, addresses: AddressRules { hostnames: [], localhost: true, private: true }, oauth: OAuthPlan { client_id: None, client_secret: None, scopes: [] } }
            server b at (6, 9): Http { url: "http://10.1.1.1/", headers: [], read_ms: 300000, addresses: AddressRules { hostnames: ["10.1.1.1"], localhost: false, private: false }, oauth: OAuthPlan { client_id: None, client_secret: None, scopes: [] } }
            server c at (7, 9): Http { url: "https://${PUBLIC}/${UNSET}", headers: [], read_ms: 300000, addresses: AddressRules { hostnames: [], localhost: false, private: false }, oauth: OAuthPlan { client_id: None, client_secret: None, scopes: [] } }
            server d at (8, 9): Http { url: "https://h/", headers: [], read_ms: 300000, addresses: AddressRules { hostnames: [], localhost: false, private: false }, oauth: OAuthPlan { client_id: Some("me"), client_secret: Some(***), scopes: ["a"] } }
        "#]],
    );
}
