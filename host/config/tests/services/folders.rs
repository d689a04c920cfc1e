//! Workspaces, context paths, and whose folder is whose.

use std::fmt::Write as _;

use expect_test::expect;

use super::{check, load_text, shortened};

#[test]
fn folders_and_paths_are_absolute_and_the_teams_come_first() {
    check(
        "
orchestrator:
  snapshot_storage: snapshots
  agent_temporary_workspace: temp_workspaces
  context_paths:
    - {path: /none/project, permission: WRITE}
    - {path: src, permission: write, protected_paths: [lib.rs, ../Cargo.toml]}
agents:
  - id: one
    backend:
      type: vllm
      cwd: workspace1/./x/..
      context_paths: [{path: ~/notes}, {path: tests, permission: maybe}, {path: ''}, {permission: read}]
      protected_paths: [~/notes/keep]
      context_write_access_enabled: true
  - id: two
    backend: {type: vllm}
  - id: three
    backend: {type: vllm, mcp_servers: {a: {command: npx}}}
",
        expect![[r#"
            a.yaml:6:14: warning: `orchestrator.context_paths[0].path` does not exist: /none/project
            a.yaml:13:30: warning: `agents[0].backend.context_paths[0].path` does not exist: /home/ann/notes
            a.yaml:13:66: warning: `agents[0].backend.context_paths[1].permission` counts as `read`: `maybe` is unknown
              hint: known: read, write
            a.yaml:13:74: warning: `agents[0].backend.context_paths[2]` is left out: it has no `path`
            a.yaml:13:86: warning: `agents[0].backend.context_paths[3]` is left out: it has no `path`
            workspace <here>/workspace1
            write /none/project
            write <here>/src
            read /home/ann/notes
            read <here>/tests
            protected /home/ann/notes/keep
            protected <here>/src/lib.rs
            protected <here>/Cargo.toml
            write /none/project
            write <here>/src
            protected <here>/src/lib.rs
            protected <here>/Cargo.toml
            server a at (19, 41): Stdio { argv: ["npx"], env: [], cwd: None }
        "#]],
    );
}

#[test]
fn context_paths_need_somebody_who_can_use_them() {
    check(
        "
orchestrator: {context_paths: [{path: src}]}
agents:
  - backend: {type: vllm, context_paths: [{path: tests}]}
",
        expect![[r#"
            a.yaml:2:32: warning: context paths have no effect without `cwd` or `mcp_servers`
              hint: give the agent a folder of its own, for example `cwd: workspace1`
            a.yaml:4:43: warning: context paths have no effect without `cwd` or `mcp_servers`
              hint: give the agent a folder of its own, for example `cwd: workspace1`
            read <here>/tests
        "#]],
    );
    check(
        "agent: {backend: {type: vllm, cwd: w, context_paths: [src], protected_paths: src}}",
        expect![[r#"
            a.yaml:1:55: error: `agent.backend.context_paths[0]` must be a mapping, not text
            a.yaml:1:78: error: `agent.backend.protected_paths` must be a list of paths, not text
        "#]],
    );
}

#[test]
fn a_workspace_is_a_folder_for_nothing_else() {
    let mut out = String::new();
    for cwd in [
        "/",
        "/tmp",
        "/home",
        "~",
        "~/",
        "/home/ann/",
        "/home/ann/x/..",
        ".",
        "",
        "./",
        "..",
        "../..",
        "src/..",
        "Cargo.toml",
    ] {
        let yaml = format!("agent: {{backend: {{type: vllm, cwd: '{cwd}'}}}}");
        let said = match load_text(&yaml) {
            Ok(plan) => format!("workspace {:?}\n", plan.agents[0].services.workspace),
            Err(errors) => shortened(&errors.to_string()),
        };
        write!(out, "{cwd:?}: {said}").unwrap();
    }
    expect![[r#"
        "/": a.yaml:1:36: error: `agent.backend.cwd` must not be the root of the file system or a folder in it
          hint: name a folder that is used for nothing else, for example `workspace1`
        "/tmp": a.yaml:1:36: error: `agent.backend.cwd` must not be the root of the file system or a folder in it
          hint: name a folder that is used for nothing else, for example `workspace1`
        "/home": a.yaml:1:36: error: `agent.backend.cwd` must not be the root of the file system or a folder in it
          hint: name a folder that is used for nothing else, for example `workspace1`
        "~": a.yaml:1:36: error: `agent.backend.cwd` must not be the home directory or a folder around it
          hint: name a folder that is used for nothing else, for example `workspace1`
        "~/": a.yaml:1:36: error: `agent.backend.cwd` must not be the home directory or a folder around it
          hint: name a folder that is used for nothing else, for example `workspace1`
        "/home/ann/": a.yaml:1:36: error: `agent.backend.cwd` must not be the home directory or a folder around it
          hint: name a folder that is used for nothing else, for example `workspace1`
        "/home/ann/x/..": a.yaml:1:36: error: `agent.backend.cwd` must not be the home directory or a folder around it
          hint: name a folder that is used for nothing else, for example `workspace1`
        ".": a.yaml:1:36: error: `agent.backend.cwd` must not be the directory of the process or a folder around it
          hint: name a folder below it, for example `workspace1`; what agents are to work on can be lent with `context_paths` and `permission: write`
        "": workspace None
        "./": a.yaml:1:36: error: `agent.backend.cwd` must not be the directory of the process or a folder around it
          hint: name a folder below it, for example `workspace1`; what agents are to work on can be lent with `context_paths` and `permission: write`
        "..": a.yaml:1:36: error: `agent.backend.cwd` must not be the directory of the process or a folder around it
          hint: name a folder below it, for example `workspace1`; what agents are to work on can be lent with `context_paths` and `permission: write`
        "../..": a.yaml:1:36: error: `agent.backend.cwd` must not be the directory of the process or a folder around it
          hint: name a folder below it, for example `workspace1`; what agents are to work on can be lent with `context_paths` and `permission: write`
        "src/..": a.yaml:1:36: error: `agent.backend.cwd` must not be the directory of the process or a folder around it
          hint: name a folder below it, for example `workspace1`; what agents are to work on can be lent with `context_paths` and `permission: write`
        "Cargo.toml": a.yaml:1:36: error: `agent.backend.cwd` must be a folder, not a file
          hint: name a folder that is used for nothing else, for example `workspace1`
    "#]].assert_eq(&out);
}

#[test]
fn no_two_share_a_folder() {
    check(
        "
orchestrator: {snapshot_storage: w1/snap, agent_temporary_workspace: t}
agents:
  - backend: {type: vllm, cwd: w1}
  - backend: {type: vllm, cwd: w2/../w1}
  - backend: {type: vllm, cwd: t}
",
        expect![[r#"
            a.yaml:2:34: error: `orchestrator.snapshot_storage` and `agents[0].backend.cwd` lie one inside the other
              hint: the other one is at a.yaml:4:32; give each a folder of its own
            a.yaml:2:34: error: `orchestrator.snapshot_storage` and `agents[1].backend.cwd` lie one inside the other
              hint: the other one is at a.yaml:5:32; give each a folder of its own
            a.yaml:2:70: error: `orchestrator.agent_temporary_workspace` is the same folder as `agents[2].backend.cwd`
              hint: the other one is at a.yaml:6:32; give each a folder of its own
            a.yaml:5:32: error: `agents[1].backend.cwd` is the same folder as `agents[0].backend.cwd`
              hint: the other one is at a.yaml:4:32; give each a folder of its own
        "#]],
    );
    check(
        "
agents:
  - backend: {type: vllm, cwd: w1}
  - backend: {type: vllm, cwd: w1/inner}
  - backend: {type: vllm, cwd: w11}
",
        expect![[r#"
            a.yaml:4:32: warning: `agents[1].backend.cwd` and `agents[0].backend.cwd` lie one inside the other
              hint: the other one is at a.yaml:3:32; give each a folder of its own
            workspace <here>/w1
            workspace <here>/w1/inner
            workspace <here>/w11
        "#]],
    );
}

#[test]
fn a_context_path_that_is_the_workspace_is_doubtful() {
    check(
        "
orchestrator: {context_paths: [{path: w/., permission: write}, {path: src}]}
agent: {backend: {type: vllm, cwd: w, context_paths: [{path: src/..}]}}
",
        expect![[r#"
            a.yaml:2:32: warning: this context path is the agent's own `cwd`, and makes it read-only
              hint: leave it out: an agent always reads and writes its `cwd`
            a.yaml:2:39: warning: `orchestrator.context_paths[0].path` does not exist: <here>/w
            workspace <here>/w
            write <here>/w
            read <here>/src
            read <here>
        "#]],
    );
}

#[cfg(unix)]
#[test]
fn two_names_of_one_folder_are_one_folder() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap();
    std::fs::create_dir(folder.path().join("real")).unwrap();
    std::os::unix::fs::symlink(folder.path().join("real"), folder.path().join("link")).unwrap();
    let yaml = format!(
        "agents: [{{backend: {{type: vllm, cwd: {root}/real}}}}, {{backend: {{type: vllm, cwd: {root}/link}}}}]"
    );
    let errors = load_text(&yaml).unwrap_err().to_string();
    assert!(
        errors.contains("`agents[1].backend.cwd` is the same folder as"),
        "{errors}"
    );
}
