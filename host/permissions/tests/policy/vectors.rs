//! The permission vectors of services §6, in both phases, on real folders and links.

use crate::world::{self, World};
use permissions::Phase::{Coordination, Presentation};

/// Tool, arguments, allowed in coordination, allowed for the final agent.
const VECTORS: &[(&str, &str, bool, bool)] = &[
    ("write_file", r#"{"path":"{W}/x","content":""}"#, true, true),
    ("write_file", r#"{"path":"x","content":""}"#, true, true),
    (
        "write_file",
        r#"{"path":"{R}/x","content":""}"#,
        false,
        false,
    ),
    (
        "write_file",
        r#"{"path":"{T}/x","content":""}"#,
        false,
        false,
    ),
    (
        "write_file",
        r#"{"path":"{O}/x","content":""}"#,
        false,
        false,
    ),
    (
        "write_file",
        r#"{"path":"{C}/x","content":""}"#,
        false,
        true,
    ),
    ("write_file", r#"{"path":"{W}/../r/x"}"#, false, false),
    ("write_file", r#"{"path":"{W}/link/x"}"#, false, false),
    ("write_file", r#"{"path":"linkf"}"#, false, false),
    ("write_file", r#"{"path":"dangling"}"#, false, false),
    ("write_file", r#"{"path":"loop"}"#, false, false),
    ("write_file", r#"{"path":"{S}/file"}"#, false, true),
    ("read_file", r#"{"path":"{S}/other"}"#, false, false),
    (
        "move_file",
        r#"{"source":"{R}/f","destination":"{W}/f2"}"#,
        false,
        false,
    ),
    (
        "move_file",
        r#"{"source":"f","destination":"{C}/f2"}"#,
        false,
        true,
    ),
    (
        "copy_file",
        r#"{"source_path":"{R}/f","destination_path":"{W}/f2"}"#,
        true,
        true,
    ),
    (
        "copy_file",
        r#"{"source_path":"{R}/f","destination_path":"out/f"}"#,
        true,
        true,
    ),
    (
        "copy_files_batch",
        r#"{"source_base_path":"{R}"}"#,
        true,
        true,
    ),
    (
        "copy_files_batch",
        r#"{"source_base_path":"{R}","destination_base_path":""}"#,
        true,
        true,
    ),
    (
        "copy_files_batch",
        r#"{"source_base_path":"{R}","destination_base_path":"out"}"#,
        true,
        true,
    ),
    (
        "copy_files_batch",
        r#"{"source_base_path":"{W}","destination_base_path":"{C}"}"#,
        false,
        true,
    ),
    (
        "copy_files_batch",
        r#"{"source_base_path":"{O}","destination_base_path":"x"}"#,
        false,
        false,
    ),
    ("read_file", r#"{"path":"{R}/f"}"#, true, true),
    ("read_file", r#"{"path":"{T}/agent1/f"}"#, true, true),
    ("read_file", r#"{"path":"{W}/f"}"#, true, true),
    ("read_file", r#"{"path":"{C}/f"}"#, true, true),
    ("read_file", r#"{"path":"{O}/f"}"#, false, false),
    ("think", r#"{"thought":"a/b and /etc/passwd"}"#, true, true),
    ("anything", r#"{}"#, true, true),
    ("anything", r#"null"#, true, true),
];

#[test]
fn every_permission_vector_of_the_specification_holds_in_both_phases() {
    let world = World::new();
    for (tool, arguments, coordination, presentation) in VECTORS {
        for (phase, allowed) in [(Coordination, coordination), (Presentation, presentation)] {
            let decision = world.judge(tool, arguments, phase);
            assert_eq!(
                decision.denied().is_none(),
                *allowed,
                "{tool} {arguments} in {phase:?}: {decision:#?}"
            );
        }
    }
}

#[test]
fn a_hidden_folder_within_a_context_shows_only_the_roots_below_it() {
    let world = World::new();
    let policy = permissions::Policy::new(permissions::Spec {
        workspace: Some(world.root.join("w/sub")),
        references: Some(world.root.join("t/agent1")),
        contexts: vec![permissions::Context {
            path: world.root.clone(),
            write: true,
        }],
        hidden: vec![world.root.join("t"), world.root.join("w")],
        ..Default::default()
    });
    for (tool, path, rule) in [
        ("read_file", "{T}/agent1/f", "permitted"),
        ("write_file", "{T}/agent1/f", "read-only"),
        ("write_file", "{W}/sub/f", "permitted"),
        ("read_file", "{T}", "run-folder"),
        ("read_file", "{T}/agent2/f", "run-folder"),
        ("write_file", "{W}/f", "run-folder"),
        ("read_file", "{O}/f", "permitted"),
        ("write_file", "{O}/x", "permitted"),
        ("delete_directory", "{O}/..", "holds-read-only"),
    ] {
        let arguments = serde_json::json!({"path": world.fill(path)});
        let decision = policy.judge(&world::call(tool, &arguments), Presentation);
        assert_eq!(decision.rule, rule, "{tool} {path}: {decision:#?}");
    }
}

#[test]
fn a_workspace_within_a_read_only_context_can_be_written() {
    let world = World::new();
    let policy = permissions::Policy::new(permissions::Spec {
        workspace: Some(world.root.join("r/w")),
        contexts: vec![permissions::Context {
            path: world.root.join("r"),
            write: false,
        }],
        ..Default::default()
    });
    let judge = |path: &str| {
        let arguments = serde_json::json!({"path": world.fill(path)});
        let decision = policy.judge(&world::call("write_file", &arguments), Coordination);
        decision.rule
    };
    assert_eq!(judge("{R}/w/x"), "permitted");
    assert_eq!(judge("x"), "permitted");
    assert_eq!(judge("../x"), "read-only");
    let arguments = serde_json::json!({"path": "."});
    let decision = policy.judge(&world::call("delete_file", &arguments), Coordination);
    assert_eq!(decision.rule, "holds-read-only");
}

#[test]
fn the_deepest_context_decides_and_of_equal_ones_the_stricter_in_any_order() {
    let world = World::new();
    let context = |path: &str, write| permissions::Context {
        path: world.fill(path).into(),
        write,
    };
    for (contexts, deep, beside) in [
        (
            [("{R}", true), ("{R}/sub", false)],
            "read-only",
            "permitted",
        ),
        (
            [("{R}", false), ("{R}/sub", true)],
            "permitted",
            "read-only",
        ),
        (
            [("{R}/sub", true), ("{R}/sub", false)],
            "read-only",
            "outside",
        ),
        // The same folder by the name of a link to it.
        (
            [("{W}/link/sub", false), ("{R}/sub", true)],
            "read-only",
            "outside",
        ),
    ] {
        let [one, other] = contexts.map(|(path, write)| context(path, write));
        for contexts in [vec![one.clone(), other.clone()], vec![other, one]] {
            let policy = permissions::Policy::new(permissions::Spec {
                contexts,
                ..Default::default()
            });
            for (path, rule) in [("{R}/sub/x", deep), ("{R}/x", beside)] {
                let arguments = serde_json::json!({"path": world.fill(path)});
                let call = world::call("write_file", &arguments);
                let decision = policy.judge(&call, Presentation);
                assert_eq!(decision.rule, rule, "{path}: {decision:#?}");
            }
        }
    }
}

#[test]
fn refusals_keep_the_words_of_the_reference() {
    let world = World::new();
    let reason = |tool: &str, arguments: &str| {
        let decision = world.judge(tool, arguments, Coordination);
        decision.denied().unwrap_or_default().to_owned()
    };
    let write = reason("write_file", r#"{"path":"{R}/x"}"#);
    assert!(write.contains("read-only context path"), "{write}");
    let line = reason("Bash", r#"{"command":"touch {R}/x"}"#);
    assert!(line.contains("read-only context path"), "{line}");
    let danger = reason("Bash", r#"{"command":"rm x"}"#);
    assert!(
        danger.contains("Dangerous command pattern 'rm' is not allowed"),
        "{danger}"
    );
    let missing = reason("copy_files_batch", "{}");
    assert_eq!(missing, "copy_files_batch requires source_base_path");
    let broken = reason(
        "copy_files_batch",
        r#"{"source_base_path":"{W}","include_patterns":3}"#,
    );
    assert!(
        broken.contains("copy_files_batch validation failed: "),
        "{broken}"
    );
    // The files of somebody else's tool are not known, but the folder is.
    let tool = "mcp__workspace_copy__copy_files_batch";
    let arguments = serde_json::json!({
        "source_base_path": world.fill("{W}"),
        "destination_base_path": world.fill("{R}/n"),
    });
    let mut call = world::call(tool, &arguments);
    let folder = world.policy.judge(&call, Coordination);
    let folder = folder.denied().unwrap_or_default();
    let said = "No write permission for destination paths: {R}/n; ";
    assert!(folder.starts_with(&world.fill(said)), "{folder}");
    call.filesystem = true;
    let many = world.policy.judge(&call, Coordination);
    let many = many.denied().unwrap_or_default();
    let named = "No write permission for destination paths: ";
    assert!(
        many.starts_with(&world.fill(&format!(
            "{named}{{R}}/n/dangling, {{R}}/n/f, {{R}}/n/hard (and "
        ))),
        "{many}"
    );
    assert!(many.contains(" more)"), "{many}");
}

#[test]
fn what_a_person_could_do_is_said() {
    let world = World::new();
    let outside = world.judge("read_file", r#"{"path":"{O}/f"}"#, Coordination);
    assert!(
        outside
            .denied()
            .is_some_and(|why| why.contains("context_paths"))
    );
    let later = world.judge("write_file", r#"{"path":"{C}/f"}"#, Coordination);
    assert!(
        later
            .denied()
            .is_some_and(|why| why.contains("final presentation"))
    );
}
