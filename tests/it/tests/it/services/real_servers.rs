//! Servers of others, from the registries, each started by the program itself from a YAML.

use std::env;
use std::process::Command;
use std::time::Duration;

use it::{HttpServer, Massgen, RealServers, real_servers};
use serde_json::{Value, json};
use support::{Reply, Script, call};

use super::{Scene, assert_has};
use crate::scripts::working;

fn npm(servers: &RealServers, name: &str, package: &str, args: &[&str]) -> Value {
    let script = servers
        .modules
        .join(format!("@modelcontextprotocol/{package}/dist/index.js"));
    let args: Vec<_> = [script.to_str().unwrap()]
        .iter()
        .chain(args)
        .copied()
        .collect();
    json!({"name": name, "command": servers.node, "args": args})
}

fn python(servers: &RealServers, name: &str, module: &str, args: &[&str]) -> Value {
    let args: Vec<_> = ["-m", module].iter().chain(args).copied().collect();
    json!({"name": name, "command": servers.python, "args": args})
}

fn everything() -> Vec<Reply> {
    let progress = json!({"duration": 0.6, "steps": 3});
    vec![
        call("mcp__every__echo", json!({"message": "hello"})),
        call("mcp__every__get-sum", json!({"a": 20, "b": 22})),
        call("mcp__every__trigger-long-running-operation", progress),
        call("mcp__every__get-tiny-image", json!({})),
        call(
            "mcp__every__get-structured-content",
            json!({"location": "Chicago"}),
        ),
    ]
}

#[track_caller]
fn assert_everything(scene: Scene) {
    let played = scene.play();
    let results = played.results();
    assert_eq!(results[0], "Echo: hello");
    assert_has(&results[1], "42");
    assert_has(&results[2], "Long running operation completed");
    assert_has(&results[3], "image");
    assert!(!results[3].contains("iVBORw0KGgo"), "{}", results[3]);
    assert_has(&results[4], "temperature");
    let progress = played.finished.events_named("tool_progress", Some("ann"));
    assert!(!progress.is_empty(), "{}", played.finished);
    assert_eq!(played.states("every").last().unwrap(), "connected");
}

#[test]
fn everything_over_stdio() {
    let Some(servers) = real_servers() else {
        return;
    };
    let config = npm(&servers, "every", "server-everything", &["stdio"]);
    assert_everything(Scene::of(everything()).server(config));
}

#[test]
fn everything_over_http() {
    let Some(servers) = real_servers() else {
        return;
    };
    let scene = Scene::of(everything());
    let http = HttpServer::everything(&servers, scene.sandbox());
    let config = json!({"name": "every", "type": "streamable-http", "url": http.url(),
                        "security": {"allow_localhost": true}});
    assert_everything(scene.server(config));
}

#[test]
fn a_server_on_this_machine_must_be_allowed() {
    let Some(servers) = real_servers() else {
        return;
    };
    let scene = Scene::of(vec![]);
    let http = HttpServer::everything(&servers, scene.sandbox());
    let config = json!({"name": "every", "type": "streamable-http", "url": http.url()});
    let (running, fake) = scene.server(config).start();
    let finished = running.finish().expect(1);
    assert_has(&finished.stderr, "allow_localhost");
    assert_has(&finished.stderr, "team.yaml:");
    assert_eq!(fake.all_requests().len(), 0);
}

#[test]
fn memory_keeps_what_it_is_told_and_is_started_again_when_killed() {
    let Some(servers) = real_servers() else {
        return;
    };
    let entity = json!({"name": "Paris", "entityType": "city", "observations": ["is a capital"]});
    let create = call(
        "mcp__memory__create_entities",
        json!({ "entities": [entity] }),
    );
    let read = || call("mcp__memory__read_graph", json!({}));
    let later = read().after(Duration::from_millis(500));
    let scene = Scene::of(vec![create, read(), later]);
    let mut config = npm(&servers, "memory", "server-memory", &[]);
    let store = scene.sandbox().root().join("memory.jsonl");
    config["env"] = json!({ "MEMORY_FILE_PATH": store });
    let (running, fake) = scene.server(config).start();
    fake.wait_for("ann", 3);
    let processes = running.sandbox().processes();
    let memory = processes
        .iter()
        .find(|it| it.command.contains("server-memory"));
    memory.unwrap().kill();
    let finished = running.finish().expect(0).alone();
    let results = fake.requests("ann")[3].tool_results();
    for (name, text) in &results {
        assert_has(text, "Paris");
        assert!(name.starts_with("mcp__memory__"), "{name}\n{finished}");
    }
    assert_eq!(results.len(), 3, "{results:#?}");
}

#[test]
fn the_usual_filesystem_server_by_the_users_own_configuration() {
    let Some(servers) = real_servers() else {
        return;
    };
    let path = |name: &str| json!({"path": name, "content": "from afar"});
    let massgen = Massgen::new();
    let folder = massgen.sandbox().work().join("ws");
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("a.txt");
    let outside = massgen.sandbox().work().join("outside.txt");
    let replies = vec![
        call("mcp__filesystem__write_file", path(file.to_str().unwrap())),
        call("mcp__filesystem__read_text_file", json!({ "path": file })),
        call(
            "mcp__filesystem__write_file",
            path(outside.to_str().unwrap()),
        ),
    ];
    let script = working(Script::new(), "ann", replies);
    let config = npm(
        &servers,
        "filesystem",
        "server-filesystem",
        &[folder.to_str().unwrap()],
    );
    let played = Scene::at(massgen, script)
        .set("cwd", "ws")
        .server(config)
        .play();
    assert_eq!(played.results()[1], "from afar");
    assert_has(&played.results()[2], "Permission denied");
    assert_eq!(std::fs::read_to_string(file).unwrap(), "from afar");
    assert!(!outside.exists());
}

#[test]
fn time_and_git_from_python_side_by_side() {
    let Some(servers) = real_servers() else {
        return;
    };
    let massgen = Massgen::new();
    let repository = massgen.sandbox().work().join("ws");
    std::fs::create_dir(&repository).unwrap();
    let git = Command::new("git")
        .args(["init", "--quiet"])
        .current_dir(&repository)
        .status();
    assert!(git.unwrap().success());
    massgen.sandbox().write("ws/new.txt", "x");
    let convert = json!({"source_timezone": "Europe/Paris", "time": "12:00", "target_timezone": "Asia/Tokyo"});
    let replies = vec![
        call("mcp__time__convert_time", convert),
        call("mcp__git__git_status", json!({ "repo_path": repository })),
    ];
    let script = working(Script::new(), "ann", replies);
    let scene = Scene::at(massgen, script).env("PATH", &env::var("PATH").unwrap());
    let options = ["--repository", repository.to_str().unwrap()];
    let scene = scene
        .set("cwd", "ws")
        .server(python(
            &servers,
            "time",
            "mcp_server_time",
            &["--local-timezone", "UTC"],
        ))
        .server(python(&servers, "git", "mcp_server_git", &options));
    let results = scene.play().results();
    assert_has(&results[0], "Asia/Tokyo");
    assert_has(&results[1], "new.txt");
}
