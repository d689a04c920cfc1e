//! Snapshots of one agent, seen by another.

use std::fs;

use config::RunPlan;
use events::Label;
use services::{Lender, Lent, ToolTape};

use crate::scene::{Scene, writes};

fn team(scene: &Scene, more: &str) -> RunPlan {
    let agent = |id: &str, cwd: &str| {
        let cwd = scene.path(cwd);
        let cwd = cwd.display();
        format!("  - id: {id}\n    backend: {{type: native, cwd: {cwd}}}\n")
    };
    let (ann, bob) = (agent("ann", "W"), agent("bob", "B"));
    scene.load(&format!("agents:\n{ann}{bob}{more}"))
}

fn lent(scene: &Scene, plan: &RunPlan) -> (Vec<Lent>, Vec<String>) {
    let lender = Lender::open(plan, scene.places(ToolTape::Off)).unwrap();
    let all = plan.agents.iter().map(|it| lender.lend(it).unwrap());
    let (lent, remarks): (Vec<_>, Vec<_>) = all.unzip();
    (lent, remarks.concat())
}

#[tokio::test]
async fn an_agent_reads_what_the_other_last_snapshotted_also_when_that_is_nothing() {
    let scene = Scene::new();
    let plan = team(&scene, "");
    let (all, _) = lent(&scene, &plan);
    let (ann, bob) = (&all[0], &all[1]);
    let theirs = scene.path("run/references/bob/agent1");
    assert!(writes(ann, "a.txt").await);
    ann.snapshot().await;
    bob.show_references(&[Label::agent(1)]).await;
    let file = theirs.join("a.txt");
    assert_eq!(bob.read(file.to_str().unwrap()).await.unwrap(), b"new");
    assert!(!writes(bob, &file).await);
    fs::remove_file(scene.path("W/a.txt")).unwrap();
    ann.snapshot().await;
    bob.show_references(&[Label::agent(1)]).await;
    assert!(bob.list(theirs.to_str().unwrap()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_named_folder_with_foreign_content_is_left_alone_and_said() {
    let scene = Scene::new();
    let folder = scene.path("mine");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("diary"), "dear").unwrap();
    let more = format!("orchestrator:\n  snapshot_storage: {}\n", folder.display());
    let plan = team(&scene, &more);
    let (all, remarks) = lent(&scene, &plan);
    assert!(
        remarks.iter().any(|it| it.contains("mine is not used")),
        "{remarks:?}"
    );
    assert!(writes(&all[0], "a.txt").await);
    all[0].snapshot().await;
    assert_eq!(scene.text("mine/diary"), "dear");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
    assert_eq!(scene.text("run/snapshots/ann/a.txt"), "new");
}
