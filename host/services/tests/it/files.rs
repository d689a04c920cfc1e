//! Files and the two phases of a run.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::scene::{Scene, call, names, request, writes};

#[tokio::test]
async fn the_runs_own_folder_is_neither_read_nor_written_wherever_it_lies() {
    let scene = Scene::new();
    let (seen, kept) = (scene.path("seen"), scene.path("kept"));
    let plan = scene.plan(&format!(
        "orchestrator:\n  agent_temporary_workspace: {}\n  snapshot_storage: {}\n",
        seen.display(),
        kept.display()
    ));
    for around in ["C", "W"] {
        let run = scene.path(around).join("logs/log_1");
        std::fs::create_dir_all(&run).unwrap();
        let places = services::Places {
            run: run.clone(),
            ..scene.places(services::ToolTape::Off)
        };
        let lender = services::Lender::open(&plan, places).unwrap();
        let lent = lender.lend(&plan.agents[0]).unwrap().0;
        let _grant = lent.grant_write();
        assert!(writes(&lent, scene.path(around).join("logs/beside")).await);
        assert!(!writes(&lent, run.join("journal/journal.jsonl")).await);
        let away = json!({"source": run.parent(), "destination": scene.path("W/away")});
        let moved = call(&lent, "mcp__filesystem__move_file", away).await;
        assert!(moved.is_error && run.exists(), "{}", moved.text());
        let bash = format!("echo x >> {}", run.join("audit.jsonl").display());
        assert!(lent.check("Bash", &json!({"command": bash})).is_err());
        let read = json!({"path": run.join("audit.jsonl")});
        let read = call(&lent, "mcp__filesystem__read_text_file", read).await;
        assert!(read.is_error, "{}", read.text());
        let audit = fs::read_to_string(run.join("audit.jsonl")).unwrap();
        assert!(audit.contains(r#""rule":"run-folder""#), "{audit}");
    }
}

#[tokio::test]
async fn each_write_is_decided_by_phase_and_place_and_is_on_record() {
    let scene = Scene::new();
    let lent = scene.lent("");
    std::os::unix::fs::symlink(scene.path("R"), scene.path("W/link")).unwrap();
    let [r, c, o] = ["R/x", "C/x", "O/x"].map(|it| scene.path(it));
    let climbing = scene.path("W/../R/x");
    let places = [Path::new("x"), &r, &c, &o, &climbing, Path::new("link/x")];
    for path in places {
        assert_eq!(
            writes(&lent, path).await,
            path == Path::new("x"),
            "{path:?}"
        );
    }
    let grant = lent.grant_write();
    for path in places {
        let allowed = path == Path::new("x") || path == c;
        assert_eq!(writes(&lent, path).await, allowed, "{path:?}");
    }
    drop(grant);
    assert!(!writes(&lent, &c).await);

    let seen: Vec<_> = scene
        .audit()
        .iter()
        .map(|it| {
            assert_eq!((&it["agent"], &it["call"]), (&json!("ann"), &json!("c1")));
            assert_eq!(
                (&it["server"], &it["tool"]),
                (&json!("filesystem"), &json!("write_file"))
            );
            let allowed = it["verdict"] == "allow";
            (it["phase"].as_str().unwrap().to_owned(), allowed)
        })
        .collect();
    let line = |phase: &str, allowed| (phase.to_owned(), allowed);
    let mut expected = vec![line("coordination", true)];
    expected.extend(vec![line("coordination", false); 5]);
    let presented = [true, false, true, false, false, false];
    expected.extend(presented.map(|it| line("presentation", it)));
    expected.push(line("coordination", false));
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn of_two_grants_the_last_one_counts_and_nothing_lives_on() {
    let scene = Scene::new();
    let lent = scene.lent("");
    let file = scene.path("C/x");
    let (one, two) = (lent.grant_write(), lent.clone().grant_write());
    drop(one);
    assert!(writes(&lent, &file).await);
    drop(two);
    assert!(!writes(&lent, &file).await);
    drop(lent.grant_write());
    assert!(!writes(&lent, &file).await);
}

#[tokio::test]
async fn plugins_read_write_and_list_by_the_same_rules() {
    let scene = Scene::new();
    let lent = scene.lent("");
    lent.write("a", b"mine".to_vec()).await.unwrap();
    assert_eq!(lent.read("a").await.unwrap(), b"mine");
    assert_eq!(lent.list(".").await.unwrap()[0].name, "a");
    let (read, outside) = (scene.path("R/f"), scene.path("O/f"));
    assert_eq!(lent.read(read.to_str().unwrap()).await.unwrap(), b"old");
    assert!(lent.read(outside.to_str().unwrap()).await.is_err());
    assert!(lent.write(read.to_str().unwrap(), vec![]).await.is_err());
    assert_eq!(scene.text("R/f"), "old");
}

#[tokio::test]
async fn what_cannot_be_put_on_record_does_not_happen() {
    let scene = Scene::new();
    std::os::unix::fs::symlink("/dev/full", scene.path("run/audit.jsonl")).unwrap();
    let lent = scene.lent("");
    let heard = crate::scene::started(&lent).await;
    for _ in 0..2 {
        let arguments = json!({"path": "x", "content": "new"});
        let outcome = call(&lent, "mcp__filesystem__write_file", arguments).await;
        assert!(
            outcome.text().contains("Permission check failed"),
            "{}",
            outcome.text()
        );
    }
    assert!(!scene.path("W/x").exists());
    assert_eq!(heard.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_users_own_filesystem_server_replaces_ours() {
    let scene = Scene::new();
    let server = scene.server("filesystem", "");
    let lent = scene.lent(&format!("      mcp_servers:\n{server}"));
    crate::scene::started(&lent).await;
    let all = names(&lent);
    assert!(all.contains(&"mcp__filesystem__echo".to_owned()), "{all:?}");
    assert!(!lent.has("mcp__filesystem__write_file"));
    assert!(lent.has("mcp__workspace_copy__copy_file"));
    lent.close().await;
}

#[tokio::test]
async fn a_cancelled_file_tool_answers_promptly() {
    let scene = Scene::new();
    let lent = scene.lent("");
    let cancel = CancellationToken::new();
    cancel.cancel();
    let asked = request(
        "mcp__filesystem__write_file",
        json!({"path": "x", "content": "new"}),
    );
    let calling = lent.call(asked, &cancel, &|_| {});
    let outcome = tokio::time::timeout(Duration::from_secs(3), calling)
        .await
        .unwrap();
    assert!(outcome.is_error);
    assert!(!fs::exists(scene.path("W/x")).unwrap());
}

#[tokio::test]
async fn a_batch_stops_where_the_grant_ends() {
    let scene = Scene::new();
    for n in 0..3000 {
        fs::write(scene.path(&format!("W/{n:04}")), "new").unwrap();
    }
    let lent = scene.lent("");
    let grant = lent.grant_write();
    let copying = {
        let (lent, to) = (lent.clone(), scene.path("C"));
        let arguments = json!({"source_base_path": "", "destination_base_path": to});
        let name = "mcp__workspace_copy__copy_files_batch";
        tokio::spawn(async move { call(&lent, name, arguments).await })
    };
    let count = || fs::read_dir(scene.path("C")).unwrap().count();
    while count() < 5 {
        tokio::task::yield_now().await;
    }
    drop(grant);
    copying.await.unwrap();
    let copied = count();
    assert!(copied < 3000, "all were copied");
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(count(), copied);
}

#[tokio::test]
async fn a_file_that_is_refused_deep_inside_a_call_is_on_record() {
    let scene = Scene::new();
    fs::create_dir_all(scene.path("W/d/.git")).unwrap();
    fs::write(scene.path("W/d/.git/config"), "x").unwrap();
    let lent = scene.lent("");
    let grant = lent.grant_write();
    let arguments = json!({"source_path": "d", "destination_path": scene.path("C/d")});
    call(&lent, "mcp__workspace_copy__copy_file", arguments).await;
    drop(grant);
    assert!(!scene.path("C/d/.git/config").exists());
    let audit = scene.audit();
    let denied = audit.iter().filter(|it| it["rule"] == "file");
    let about = |it: &&serde_json::Value| it["paths"].to_string().contains(".git");
    assert!(denied.filter(about).count() >= 1, "{audit:#?}");
}
