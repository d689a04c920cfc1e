//! Plugins' operations against the real gate.

use std::path::Path;

use services::{Environment, Lender, Places, ToolTape};

use super::*;

/// What a configured agent with a workspace is really lent.
pub(crate) fn lent(folder: &Path, environment: Environment, tape: ToolTape) -> Lent {
    let file = folder.join("team.json");
    let workspace = folder.join("workspace");
    let agent = serde_json::json!({
        "id": "ann",
        "backend": { "type": "native", "cwd": workspace },
    });
    let team = serde_json::json!({ "agents": [agent] });
    std::fs::write(&file, team.to_string()).unwrap();
    let plan = config::load(&file, &|_| None).unwrap();
    let places = Places {
        run: folder.join("run"),
        tokens: None,
        program: "massgen".into(),
        home: None,
        environment,
        ca_file: None,
        tape,
    };
    std::fs::create_dir_all(&places.run).unwrap();
    let lender = Lender::open(&plan, places).unwrap();
    lender.lend(&plan.agents[0]).unwrap().0
}

fn loan(folder: &Path) -> Loan {
    Loan {
        lent: lent(folder, Environment::new(|_| None), ToolTape::Off),
        store: Some(Store::of(&folder.join("stores"), "native")),
        programs: Programs::default(),
    }
}

/// Begins an operation and waits for its one event: its kind, status and data.
async fn run(loan: &Loan, op: OpKind, payload: &[u8]) -> (EventKind, u32, String) {
    watched(loan, op, payload).await.0
}

/// The same, with what observers are told, one line each.
async fn watched(
    loan: &Loan,
    op: OpKind,
    payload: &[u8],
) -> ((EventKind, u32, String), Vec<String>) {
    let (out, mut events) = mpsc::channel(8);
    let op = loan.read(op, payload).unwrap().unwrap();
    let happenings: Vec<_> = loan.begin(7, op, &out).collect().await;
    let [it] = &happenings[..] else {
        panic!("not one event: {happenings:?}")
    };
    assert!(it.is_last() && it.ticket == 7);
    let data = String::from_utf8_lossy(&it.data).into_owned();
    let mut told = Vec::new();
    while let Ok(event) = events.try_recv() {
        told.extend(line(event));
    }
    ((it.kind, it.status, data), told)
}

fn line(event: CallEvent) -> Option<String> {
    match event {
        CallEvent::ToolCall { id, name, .. } => Some(format!("{id} {name}")),
        CallEvent::ToolResult { id, is_error, .. } => Some(format!("{id} failed: {is_error}")),
        _ => None,
    }
}

#[tokio::test]
async fn files_are_those_of_the_agent_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let loan = loan(folder.path());
    std::fs::write(folder.path().join("secret"), "hidden words").unwrap();
    let done = |data: &str| (EventKind::COMPLETED, 0, data.to_owned());
    let written = run(&loan, OpKind::WRITE, b"{\"path\":\"a\"}\nx\ny").await;
    assert_eq!(written, done(""));
    assert_eq!(
        run(&loan, OpKind::READ, br#"{"path":"a"}"#).await,
        done("x\ny")
    );
    let listed = run(&loan, OpKind::LIST, br#"{"path":"."}"#).await.2;
    let listed: Vec<massgen_plugin::wire::FolderEntry> = serde_json::from_str(&listed).unwrap();
    let listed: Vec<_> = listed
        .iter()
        .map(|it| (&*it.name, &*it.kind, it.size))
        .collect();
    assert_eq!(listed, [("a", "file", 3)]);
    for path in ["../secret", "missing"] {
        let payload = format!(r#"{{"path":"{path}"}}"#);
        let (kind, status, data) = run(&loan, OpKind::READ, payload.as_bytes()).await;
        assert_eq!(
            (kind, status),
            (EventKind::FAILED, FaultCode::DENIED.0),
            "{data}"
        );
        assert!(!data.contains("hidden"), "{data}");
    }
    let outside = run(&loan, OpKind::WRITE, b"{\"path\":\"../new\"}\nx").await;
    assert_eq!(outside.0, EventKind::FAILED);
    assert!(!folder.path().join("new").exists());
}

#[tokio::test]
async fn tools_and_questions_go_through_the_gate() {
    let folder = tempfile::tempdir().unwrap();
    let loan = loan(folder.path());
    let name = loan.lent.tools().into_iter().map(|it| it.name);
    let name = name
        .into_iter()
        .find(|it| it.ends_with("write_file"))
        .unwrap();
    let call = |path: &str| {
        let arguments = serde_json::json!({ "path": path, "content": "made" });
        serde_json::to_vec(&serde_json::json!({ "id": "1", "name": name, "arguments": arguments }))
            .unwrap()
    };
    let outcome = async |path: &str| -> ToolOutcome {
        let (kind, _, data) = run(&loan, OpKind::TOOL, &call(path)).await;
        assert_eq!(kind, EventKind::COMPLETED);
        serde_json::from_str(&data).unwrap()
    };
    assert!(!outcome("b").await.is_error);
    assert_eq!(
        std::fs::read(folder.path().join("workspace/b")).unwrap(),
        b"made"
    );
    assert!(outcome("../c").await.is_error);
    assert!(!folder.path().join("c").exists());
    let told = watched(&loan, OpKind::TOOL, &call("b")).await.1;
    assert_eq!(told, [format!("1 {name}"), "1 failed: false".to_owned()]);
    let effects = |payload: &[u8]| {
        let op = loan.read(OpKind::TOOL, payload).unwrap().unwrap();
        loan.has_effects(&op)
    };
    assert!(effects(&call("b")));

    let outside = folder.path().join("secret");
    let question = serde_json::json!({ "tool": "Write", "arguments": { "file_path": outside } });
    let question = question.to_string();
    let ((_, _, answer), told) = watched(&loan, OpKind::CHECK, question.as_bytes()).await;
    let answer: Permission = serde_json::from_str(&answer).unwrap();
    assert!(!answer.allowed && !answer.reason.is_empty(), "{answer:?}");
    assert_eq!(told, ["check_7 Write", "check_7 failed: true"]);
}

#[tokio::test]
async fn the_store_says_when_there_is_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let loan = loan(folder.path());
    let get = br#"{"key":"k"}"#;
    let absent = (EventKind::COMPLETED, StoreKey::ABSENT, String::new());
    assert_eq!(run(&loan, OpKind::STORE_GET, get).await, absent);
    run(&loan, OpKind::STORE_PUT, b"{\"key\":\"k\"}\nv").await;
    let there = (EventKind::COMPLETED, 0, "v".to_owned());
    assert_eq!(run(&loan, OpKind::STORE_GET, get).await, there);
}
