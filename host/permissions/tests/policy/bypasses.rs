//! Every row of services §4.5: what got past the reference, by name.

use crate::world::{self, World, rules};
use permissions::Phase::Coordination;
use permissions::{Access, Guard, Hints, Policy, Spec};
use serde_json::json;

#[test]
fn moving_a_read_only_file_away_writes_it() {
    rules(&[
        (
            "move_file",
            r#"{"source":"{R}/f","destination":"{W}/g"}"#,
            "read-only",
        ),
        ("rename", r#"{"from":"{R}/f","to":"g"}"#, "read-only"),
        (
            "move_file",
            r#"{"source":"f","destination":"g"}"#,
            "permitted",
        ),
        (
            "move_file",
            r#"{"source":"{W}","destination":"{W}/g"}"#,
            "holds-read-only",
        ),
    ]);
}

#[test]
fn outside_every_managed_path_nothing_is_written_or_read() {
    rules(&[
        ("write_file", r#"{"path":"{O}/x"}"#, "outside"),
        ("fancy_reader", r#"{"path":"{O}/f"}"#, "outside"),
        ("read_anything", r#"{"input":"/etc/passwd"}"#, "outside"),
        ("load", r#"{"thing":"/etc/passwd"}"#, "outside"),
        ("load", r#"{"thing":"../o/f"}"#, "outside"),
        ("Glob", r#"{"pattern":"/etc/*"}"#, "outside"),
        ("Glob", r#"{"pattern":"sub/../../o/*"}"#, "outside"),
    ]);
}

#[test]
fn relative_paths_start_in_the_workspace() {
    let world = World::new();
    let decision = world.judge("write_file", r#"{"path":"sub/new"}"#, Coordination);
    assert_eq!(
        decision.paths[0].resolved,
        Some(world.root.join("w/sub/new"))
    );
}

#[test]
fn home_is_expanded_and_variables_are_refused() {
    rules(&[
        ("read_file", r#"{"path":"~/f"}"#, "outside"),
        ("read_file", r#"{"path":"~root/f"}"#, "path-unclear"),
        ("read_file", r#"{"path":"$HOME/f"}"#, "path-unclear"),
        ("read_file", r#"{"path":"${HOME}/f"}"#, "path-unclear"),
        ("read_file", r#"{"path":"$(pwd)/f"}"#, "path-unclear"),
        ("read_file", r#"{"path":"a\u0000b"}"#, "path-unclear"),
        ("read_file", r#"{"path":" /etc/passwd"}"#, "path-unclear"),
        ("read_file", r#"{"path":"price$.txt"}"#, "permitted"),
    ]);
}

#[test]
fn dots_and_links_lead_where_they_lead() {
    rules(&[
        ("write_file", r#"{"path":"../r/x"}"#, "read-only"),
        ("write_file", r#"{"path":"link/x"}"#, "read-only"),
        ("write_file", r#"{"path":"link/../x"}"#, "path-unclear"),
        ("write_file", r#"{"path":"loop/x"}"#, "path-unclear"),
        ("write_file", r#"{"path":"dangling"}"#, "outside"),
        (
            "read_file",
            r#"{"path":"/proc/self/cwd/f"}"#,
            "path-unclear",
        ),
    ]);
}

#[test]
fn a_file_with_a_second_name_is_not_written() {
    rules(&[
        ("write_file", r#"{"path":"hard"}"#, "hard-link"),
        ("read_file", r#"{"path":"hard"}"#, "permitted"),
        (
            "create_hardlink",
            r#"{"source":"{R}/f","target":"g"}"#,
            "read-only",
        ),
    ]);
    let world = World::new();
    let guard = world.policy.guard(Coordination);
    let hard = guard.resolve("hard").unwrap_or_default();
    assert!(guard.check(&hard, Access::Read).is_ok());
    assert!(guard.check(&hard, Access::Write).is_err());
}

#[test]
fn paths_are_found_under_every_name_and_depth() {
    rules(&[
        ("put", r#"{"paths":["a","{R}/x"]}"#, "read-only"),
        ("put", r#"{"uri":"file://{R}/x"}"#, "read-only"),
        ("put", r#"{"anything":"FILE://{R}/x"}"#, "read-only"),
        ("put", r#"{"uri":"file://other/r/x"}"#, "path-unclear"),
        ("put", r#"{"dest":"{R}/x"}"#, "read-only"),
        ("put", r#"{"output":"{R}/x"}"#, "read-only"),
        ("put", r#"{"to":"{R}/x"}"#, "read-only"),
        (
            "put",
            r#"{"options":{"where":[{"outputPath":"{R}/x"}]}}"#,
            "read-only",
        ),
        (
            "put",
            r#"{"files":[{"name":"{R}/x","content":"c"}]}"#,
            "read-only",
        ),
        ("put", r#"{"files":{"{R}/x":"content"}}"#, "read-only"),
        (
            "put",
            r#"{"url":"https://x/../../../r/x","path":"https://../../r/x"}"#,
            "read-only",
        ),
        (
            "convert",
            r#"{"input_file":"f","thing":{"output_dir":"{O}"}}"#,
            "outside",
        ),
    ]);
}

#[test]
fn a_schema_may_say_what_is_a_path() {
    let world = World::new();
    let arguments = json!({"thing": "link/x", "deep": {"b": "link/y"}});
    let schema = json!({
        "properties": {
            "thing": {"type": "string", "description": "Absolute path of the file"},
            "deep": {"$ref": "#/$defs/deep"},
        },
        "$defs": {"deep": {"properties": {"b": {"format": "file-path"}}}},
    });
    let mut call = world::call("put", &arguments);
    assert_eq!(world.policy.judge(&call, Coordination).rule, "no-path");
    call.schema = Some(&schema);
    let decision = world.policy.judge(&call, Coordination);
    assert_eq!(decision.rule, "read-only");
    assert_eq!(decision.paths.len(), 2);
}

#[test]
fn every_path_of_a_call_is_checked() {
    rules(&[
        (
            "write",
            r#"{"file":"f","destination":"{R}/x"}"#,
            "read-only",
        ),
        (
            "write",
            r#"{"destination":"f","file":"{R}/x"}"#,
            "read-only",
        ),
    ]);
}

#[test]
fn a_path_that_is_no_text_is_refused() {
    rules(&[
        ("write_file", r#"{"path":5}"#, "path-not-text"),
        ("write_file", r#"{"path":true}"#, "path-not-text"),
        ("write_file", r#"{"paths":["a",5]}"#, "path-not-text"),
        ("write_file", r#"{"path":{"x":"{R}/f"}}"#, "read-only"),
        ("write_file", r#"{"path":null}"#, "no-path"),
        ("write_file", r#"{"path":{"x":5}}"#, "path-not-text"),
        ("write_file", r#"{"path":[[5]]}"#, "path-not-text"),
        ("copy_it", r#"{"source":5,"dest":"a"}"#, "path-not-text"),
        ("copy_it", r#"{"source":"a","dest":true}"#, "path-not-text"),
        ("copy_it", r#"{"source":"a","target":[1]}"#, "path-not-text"),
        (
            "copy_it",
            r#"{"source":"a","destination":{}}"#,
            "path-not-text",
        ),
        ("load_it", r#"{"uri":5}"#, "path-not-text"),
        // Numbers there are pages, limits and the like.
        ("fetch", r#"{"from":3,"to":5,"output":2}"#, "no-path"),
        (
            "fetch",
            r#"{"source_id":3,"target_temperature":20}"#,
            "no-path",
        ),
    ]);
}

#[test]
fn a_schema_that_declares_no_text_is_believed() {
    let world = World::new();
    let schema = json!({"properties": {
        "source": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "destination": {"$ref": "#/$defs/point"},
        "target": {"type": "string"}
    }, "$defs": {"point": {"type": "object"}}});
    let rule = |arguments: serde_json::Value| {
        let call = world::call("connect_nodes", &arguments);
        let call = permissions::Call {
            schema: Some(&schema),
            ..call
        };
        world.policy.judge(&call, Coordination).rule
    };
    assert_eq!(rule(json!({"source": 1})), "no-path");
    let point = json!({"destination": {"lat": 48.1, "lon": 11.6}});
    assert_eq!(rule(point), "no-path");
    assert_eq!(rule(json!({"target": 2})), "path-not-text");
}

#[test]
fn tools_that_write_are_known_by_words_and_all_unknown_ones_write() {
    let world = World::new();
    let rule = |tool: &str| world.judge(tool, r#"{"path":"{R}/f"}"#, Coordination).rule;
    for tool in [
        "put",
        "save_file",
        "append_file",
        "apply_patch",
        "str_replace",
        "rename",
        "touch",
        "upload",
        "WRITE_FILE",
        "frobnicate",
        "saveFile",
        "Edit",
        "MultiEdit",
        "mcp__x__write_file",
        "find_and_replace",
        "search_replace",
        "search_replace_in_file",
        "read_write_file",
        "get_then_delete",
        "getDELETEFile",
        "has_edit",
    ] {
        assert_eq!(rule(tool), "read-only", "{tool}");
    }
    for tool in [
        "read_file",
        "credit_check",
        "get_editor_settings",
        "list_deleted_files",
        "is_ignored",
        "Grep",
        "LS",
        "git_log",
        "NotebookRead",
        "mcp__x__read_text_file",
        "directory_tree",
        "get_file_info",
    ] {
        assert_eq!(rule(tool), "permitted", "{tool}");
    }
}

#[test]
fn a_hint_makes_an_unknown_tool_a_reader_and_never_a_known_writer() {
    let world = World::new();
    let arguments = json!({"path": world.fill("{R}/f")});
    let rule = |tool, hints| {
        let mut call = world::call(tool, &arguments);
        call.hints = hints;
        world.policy.judge(&call, Coordination).rule
    };
    let reads = Hints {
        read_only: Some(true),
        ..Hints::default()
    };
    let writes = Hints {
        read_only: Some(false),
        destructive: Some(true),
        idempotent: None,
    };
    assert_eq!(rule("frobnicate", reads), "permitted");
    assert_eq!(rule("write_file", reads), "read-only");
    assert_eq!(rule("read_file", writes), "read-only");
}

#[test]
fn command_tools_are_known_in_every_spelling() {
    let mut cases = Vec::new();
    for tool in [
        "Bash",
        "bash",
        "Shell",
        "sh",
        "exec",
        "execute",
        "mcp__x__execute_command",
        "run_command",
        "runInTerminal",
        "terminal",
        "powershell",
        "cmd",
        "run_shell_command",
        "runcommand",
        "start_process",
    ] {
        cases.push((tool, r#"{"command":"rm -rf /"}"#, "dangerous-command"));
        cases.push((tool, r#"{"cmd":["rm","-rf","/"]}"#, "dangerous-command"));
        cases.push((tool, r#"{"line":"rm -rf /"}"#, "dangerous-command"));
        cases.push((
            tool,
            r#"{"command":"rm","args":["-rf","/"]}"#,
            "dangerous-command",
        ));
        cases.push((
            tool,
            r#"{"command":"cat","args":["/etc/passwd"]}"#,
            "outside",
        ));
        cases.push((tool, r#"{"command":"ls","cwd":"{O}"}"#, "outside"));
        cases.push((
            tool,
            r#"{"command":"ls","env":{"LD_PRELOAD":"x.so"}}"#,
            "command-unclear",
        ));
        cases.push((
            tool,
            r#"{"command":"ls","description":"rm is not run"}"#,
            "command-permitted",
        ));
    }
    rules(&cases);
}

#[cfg(unix)]
#[test]
fn a_protected_name_is_one_in_any_case_and_only_inside_contexts() {
    let world = World::new();
    let rule = |path: &str| {
        let arguments = format!(r#"{{"path":"{path}"}}"#);
        world
            .judge("write_file", &arguments, permissions::Phase::Presentation)
            .rule
    };
    assert_eq!(rule("{C}/.git/config"), "protected-name");
    assert_eq!(rule("{C}/a/.GIT/config"), "protected-name");
    assert_eq!(rule("{C}/.env"), "protected-name");
    assert_eq!(rule("{W}/.env"), "permitted");
    assert_eq!(rule("{C}/environment"), "permitted");
    assert_eq!(rule("{C}/guarded/f"), "protected");
    assert_eq!(rule("{W}/guarded/f"), "protected");
    assert_eq!(rule("{W}/GUARDED/f"), "protected");
}

#[test]
fn both_spellings_of_the_batch_copy_are_one_tool() {
    for tool in ["copy_files_batch", "mcp__workspace_copy__copy_files_batch"] {
        rules(&[
            (
                tool,
                r#"{"source_base_path":"f","destination_base_path":"{C}"}"#,
                "read-only",
            ),
            (
                tool,
                r#"{"source_base_path":"sub","destination_base_path":"other"}"#,
                "permitted",
            ),
            (
                tool,
                r#"{"source_base_path":"sub","destination_base_path":"guarded"}"#,
                "protected",
            ),
        ]);
    }
}

#[test]
fn harmless_calls_of_other_servers_pass() {
    rules(&[
        ("search", r#"{"query":"a/b"}"#, "no-path"),
        ("search", r#"{"query":"/etc/passwd"}"#, "no-path"),
        (
            "fetch",
            r#"{"url":"https://example.com/a/../b"}"#,
            "no-path",
        ),
        ("fetch", r#"{"url":"https://example.com/etc"}"#, "no-path"),
        (
            "translate",
            r#"{"from":"en","to":"de","text":"/etc"}"#,
            "permitted",
        ),
        ("page", r#"{"from":0,"to":10}"#, "no-path"),
        (
            "send_mail",
            r#"{"to":"a@b.c","subject":"x/y","body":"~/x"}"#,
            "permitted",
        ),
        ("request", r#"{"endpoint":"/v1/users"}"#, "no-path"),
        ("get_profile", r#"{"profile":5}"#, "no-path"),
        ("git_log", r#"{"repo_path":"{R}"}"#, "permitted"),
        (
            "git_commit",
            r#"{"repo_path":"{R}","message":"m"}"#,
            "read-only",
        ),
        (
            "convert_time",
            r#"{"source_timezone":"Europe/Berlin","time":"16:30"}"#,
            "no-path",
        ),
        ("bash_output", r#"{"bash_id":"rm"}"#, "no-path"),
        (
            "Task",
            r#"{"prompt":"rm -rf /","description":"x"}"#,
            "no-path",
        ),
    ]);
}

#[test]
fn without_managed_paths_a_server_keeps_its_own_folder_and_nothing_else() {
    let policy = Policy::new(Spec::default());
    let rule = |server, tool, arguments: serde_json::Value| {
        let mut call = world::call(tool, &arguments);
        call.server = server;
        policy.judge(&call, Coordination).rule
    };
    let own = Some("github");
    assert_eq!(rule(own, "add", json!({"a": 1})), "no-path");
    assert_eq!(
        rule(own, "get_contents", json!({"path": "src/main.rs"})),
        "server-folder"
    );
    assert_eq!(
        rule(own, "get_contents", json!({"path": "../x"})),
        "no-workspace"
    );
    assert_eq!(
        rule(own, "get_contents", json!({"path": "/etc/passwd"})),
        "outside"
    );
    assert_eq!(
        rule(own, "run_command", json!({"command": "ls"})),
        "no-workspace"
    );
    assert_eq!(
        rule(None, "Read", json!({"file_path": "x"})),
        "no-workspace"
    );
    assert_eq!(rule(None, "WebSearch", json!({"query": "x"})), "no-path");
}

#[test]
fn paths_of_another_machine_are_not_ours_and_our_file_tools_have_no_folder_of_their_own() {
    let world = World::new();
    let arguments = json!({"path": "/etc/passwd"});
    let mut call = world::call("read", &arguments);
    call.remote = true;
    assert_eq!(
        world.policy.judge(&call, Coordination).rule,
        "remote-server"
    );

    call.filesystem = true;
    assert_eq!(world.policy.judge(&call, Coordination).rule, "outside");

    let arguments = json!({"path": "notes.txt"});
    let mut call = world::call("write_file", &arguments);
    call.filesystem = true;
    let nowhere = Policy::new(Spec::default());
    assert_eq!(nowhere.judge(&call, Coordination).rule, "no-workspace");
}

#[test]
fn arguments_of_depth_32_are_judged_and_of_33_refused() {
    let world = World::new();
    let nested = |depth| {
        let mut value = json!("/etc/passwd");
        for _ in 0..depth {
            value = json!({ "a": value });
        }
        let call = value;
        world
            .policy
            .judge(&world::call("load", &call), Coordination)
            .rule
    };
    assert_eq!(nested(32), "outside");
    assert_eq!(nested(33), "too-large");
}
