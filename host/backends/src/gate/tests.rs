//! What a session may begin, and the reasons it hears when it may not.

use massgen_plugin::wire::StoreKey;
use referee::Gate as _;

use super::*;

fn gate() -> Gate {
    let hosts = vec!["localhost:1".to_owned()];
    Gate {
        grant: Arc::new(Grant {
            hosts,
            secrets: vec![],
        }),
        loan: Loan::default(),
    }
}

/// The reason of a denial.
fn denial(gate: &mut Gate, op: OpKind, payload: &[u8]) -> String {
    let (verdict, why) = gate.judge(op, payload).expect_err("a refusal");
    assert_eq!(verdict, Verdict::DENIED, "{}", op.name());
    why
}

#[test]
fn operations_that_nobody_knows_are_unknown() {
    assert_eq!(
        gate().judge(OpKind(4711), b""),
        Err((Verdict::UNKNOWN, "this host has no operation `4711`".into()))
    );
}

#[test]
fn hosts_that_are_not_granted_are_denied_with_the_reason() {
    let mut gate = gate();
    let request = |url: &str| serde_json::to_vec(&HttpRequest::get(url)).unwrap();
    let there = request("http://localhost:1/v1");
    assert!(gate.judge(OpKind::HTTP, &there).is_ok());
    let elsewhere = request("http://example.com/");
    assert_eq!(
        denial(&mut gate, OpKind::HTTP, &elsewhere),
        "host `example.com` is not granted"
    );
    denial(&mut gate, OpKind::HTTP, b"{");
}

#[test]
fn what_is_not_lent_is_denied_with_the_reason() {
    let table: [(OpKind, &[u8], &str); 9] = [
        (
            OpKind::TOOL,
            br#"{"id":"1","name":"read_file","arguments":{}}"#,
            "this agent has no tool `read_file`",
        ),
        (OpKind::TOOL, b"read_file", "the payload cannot be read"),
        (
            OpKind::CHECK,
            br#"{"tool":1}"#,
            "the payload cannot be read",
        ),
        (
            OpKind::READ,
            br#"{"path":"a"}"#,
            "this agent has no workspace",
        ),
        (OpKind::WRITE, b"\xff\n", "this agent has no workspace"),
        (OpKind::LIST, b"", "this agent has no workspace"),
        (
            OpKind::STORE_GET,
            br#"{"key":"k"}"#,
            "this host keeps no store for plugins",
        ),
        (
            OpKind::STORE_PUT,
            b"{}\nvalue",
            "the payload cannot be read",
        ),
        (
            OpKind::STORE_PUT,
            b"{\"key\":\"k\"}\nvalue",
            "this host keeps no store for plugins",
        ),
    ];
    for (op, payload, reason) in table {
        let said = denial(&mut gate(), op, payload);
        assert!(said.starts_with(reason), "{}: {said}", op.name());
    }
}

#[test]
fn a_question_and_the_store_need_no_workspace() {
    let mut gate = gate();
    gate.loan.store = Some(crate::store::Store::of(&std::env::temp_dir(), "echo"));
    let question = br#"{"tool":"Bash","arguments":{"command":"ls"}}"#;
    assert!(gate.judge(OpKind::CHECK, question).is_ok());
    let put = b"{\"key\":\"k\"}\n\0\n";
    let key = || StoreKey { key: "k".into() };
    let expected = LentOp::StorePut(key(), Some(b"\0\n".to_vec()));
    assert_eq!(gate.judge(OpKind::STORE_PUT, put), Ok(Op::Lent(expected)));
    let key = format!(r#"{{"key":"{}"}}"#, "k".repeat(257));
    assert_eq!(
        denial(&mut gate, OpKind::STORE_GET, key.as_bytes()),
        "a key has 1 to 256 bytes, not 257"
    );
}
