//! Who may touch what: decided at one gate, written down, and explained on demand.

use it::{Faulty, Finished, Massgen, Team};
use serde_json::{Value, json};
use support::{Fake, Reply, Script, call, on};

use super::{Scene, assert_has};
use crate::scripts::working;

fn write(path: &str) -> Reply {
    call(
        "mcp__filesystem__write_file",
        json!({"path": path, "content": "new"}),
    )
}

fn read(path: &str) -> Reply {
    call("mcp__filesystem__read_text_file", json!({ "path": path }))
}

/// `allow` or `deny`.
fn verdict(line: &Value) -> &str {
    line["verdict"].as_str().unwrap()
}

/// The decisions about this tool, as they are written down.
fn decisions(finished: &Finished, tool: &str) -> Vec<Value> {
    let mut lines = finished.audit();
    lines.retain(|it| it["tool"].as_str().is_some_and(|it| it.ends_with(tool)));
    lines
}

#[test]
fn nothing_outside_is_touched_however_it_is_spelled() {
    let massgen = Massgen::new();
    let absolute = massgen.sandbox().work().join("outside/new.txt");
    let spellings = [
        absolute.to_str().unwrap(),
        "../outside/new.txt",
        "link/new.txt",
        "./a/../../outside/new.txt",
        "~/new.txt",
        "$HOME/new.txt",
        "/tmp/massgen-never-written.txt",
    ];
    let replies = spellings
        .map(write)
        .into_iter()
        .chain(spellings.map(read))
        .collect();
    let script = working(Script::new(), "ann", replies);
    let scene = Scene::at(massgen, script).set("cwd", "ws");
    scene.sandbox().write("outside/old.txt", "old");
    scene.sandbox().write("ws/own.txt", "own");
    let work = scene.sandbox().work();
    std::os::unix::fs::symlink(work.join("outside"), work.join("ws/link")).unwrap();
    let played = scene.play();
    let names = |folder: &str| -> Vec<String> {
        let entries = std::fs::read_dir(played.finished.sandbox.work().join(folder)).unwrap();
        entries
            .map(|it| it.unwrap().file_name().into_string().unwrap())
            .collect()
    };
    assert_eq!(names("outside"), ["old.txt"]);
    assert_eq!(
        names("../home")
            .iter()
            .filter(|it| *it == "new.txt")
            .count(),
        0
    );
    assert_eq!(played.results().len(), 14);
    for result in played.results() {
        assert_has(&result, "Permission denied");
    }
    let denied = decisions(&played.finished, "write_file");
    assert_eq!(denied.len(), 7, "{denied:#?}");
    for line in denied {
        assert_eq!(
            (&line["agent"], verdict(&line)),
            (&"ann".into(), "deny"),
            "{line}"
        );
        assert!(
            line["rule"].as_str().is_some_and(|it| !it.is_empty()),
            "{line}"
        );
    }
}

/// A server that was configured for anything may still only touch what its agent may.
#[test]
fn tools_of_any_server_are_judged_by_their_paths() {
    let touch = |path: &str| call("mcp__f__touch", json!({ "path": path }));
    let massgen = Massgen::new();
    let work = massgen.sandbox().work();
    let (outside, inside) = (work.join("outside.txt"), work.join("ws/inside.txt"));
    let replies = vec![
        touch(outside.to_str().unwrap()),
        touch(inside.to_str().unwrap()),
    ];
    let scene = Scene::at(massgen, working(Script::new(), "ann", replies)).set("cwd", "ws");
    let (scene, faulty) = scene.faulty("f", &[]);
    let played = scene.play();
    assert_has(&played.results()[0], "Permission denied");
    assert_eq!(played.results()[1], "touched");
    assert_eq!(faulty.executions("touch"), 1);
    assert!(!outside.exists() && inside.exists());
}

/// The arguments do not say where it writes: only the kernel can know.
#[test]
fn a_sandboxed_server_stays_in_its_agents_folders() {
    for (mode, wandered) in [("off", true), ("enforce", false)] {
        let massgen = Massgen::new();
        let inside = massgen.sandbox().work().join("ws/inside.txt");
        let calls = vec![
            call("mcp__f__wander", json!({})),
            call("mcp__f__touch", json!({ "path": inside })),
        ];
        let script = working(Script::new(), "ann", calls);
        let scene = Scene::at(massgen, script).set("cwd", "ws");
        let log = scene.sandbox().write("ws/faulty.log", "");
        let mut config = Faulty::at(log).config("f", &[]);
        config["sandbox"] = mode.into();
        let played = scene.server(config).play();
        if played.states("f").last().unwrap() == "failed" {
            println!("skipped: the kernel has no Landlock\n{}", played.finished);
            return;
        }
        let sandbox = &played.finished.sandbox;
        let results = played.results();
        assert_eq!(
            sandbox.named("wandered.txt").len() == 1,
            wandered,
            "{mode}: {results:?}"
        );
        assert_eq!(results[1], "touched", "{mode}");
        assert_eq!(
            sandbox.read("ws/inside.txt").as_deref(),
            Some("touched"),
            "{mode}"
        );
    }
}

#[test]
fn a_context_path_is_written_by_the_presenter_alone() {
    let script = Script::new()
        .rule(
            on("ann").presenting().attempt(1),
            write("../project/app.txt"),
        )
        .rule(
            on("ann").presenting().attempt(2),
            write("../library/lib.txt"),
        );
    let early = vec![read("../project/app.txt"), write("../project/app.txt")];
    let scene = Scene::scripted(working(script, "ann", early)).set("cwd", "ws");
    scene.sandbox().write("project/app.txt", "old");
    scene.sandbox().write("library/lib.txt", "old");
    let contexts = json!({"context_paths": [
        {"path": "project", "permission": "write"}, {"path": "library", "permission": "read"}]});
    let played = scene.section("orchestrator", contexts).play();
    let results = played.results();
    assert_eq!(results[0], "old");
    assert_has(&results[1], "read-only context path");
    let sandbox = &played.finished.sandbox;
    assert_eq!(sandbox.read("project/app.txt").as_deref(), Some("new"));
    assert_eq!(sandbox.read("library/lib.txt").as_deref(), Some("old"));
    let decisions = decisions(&played.finished, "write_file");
    let verdicts: Vec<_> = decisions.iter().map(verdict).collect();
    assert_eq!(verdicts, ["deny", "allow", "deny"]);
}

#[test]
fn a_file_as_context_is_that_file_alone_and_a_protected_path_stays() {
    let replies = vec![
        read("../notes/one.txt"),
        read("../notes/two.txt"),
        write("keep/a.txt"),
        write("b.txt"),
    ];
    let contexts = json!([{"path": "notes/one.txt", "permission": "read"}]);
    let scene = Scene::of(replies)
        .set("cwd", "ws")
        .set("context_paths", contexts);
    let scene = scene.set("protected_paths", json!(["ws/keep"]));
    for name in ["notes/one.txt", "notes/two.txt", "ws/keep/a.txt"] {
        scene.sandbox().write(name, name);
    }
    let played = scene.play();
    let results = played.results();
    assert_eq!(results[0], "notes/one.txt");
    assert_has(&results[1], "Permission denied");
    assert_has(&results[2], "Permission denied");
    assert_eq!(
        played.finished.sandbox.read("ws/keep/a.txt").as_deref(),
        Some("ws/keep/a.txt")
    );
    assert_eq!(
        played.finished.sandbox.read("ws/b.txt").as_deref(),
        Some("new")
    );
}

/// Asks about calls without making one.
fn explain(presenting: bool, tool: &str, arguments: &Value, code: i32) -> Finished {
    let fake = Fake::start(Script::new());
    let contexts = json!([{"path": "project", "permission": "write"}]);
    let backend = json!({"type": "vllm", "model": "ann", "base_url": fake.base_url(), "cwd": "ws",
                         "context_paths": contexts});
    let team = Team::empty().agent("ann", backend);
    let massgen = Massgen::new().file("team.yaml", &team.yaml());
    massgen.sandbox().write("project/app.txt", "old");
    let words = [
        "permissions",
        "explain",
        "--config",
        "team.yaml",
        "--agent",
        "ann",
    ];
    let flag: &[&str] = if presenting { &["--presenting"] } else { &[] };
    let massgen = massgen
        .args(&words)
        .args(flag)
        .arg(tool)
        .arg(arguments.to_string());
    let finished = massgen.finish().expect(code);
    assert_eq!(
        finished.sandbox.read("project/app.txt").as_deref(),
        Some("old")
    );
    assert_eq!(fake.all_requests().len(), 0);
    finished
}

#[test]
fn a_decision_is_explained_by_the_rule_that_makes_it() {
    let write = "mcp__filesystem__write_file";
    let project = json!({"path": "../project/app.txt", "content": ""});
    let table = [
        (
            false,
            write,
            json!({"path": "a.txt", "content": ""}),
            0,
            "decided by Workspace",
        ),
        (false, write, project.clone(), 2, "read-only context path"),
        (true, write, project, 0, "decided by Context"),
        (
            false,
            write,
            json!({"path": "/etc/passwd", "content": ""}),
            2,
            "/etc/passwd",
        ),
        (false, "Bash", json!({"command": "ls -la"}), 0, ""),
        (
            false,
            "Bash",
            json!({"command": "sudo ls"}),
            2,
            "Dangerous command pattern",
        ),
        (false, "mcp__weather__get", json!({"city": "Paris"}), 0, ""),
    ];
    for (presenting, tool, arguments, code, words) in table {
        let finished = explain(presenting, tool, &arguments, code);
        assert_has(&finished.stdout, words);
    }
}

#[test]
fn nobody_is_explained_without_a_name() {
    let massgen = Massgen::new().file(
        "team.yaml",
        "agents:\n  - id: ann\n    backend: {type: vllm}\n",
    );
    let words = [
        "permissions",
        "explain",
        "--config",
        "team.yaml",
        "--agent",
        "eve",
        "x",
    ];
    let finished = massgen.args(&words).finish().expect(1);
    assert_has(&finished.stderr, "eve");
}
