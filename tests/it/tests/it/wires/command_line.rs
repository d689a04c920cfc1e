//! The backend that is a program: what its model does with the host's tools is told as over every
//! wire, and the tools answer alike.
//!
//! How often it asks its provider, and what it says of itself, is its own affair; only the events
//! of tools and answers are compared, with those that the HTTP backends have in common. It runs
//! tools of one message side by side, so the order within a message is left out.

use it::{Faulty, Massgen};
use serde_json::{Value, json};
use support::{Fake, Reply, answer, text};

use super::consistent::{normal, tools};
use crate::claude_code::{asked, backend, in_turn, program};
use crate::scripts::{FINAL, QUESTION, first_answer};

/// The events of tools and answers.
fn of_tools<'a>(events: impl Iterator<Item = &'a str>) -> Vec<Value> {
    let told = ["tool_call", "tool_result", "answer_recorded"];
    let events = events.map(|it| serde_json::from_str::<Value>(it).expect("an event"));
    let mut events: Vec<_> = events
        .filter(|it| told.contains(&it["event"].as_str().expect("a kind")))
        .collect();
    let both = |a: &Value, b: &Value| a["event"] != "answer_recorded" && a["name"] == b["name"];
    for side_by_side in events.chunk_by_mut(both) {
        side_by_side.sort_by_key(|it| (it["event"].to_string(), it.to_string()));
    }
    events
}

#[test]
fn a_program_uses_tools_as_every_other_backend_does() {
    let Some(program) = program() else {
        println!("skipped: no real Claude Code (run `cargo xtask test`)");
        return;
    };
    let lent = |reply: Reply| reply.calling_through("mcp__massgen__");
    let mut replies: Vec<_> = tools().into_iter().map(lent).collect();
    replies.push(lent(answer(&first_answer("ann"))));
    replies.push(text(FINAL));
    let fake = Fake::start(in_turn(replies));
    let massgen = Massgen::new().env("PATH", &std::env::var("PATH").unwrap());
    let faulty = Faulty::new(massgen.sandbox(), "f");
    let mut backend = backend(program.to_str().unwrap(), &fake);
    backend["mcp_servers"] = json!([faulty.config("f", &[])]);
    let finished = asked(massgen, backend, QUESTION).expect(0);
    let seen = normal(&finished);
    let seen = of_tools(seen.iter().map(String::as_str));
    let wanted = of_tools(include_str!("tools.jsonl").lines());
    for (seen, wanted) in seen.iter().zip(&wanted) {
        assert_eq!(seen, wanted);
    }
    assert_eq!(seen.len(), wanted.len(), "{seen:#?}");
}
