//! A run is recorded and repeated.

use serde_json::json;
use services::{Lender, Lent, ToolTape};
use tokio_util::sync::CancellationToken;

use crate::scene::{Scene, TOKEN, call, request, started};

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

#[tokio::test]
async fn a_call_with_a_secret_is_found_again_by_what_is_left_of_it() {
    let scene = Scene::new();
    let secret = scene.server("s", ", env: {SERVICE_TOKEN: \"${TOKEN}\"}");
    let plan = scene.plan(&format!("      mcp_servers:\n{secret}"));
    let tapes = scene.path("tapes");
    let lend = |tape| -> Lent {
        let lender = Lender::open(&plan, scene.places(tape)).unwrap();
        lender.lend(&plan.agents[0]).unwrap().0
    };
    let content = |word: &str| [b"\xff ", word.as_bytes(), b"\xfe"].concat();
    let live = lend(ToolTape::Record(tapes.clone()));
    started(&live).await;
    let given = call(&live, "mcp__s__echo", json!({TOKEN: [TOKEN]})).await;
    live.write("p", content(TOKEN)).await.unwrap();
    assert_eq!(live.read("p").await.unwrap(), content(TOKEN));
    live.check("say", &json!({"what": TOKEN})).unwrap();
    assert_eq!(live.mask(&format!("a {TOKEN}")), "a ***");
    live.close().await;

    let tape = scene.text("tapes/ann.tools.jsonl");
    let as_numbers = serde_json::to_string(TOKEN.as_bytes()).unwrap();
    assert!(!tape.contains(TOKEN), "{tape}");
    assert!(
        !tape.contains(as_numbers.trim_matches(['[', ']'])),
        "{tape}"
    );

    // What a recorded model says is masked too.
    for word in [TOKEN, "***"] {
        let again = lend(ToolTape::Replay(tapes.clone()));
        assert_eq!(
            call(&again, "mcp__s__echo", json!({word: [word]})).await,
            given
        );
        again.write("p", content(word)).await.unwrap();
        assert_eq!(again.read("p").await.unwrap(), content("***"));
        again.check("say", &json!({"what": word})).unwrap();
        assert_eq!(again.mask(TOKEN), "***");
    }
}

#[tokio::test]
async fn a_cancelled_call_is_on_the_tape() {
    let scene = Scene::new();
    let plan = scene.plan(&format!("      mcp_servers:\n{}", scene.server("s", "")));
    let tape = ToolTape::Record(scene.path("tapes"));
    let lender = Lender::open(&plan, scene.places(tape)).unwrap();
    let lent = lender.lend(&plan.agents[0]).unwrap().0;
    started(&lent).await;
    let cancel = CancellationToken::new();
    let calling = lent.call(request("mcp__s__never", json!({})), &cancel, &|_| {});
    let stopping = async { cancel.cancel() };
    let ended = tokio::time::timeout(services::GRACE, async { tokio::join!(calling, stopping) });
    assert!(ended.await.unwrap().0.is_error);
    lent.close().await;
    let called = |line: &str| line.contains("\"called\"") && line.contains("mcp__s__never");
    assert!(scene.text("tapes/ann.tools.jsonl").lines().any(called));
}
