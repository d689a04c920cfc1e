//! What goes in and what comes out is bounded.

use serde_json::{Value, json};

use crate::scene::{Scene, TOKEN, call, started};

const WRITE: &str = "mcp__filesystem__write_file";

#[tokio::test]
async fn arguments_are_bounded_by_depth_keys_items_and_size() {
    let scene = Scene::new();
    let lent = scene.lent("");
    let deep = |n: usize| {
        let inner = (1..n).fold(json!(1), |inner, _| json!({ "a": inner }));
        json!({"path": "x", "content": "", "extra": inner})
    };
    let wide = |n: usize| Value::from_iter((0..n).map(|it| (format!("k{it}"), json!(0))));
    let long = |n: usize| json!({"path": "x", "content": "", "extra": vec![0; n]});
    let cases = [
        (deep(33), "nested deeper"),
        (wide(101), "more than 100 keys"),
        (long(1001), "more than 1000 items"),
        (
            json!({"path": "x", "content": "y".repeat(1 << 20)}),
            "a person may raise `max_tool_argument_bytes`",
        ),
        (json!([1]), "must be a JSON object"),
        (json!("{\"path\": "), "no JSON"),
    ];
    let count = cases.len();
    for (arguments, words) in cases {
        let outcome = call(&lent, WRITE, arguments).await;
        assert!(
            outcome.is_error && outcome.text().contains(words),
            "{words}: {outcome:?}"
        );
    }
    let audit = scene.audit();
    assert_eq!(audit.len(), count);
    for line in audit {
        let about = ["rule", "server", "tool", "verdict", "call"].map(|it| line[it].clone());
        let said = ["arguments", "filesystem", "write_file", "deny", "c1"];
        assert_eq!(about, said);
        assert!(line["reason"].is_string(), "{line}");
    }
    for arguments in [deep(6), deep(32), long(1000), wide(100)] {
        let text = call(&lent, WRITE, arguments).await.text();
        let bounded = ["nested", "keys", "items", "allowed"];
        assert!(bounded.iter().all(|it| !text.contains(it)), "{text}");
    }
}

#[tokio::test]
async fn a_file_of_50_kb_is_written_by_default_and_one_of_20_mb_when_allowed() {
    let scene = Scene::new();
    let sizes = [
        (50_000, ""),
        (20 << 20, "      max_tool_argument_bytes: 30000000\n"),
    ];
    for (size, more) in sizes {
        let lent = scene.lent(more);
        let arguments = json!({"path": "x", "content": "y".repeat(size)});
        let outcome = call(&lent, WRITE, arguments).await;
        assert!(!outcome.is_error, "{}", outcome.text());
        assert_eq!(
            std::fs::metadata(scene.path("W/x")).unwrap().len(),
            size as u64
        );
    }
}

#[tokio::test]
async fn a_long_result_is_cut_and_says_so() {
    let scene = Scene::new();
    std::fs::write(scene.path("W/long"), "z".repeat(5000)).unwrap();
    let lent = scene.lent("      max_tool_result_bytes: 1000\n");
    let read = call(
        &lent,
        "mcp__filesystem__read_text_file",
        json!({"path": "long"}),
    )
    .await;
    assert!(!read.is_error);
    assert!(
        read.text().len() < 1100 && read.text().contains("are left out]"),
        "{}",
        read.text()
    );
}

#[tokio::test]
async fn an_unknown_tool_is_answered_by_those_there_are() {
    let scene = Scene::new();
    let lent = scene.lent("");
    let outcome = call(&lent, "mcp__filesystem__fly", json!({})).await;
    assert!(outcome.is_error);
    assert_eq!(
        outcome.text().matches("mcp__").count(),
        11,
        "{}",
        outcome.text()
    );
    let line = scene.audit().remove(0);
    let about = ["rule", "server", "tool", "verdict"].map(|it| line[it].clone());
    assert_eq!(about, ["unknown-tool", "", "mcp__filesystem__fly", "deny"]);
}

#[tokio::test]
async fn what_a_server_says_of_its_tools_is_bounded_and_without_secrets() {
    let scene = Scene::new();
    let server = scene.server("s", ", env: {SERVICE_TOKEN: \"${TOKEN}\"}");
    let lent = scene.lent(&format!(
        "      mcp_servers:\n{}",
        server.replace("]", ", odd]")
    ));
    let heard = started(&lent).await;
    let tools = lent.tools();
    let shown = |name: &str| tools.iter().find(|it| it.name == name);
    let of_server = tools.iter().filter(|it| it.name.starts_with("mcp__s__"));
    assert_eq!(of_server.count(), 512);
    assert!(shown("mcp__filesystem__write_file").is_some());
    // By name: these come after all that fit.
    assert!(shown("mcp__s__told").is_none() && !lent.has("mcp__s__vast"));
    lent.close().await;
    let heard = format!("{:?}", heard.lock().unwrap());
    assert!(
        heard.contains("90 of 602 tools of servers are left out"),
        "{heard}"
    );
    assert!(heard.contains("the schema of the tool `vast`"), "{heard}");

    let scene = Scene::new();
    let server = scene.server("s", ", env: {SERVICE_TOKEN: \"${TOKEN}\"}");
    let lent = scene.lent(&format!(
        "      allowed_tools: [told, vast]\n      mcp_servers:\n{}",
        server.replace("]", ", odd]")
    ));
    started(&lent).await;
    let tools = lent.tools();
    let shown = |name: &str| tools.iter().find(|it| it.name == name).unwrap();
    let told = shown("mcp__s__told");
    assert!(!format!("{tools:?}").contains(TOKEN));
    assert!(told.description.starts_with("With ***. ddd"), "{told:?}");
    assert!(told.description.contains("[cut after 4096 bytes]"));
    assert!(told.description.len() < 4200);
    assert_eq!(told.parameters["properties"]["***"]["enum"], json!(["***"]));
    assert_eq!(shown("mcp__s__vast").parameters, json!({"type": "object"}));
    lent.close().await;
}
