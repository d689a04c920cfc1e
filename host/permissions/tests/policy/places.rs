//! Where paths of a call lead, and under which names and spellings they are found.

use crate::world::{self, World, rules};
use permissions::Phase::Coordination;
use serde_json::json;

#[test]
fn relative_paths_start_in_the_folder_of_a_server_that_has_its_own() {
    let world = World::new();
    for (folder, tool, arguments, rule) in [
        ("o", "read_file", json!({"path": "f"}), "outside"),
        ("o", "write_file", json!({"path": "x"}), "outside"),
        ("o", "frobnicate", json!({"path": "../w/x"}), "permitted"),
        ("o", "run_command", json!({"command": "ls"}), "outside"),
        (
            "r",
            "run_command",
            json!({"command": "cat f"}),
            "command-permitted",
        ),
        (
            "r",
            "run_command",
            json!({"command": "touch f"}),
            "read-only",
        ),
        ("r", "read_file", json!({"path": "f"}), "permitted"),
        ("r", "write_file", json!({"path": "f"}), "read-only"),
        ("r", "write_file", json!({"path": "../w/x"}), "permitted"),
        (
            "o",
            "copy_files_batch",
            json!({"source_base_path": "."}),
            "outside",
        ),
    ] {
        let base = world.root.join(folder);
        let mut call = world::call(tool, &arguments);
        call.base = Some(&base);
        let decision = world.policy.judge(&call, Coordination);
        assert_eq!(decision.rule, rule, "{folder} {tool} {arguments}");
    }
}

#[test]
fn paths_are_judged_from_the_folder_that_the_call_itself_names() {
    rules(&[
        ("read_file", r#"{"cwd":"sub","path":"f"}"#, "permitted"),
        ("read_file", r#"{"cwd":"{O}","path":"f"}"#, "outside"),
        // The workspace lies beside `r`, the folder that is named does not.
        (
            "read_file",
            r#"{"cwd":"{S}/file","path":"../r/f"}"#,
            "outside",
        ),
        (
            "read_file",
            r#"{"cwd":"{R}/sub","path":"../../o/f"}"#,
            "outside",
        ),
    ]);
}

#[test]
fn addresses_of_files_are_seen_through_breaks_and_other_schemes() {
    rules(&[
        ("load", r#"{"uri":"file:///etc/passwd\n"}"#, "outside"),
        ("load", r#"{"x":"fi\tle:///etc/passwd"}"#, "outside"),
        ("load", r#"{"path":" FI\nLE:///etc/passwd"}"#, "outside"),
        ("load", r#"{"x":"view-source:file:///etc"}"#, "path-unclear"),
        ("load", r#"{"url":"jar:file:/etc/x!/y"}"#, "path-unclear"),
        ("load", r#"{"x":"blob:file:///etc/x"}"#, "path-unclear"),
        ("load", r#"{"x":"git+file:///etc/x"}"#, "path-unclear"),
        ("load", r#"{"query":"jar:file:///etc/x"}"#, "path-unclear"),
        ("load", r#"{"query":"file:///etc/passwd"}"#, "outside"),
        ("load", r#"{"uri":"odd://etc/passwd"}"#, "path-unclear"),
        ("load", r#"{"url":"http:/../../etc/passwd"}"#, "outside"),
        ("load", r#"{"url":"localhost:8000/x"}"#, "permitted"),
        ("load", r#"{"uri":"file://{W}/f"}"#, "permitted"),
        ("load", r#"{"summary":"File: main.rs"}"#, "no-path"),
        ("load", r#"{"text":"file:a is broken"}"#, "no-path"),
    ]);
}

#[test]
fn paths_are_seen_under_names_that_say_nothing() {
    rules(&[
        ("load", r#"{"name":"./../../../etc/passwd"}"#, "outside"),
        ("load", r#"{"location":"a/../../../o/f"}"#, "outside"),
        ("load", r#"{"repo":" /etc/passwd"}"#, "path-unclear"),
        ("load", r#"{"repo":"/etc/passwd\n"}"#, "outside"),
        ("load", r#"{"name":"$HOME/.ssh/id_rsa"}"#, "path-unclear"),
        ("load", r#"{"name":"${HOME}/x"}"#, "path-unclear"),
        ("load", r#"{"name":"~"}"#, "outside"),
        ("load", r#"{"name":"~root/x"}"#, "path-unclear"),
        ("load", r#"{"name":"a\n/../../../o/f"}"#, "outside"),
        ("load", r#"{"path":" ../o/f"}"#, "outside"),
        ("write_file", r#"{"path":"{W}/guarded "}"#, "protected"),
        ("Glob", r#"{"pattern":"{{O},sub}/*"}"#, "outside"),
        ("load", r#"{"name":"sub/../f"}"#, "permitted"),
        ("load", r#"{"name":"see a/b and c, or ..."}"#, "no-path"),
        (
            "load",
            r#"{"name":"import \"../a\"\nfrom \"../../b\""}"#,
            "no-path",
        ),
        ("load", r#"{"price":"$5/h","note":"~5 days"}"#, "no-path"),
        (
            "load",
            r#"{"content":"/etc/passwd","query":"../x"}"#,
            "no-path",
        ),
    ]);
}

#[test]
fn arguments_in_a_text_are_arguments() {
    rules(&[
        (
            "load",
            r#"{"args":"{\"path\":\"link/../../o/f\"}"}"#,
            "path-unclear",
        ),
        ("load", r#"{"args":" {\"path\":\"{O}/f\"}"}"#, "outside"),
        ("load", r#"{"paths":"[\"{O}/f\"]"}"#, "outside"),
        (
            "load",
            r#"{"args":"\"{\\\"path\\\":\\\"{O}/f\\\"}\""}"#,
            "outside",
        ),
        ("load", r#"{"args":"{\"name\":\"x\"}"}"#, "no-path"),
        ("save", r#"{"content":"{\"path\":\"{O}/f\"}"}"#, "no-path"),
    ]);
}

#[test]
fn the_batch_copy_of_any_server_is_judged_by_all_its_arguments() {
    rules(&[
        (
            "copy_files_batch",
            r#"{"source_base_path":"sub","log_file":"{O}/x"}"#,
            "outside",
        ),
        (
            "copy_files_batch",
            r#"{"source_base_path":"sub","list":["/etc/passwd"]}"#,
            "outside",
        ),
        (
            "copy_files_batch",
            r#"{"source_base_path":"sub","include_patterns":["*.md"]}"#,
            "permitted",
        ),
    ]);
}
