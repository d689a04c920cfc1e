//! The agent's own folder and the file tools of the host.

use std::fs;
use std::thread;
use std::time::Duration;

use it::{Finished, Massgen};
use serde_json::{Value, json};
use support::{Reply, Script, call, on};

use super::{Played, Scene, assert_has};
use crate::scripts::working;

fn tool(name: &str, arguments: Value) -> Reply {
    call(&format!("mcp__filesystem__{name}"), arguments)
}

fn write(path: &str, content: &str) -> Reply {
    tool("write_file", json!({"path": path, "content": content}))
}

fn copy(source: &str, destination: &str) -> Reply {
    let arguments =
        json!({"source_path": source, "destination_path": destination, "overwrite": true});
    call("mcp__workspace_copy__copy_file", arguments)
}

fn in_workspace(replies: Vec<Reply>) -> Scene {
    Scene::of(replies).set("cwd", "ws")
}

fn file(played: &Played, name: &str) -> Option<String> {
    played.finished.sandbox.read(name)
}

#[test]
fn an_agent_with_a_folder_has_file_tools() {
    let read = tool("read_text_file", json!({"path": "notes/a.txt"}));
    let list = tool("list_directory", json!({"path": "notes"}));
    let folder = tool("create_directory", json!({"path": "notes"}));
    let played = in_workspace(vec![folder, write("notes/a.txt", "grüße\n"), read, list]).play();
    let results = played.results();
    assert_eq!(results[2], "grüße\n");
    assert_has(&results[3], "[FILE] a.txt");
    assert_eq!(file(&played, "ws/notes/a.txt").as_deref(), Some("grüße\n"));
    let tools = played.tools();
    let expected = [
        "read_text_file",
        "read_media_file",
        "read_multiple_files",
        "write_file",
        "edit_file",
        "create_directory",
        "list_directory",
        "list_directory_with_sizes",
        "directory_tree",
        "move_file",
        "search_files",
        "get_file_info",
        "list_allowed_directories",
    ];
    for name in expected {
        assert!(
            tools.contains(&format!("mcp__filesystem__{name}")),
            "{name}: {tools:?}"
        );
    }
    for name in ["copy_file", "copy_files_batch"] {
        assert!(
            tools.contains(&format!("mcp__workspace_copy__{name}")),
            "{name}: {tools:?}"
        );
    }
}

#[test]
fn an_agent_without_a_folder_has_none() {
    let played = Scene::of(vec![]).play();
    assert_eq!(played.tools(), ["new_answer"]);
}

/// In the reference every file above 9.9 kB was refused.
#[test]
fn fifty_kilobytes_are_written_by_default() {
    let content = "line of text\n".repeat(4_000);
    let played = in_workspace(vec![write("big.txt", &content)]).play();
    assert_eq!(
        file(&played, "ws/big.txt"),
        Some(content),
        "{}",
        played.result()
    );
}

/// One call of a model may have 4 MiB: what is larger than that meets the gate in its own tests.
#[test]
fn what_is_larger_than_the_limit_is_refused_and_written_when_it_is_raised() {
    let content = "x".repeat(3 << 20);
    let write = || write("big.txt", &content).in_pieces(100);
    let played = in_workspace(vec![write()]).play();
    assert_has(&played.result(), "1048576");
    assert_eq!(file(&played, "ws/big.txt"), None);
    let scene = in_workspace(vec![write()]);
    let played = scene.set("max_tool_argument_bytes", 32 << 20).play();
    assert_eq!(
        file(&played, "ws/big.txt").map(|it| it.len()),
        Some(3 << 20)
    );
}

#[test]
fn an_edit_changes_what_it_names_and_a_failed_one_nothing() {
    let edit = |old: &str| {
        let edits = json!([{"oldText": old, "newText": "two"}]);
        tool("edit_file", json!({"path": "a.txt", "edits": edits}))
    };
    let played = in_workspace(vec![write("a.txt", "one\n"), edit("absent"), edit("one")]).play();
    assert_eq!(file(&played, "ws/a.txt").as_deref(), Some("two\n"));
    assert_has(&played.results()[2], "+two");
}

#[test]
fn a_folder_of_the_user_keeps_what_is_in_it() {
    let scene = in_workspace(vec![tool("list_directory", json!({"path": "."}))]);
    scene.sandbox().write("ws/mine.txt", "mine");
    let played = scene.play();
    assert_has(&played.result(), "mine.txt");
    assert_eq!(file(&played, "ws/mine.txt").as_deref(), Some("mine"));
}

#[test]
fn a_server_of_the_users_takes_the_place_of_ours() {
    let (scene, faulty) = Scene::of(vec![call("mcp__filesystem__echo", json!({"text": "a"}))])
        .set("cwd", "ws")
        .faulty("filesystem", &[]);
    let played = scene.play();
    assert_eq!(
        (played.result().as_str(), faulty.executions("echo")),
        ("echo: a", 1)
    );
    let tools = played.tools();
    assert!(
        !tools.contains(&"mcp__filesystem__write_file".to_owned()),
        "{tools:?}"
    );
    assert!(
        tools.contains(&"mcp__workspace_copy__copy_file".to_owned()),
        "{tools:?}"
    );
}

#[test]
fn a_folder_is_copied_and_its_links_lead_nowhere_new() {
    let outside = Massgen::bare();
    let secret = outside.sandbox().write("secret.txt", "outside");
    let scene = in_workspace(vec![copy("from", "to")]);
    scene.sandbox().write("ws/from/deep/a.txt", "a");
    std::os::unix::fs::symlink(&secret, scene.sandbox().work().join("ws/from/link")).unwrap();
    let played = scene.play();
    assert_eq!(
        file(&played, "ws/to/deep/a.txt").as_deref(),
        Some("a"),
        "{}",
        played.result()
    );
    assert_eq!(file(&played, "ws/to/link"), None);
}

fn undo(run: Finished, arguments: &[&str], code: i32) -> Finished {
    let folder = run.run_dir();
    let again = Massgen::again_in(run.sandbox).arg("undo").arg(folder);
    again.args(arguments).finish().expect(code)
}

#[test]
fn undo_takes_back_what_was_written() {
    let delete = tool(
        "move_file",
        json!({"source": "old.txt", "destination": "sub/moved.txt"}),
    );
    let folder = tool("create_directory", json!({"path": "sub"}));
    let scene = in_workspace(vec![
        write("kept.txt", "new"),
        write("made.txt", "x"),
        folder,
        delete,
    ]);
    scene.sandbox().write("ws/kept.txt", "original");
    scene.sandbox().write("ws/old.txt", "old");
    let played = scene.play();
    assert_eq!(file(&played, "ws/kept.txt").as_deref(), Some("new"));
    assert_eq!(file(&played, "ws/sub/moved.txt").as_deref(), Some("old"));
    let run_dir = played.finished.run_dir();
    let shown = undo(played.finished, &["--preview"], 0);
    assert_has(&shown.stdout, "made.txt");
    assert_eq!(shown.sandbox.read("ws/kept.txt").as_deref(), Some("new"));
    let name = run_dir.file_name().unwrap().to_owned();
    let undone = Massgen::again_in(shown.sandbox)
        .arg("undo")
        .arg(name)
        .finish()
        .expect(0);
    assert_eq!(
        undone.sandbox.read("ws/kept.txt").as_deref(),
        Some("original")
    );
    assert_eq!(undone.sandbox.read("ws/old.txt").as_deref(), Some("old"));
    assert_eq!(undone.sandbox.read("ws/made.txt"), None);
    assert!(!undone.sandbox.work().join("ws/sub").exists());
}

#[test]
fn undo_leaves_what_somebody_changed_since() {
    let scene = in_workspace(vec![write("kept.txt", "new"), write("made.txt", "x")]);
    scene.sandbox().write("ws/kept.txt", "original");
    let played = scene.play();
    played.finished.sandbox.write("ws/made.txt", "mine now");
    let undone = undo(played.finished, &[], 2);
    assert_eq!(
        undone.sandbox.read("ws/made.txt").as_deref(),
        Some("mine now")
    );
    assert_eq!(
        undone.sandbox.read("ws/kept.txt").as_deref(),
        Some("original")
    );
    let run_dir = undone.run_dir();
    let forced = Massgen::again_in(undone.sandbox)
        .args(&["undo", "--force"])
        .arg(run_dir);
    assert_eq!(forced.finish().expect(0).sandbox.read("ws/made.txt"), None);
}

/// Killed at any time, a file is the old one or the new one.
#[test]
fn a_sudden_end_leaves_no_half_file() {
    let moments = [0, 3, 10, 20, 40, 80, 160].map(Duration::from_millis);
    let runs = moments.map(|moment| thread::spawn(move || killed_after(moment)));
    let failed = runs
        .into_iter()
        .map(thread::JoinHandle::join)
        .filter(Result::is_err);
    assert_eq!(failed.count(), 0);
}

const BIG: usize = 16 << 20;

fn killed_after(moment: Duration) {
    // The second call is there to be waited for: the first has begun when it is asked for.
    let script = working(
        Script::new(),
        "ann",
        vec![write("first", ""), copy("new", "file")],
    );
    let scene = Scene::at(Massgen::new(), script).set("cwd", "ws");
    scene.sandbox().write("ws/new", vec![b'n'; BIG]);
    scene.sandbox().write("ws/file", vec![b'o'; BIG]);
    let (running, fake) = scene.start();
    fake.wait_for("ann", 2);
    thread::sleep(moment);
    running.kill();
    let finished = running.finish();
    let bytes = fs::read(finished.sandbox.work().join("ws/file")).unwrap();
    assert_eq!(bytes.len(), BIG, "after {moment:?}");
    assert!(bytes.iter().all(|it| *it == bytes[0]), "after {moment:?}");
}

/// The final answer's author works with the same folder, and its draft is the answer.
#[test]
fn the_presenter_has_its_tools_too() {
    let script = Script::new().rule(
        on("ann").presenting().attempt(1),
        write("final.txt", "done"),
    );
    let script = working(script, "ann", vec![]);
    let played = Scene::scripted(script).set("cwd", "ws").play();
    assert_eq!(file(&played, "ws/final.txt").as_deref(), Some("done"));
    assert_eq!(played.finished.document()["answer"], crate::scripts::FINAL);
}
