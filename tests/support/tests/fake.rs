//! The fake itself, over a plain socket: what the end-to-end tests take for granted.

#![expect(clippy::unwrap_used, reason = "whatever fails here fails a test")]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use support::{Fake, Fault, Reply, Script, Target, answer, on, text, vote};

/// Asks this model and returns everything until the server closes or stays silent.
fn ask(fake: &Fake, model: &str, tools: &str) -> String {
    let address = fake.origin().replace("http://", "");
    let mut socket = TcpStream::connect(&address).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_millis(300)))
        .unwrap();
    let body = format!(
        r#"{{"model":"{model}","tools":[{tools}],"messages":[{{"role":"user","content":"Hm?"}}]}}"#
    );
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer k\r\n\
         connection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    socket.write_all((head + &body).as_bytes()).unwrap();
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = socket.read(&mut buffer) {
        seen.extend_from_slice(&buffer[..count]);
        if seen.len() > 2_000 {
            break;
        }
    }
    String::from_utf8_lossy(&seen).into_owned()
}

const VOTE: &str = r#"{"function":{"name":"vote","parameters":{"properties":{"agent_id":{"enum":["agent2","agent7"]}}}}}"#;

#[test]
fn a_script_is_followed_and_requests_are_kept() {
    let script = Script::new()
        .rule(on("ann").offering("vote"), vote(Target::LastOffered))
        .rule(on("ann").presenting(), text("Here."));
    let fake = Fake::start(script);
    assert!(ask(&fake, "ann", VOTE).contains("call_ann_1_0"));
    let reply = ask(&fake, "ann", "");
    assert!(
        reply.contains("data: [DONE]") && reply.contains("completion_tokens"),
        "{reply}"
    );
    assert!(ask(&fake, "bob", "").starts_with("HTTP/1.1 400"));
    let requests = fake.requests("ann");
    assert_eq!(requests[0].vote_targets(), ["agent2", "agent7"]);
    assert_eq!(requests[1].call, 2);
    assert_eq!(requests[1].words(), "Hm?");
    assert_eq!(requests[1].header("authorization"), Some("Bearer k"));
    assert_eq!(fake.unmatched().len(), 1);
    fake.wait_for("ann", 2);
}

#[test]
fn every_fault_shows_on_the_wire() {
    let said = || -> Reply { answer("Paris").without_usage() };
    let table = [
        (
            Fault::status(429, "slow down").with_header("retry-after", "7"),
            "retry-after: 7",
            true,
        ),
        (
            Fault::Cut {
                after: 40,
                reply: said(),
            },
            "chat.completion",
            false,
        ),
        (Fault::Stall, "HTTP/1.1", false),
        (Fault::StallAfterHead, "text/event-stream", true),
        (
            Fault::StallAfter {
                after: 9999,
                reply: said(),
            },
            "[DONE]",
            true,
        ),
        (Fault::KeepAlives, ": still here", true),
        (Fault::EndlessText, "and so on", true),
        (Fault::MalformedEvents, "data: [[[[", true),
        (Fault::InvalidUtf8, "\u{fffd}", true),
        (Fault::HugeEvent { bytes: 20_000 }, "xxxxxxxx", true),
        (Fault::Html, "text/html", true),
        (
            Fault::PlainJson(said()),
            r#""object":"chat.completion""#,
            true,
        ),
        (
            Fault::ErrorEvent {
                event: r#"{"error":{"message":"gone"}}"#.into(),
            },
            "gone",
            true,
        ),
    ];
    for (fault, words, shown) in table {
        let name = format!("{fault:?}");
        let fake = Fake::start(Script::new().rule(on("ann"), fault));
        let seen = ask(&fake, "ann", "");
        assert_eq!(seen.contains(words), shown, "{name}: {seen}");
    }
}
