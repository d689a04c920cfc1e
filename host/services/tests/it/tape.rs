//! A run is recorded and repeated.

use serde_json::json;
use services::{Lender, ToolTape};

use crate::scene::{Scene, TOKEN, call, started};

#[tokio::test]
async fn a_repeated_run_gives_the_same_and_touches_nothing() {
    let scene = Scene::new();
    let secret = scene.server("s", ", env: {SERVICE_TOKEN: \"${TOKEN}\"}");
    let plan = scene.plan(&format!("      mcp_servers:\n{secret}"));
    let tapes = scene.path("tapes");
    let calls = [
        (
            "mcp__filesystem__write_file",
            json!({"path": "x", "content": "new"}),
        ),
        (
            "mcp__filesystem__write_file",
            json!({"path": scene.path("R/x"), "content": ""}),
        ),
        ("mcp__s__reveal", json!({})),
    ];
    let mut runs = Vec::new();
    for tape in [
        ToolTape::Record(tapes.clone()),
        ToolTape::Replay(tapes.clone()),
    ] {
        let lender = Lender::open(&plan, scene.places(tape)).unwrap();
        let lent = lender.lend(&plan.agents[0]).unwrap().0;
        started(&lent).await;
        let mut given = vec![format!("{:?} {:?}", lent.tools(), lent.briefing())];
        for (name, arguments) in &calls {
            given.push(format!("{:?}", call(&lent, name, arguments.clone()).await));
        }
        given.push(format!("{:?}", lent.write("p", b"\xff".to_vec()).await));
        given.push(format!(
            "{:?} {:?}",
            lent.read("p").await,
            lent.list(".").await
        ));
        given.push(format!(
            "{:?}",
            lent.check("Bash", &json!({"command": "sudo x"}))
        ));
        lent.close().await;
        runs.push(given);
        let _ = std::fs::remove_file(scene.path("W/x"));
        let _ = std::fs::remove_file(scene.path("W/p"));
    }
    assert_eq!(runs[0], runs[1]);
    assert!(runs[0][3].contains("***"));
    assert_eq!(scene.journal("s.log"), ["started", "call reveal"]);
    assert!(
        runs[0][4].starts_with("Ok") && runs[0][5].contains("255"),
        "{runs:?}"
    );
    assert!(runs[0][6].contains("Err"));
    assert!(!scene.path("W/x").exists() && !scene.path("W/p").exists());
    assert_eq!(scene.audit().len(), 7);
    let tape = scene.text("tapes/ann.tools.jsonl");
    assert!(!tape.contains(TOKEN));
}
