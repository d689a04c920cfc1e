//! Consistent behaviour across all backends: the same model does the same things over every wire,
//! and the run's events are the same, one by one.
//!
//! What differs on purpose is taken out before they are compared: ids, times, names of provider
//! and model, details of usage, and whether thinking is told whole or as a summary.

use std::fs;
use std::path::PathBuf;
use std::thread;

use it::{Faulty, Finished, Massgen, Team};
use serde_json::{Value, json};
use support::{Fake, Finish, Reply, Request, Script, Wire, call, seal, text};

use super::{SPEAKERS, Speaker};
use crate::scripts::{FINAL, QUESTION, assert_told_well, first_answer, working};

fn echo(text: &str) -> Reply {
    call("mcp__f__echo", json!({ "text": text }))
}

fn raw(name: &str, arguments: &str) -> Reply {
    text("").and_raw_call(name, arguments)
}

fn write(path: &str) -> Reply {
    call(
        "mcp__filesystem__write_file",
        json!({"path": path, "content": "new"}),
    )
}

/// Thinks, speaks, calls tools that work, one that is denied and two whose server fails.
pub(super) fn tools() -> Vec<Reply> {
    vec![
        echo("once")
            .thinking("I look first. 🗼")
            .saying("Let me see."),
        write("own.txt"),
        write("../outside.txt"),
        call("mcp__f__fail", json!({})),
        call("mcp__f__crash", json!({})),
        echo("a").and_call("mcp__f__echo", json!({"text": "b\n\"c\" — ç"})),
        echo("again").in_pieces(1),
        call("mcp__f__add", json!({"a": 1, "b": 2})).in_pieces(40),
    ]
}

/// Breaks rules, and is told so.
fn rules() -> Vec<Reply> {
    vec![
        call("mcp__f__nothing", json!({"x": 1})),
        call("new_answer", json!({"content": 7})).thinking("Seven?"),
    ]
}

/// Says something, and calls nothing.
fn words() -> Vec<Reply> {
    vec![
        text("I think that it is Paris.").thinking("Easy."),
        text("Paris, and").finishing(Finish::Length),
    ]
}

/// Arguments that are no JSON, or no object.
fn arguments() -> Vec<Reply> {
    vec![
        raw("mcp__f__echo", "{\"text\": "),
        raw("mcp__f__echo", "text: a"),
        raw("mcp__f__echo", ""),
        raw("new_answer", "content: Paris"),
        raw("new_answer", "[1, 2]"),
    ]
}

struct Told {
    kind: &'static str,
    requests: Vec<Request>,
    events: Vec<String>,
    told: Vec<(String, String)>,
}

fn play(speaker: Speaker, replies: Vec<Reply>) -> Told {
    let fake = Fake::start(working(Script::new(), "ann", replies));
    let massgen = Massgen::new();
    let mut backend = speaker.backend("ann", &fake);
    backend["cwd"] = "ws".into();
    let faulty = Faulty::new(massgen.sandbox(), "f");
    backend["mcp_servers"] = json!([faulty.config("f", &[])]);
    let team = Team::empty().agent("ann", backend);
    let massgen = massgen.run(&team).args(&["--output", "json", QUESTION]);
    let finished = massgen.finish().expect(0).alone();
    assert_told_well(&fake);
    let document = finished.document();
    assert_eq!(document["answer"], FINAL, "{}\n{finished}", speaker.kind);
    assert_eq!(document["answers"][0]["text"], first_answer("ann"));
    let last = fake
        .requests("ann")
        .into_iter()
        .rfind(|it| !it.tool_results().is_empty());
    let told = last.map(|it| it.tool_results()).unwrap_or_default();
    let root = finished.sandbox.root().to_str().unwrap().to_owned();
    // Formats without a mark for failed results say it in a word.
    let unmarked = |text: &str| text.strip_prefix("Error: ").unwrap_or(text).to_owned();
    let plain = |text: String| unmarked(&text).replace(&root, "");
    Told {
        kind: speaker.kind,
        requests: fake.requests("ann"),
        events: normal(&finished),
        told: told
            .into_iter()
            .map(|(name, text)| (name, plain(text)))
            .collect(),
    }
}

/// The run's events without what differs from run to run and from provider to provider; pieces
/// of one text are joined.
pub(super) fn normal(finished: &Finished) -> Vec<String> {
    let mut events: Vec<Value> = Vec::new();
    for mut event in finished.events() {
        if is_of_the_moment(&event) {
            continue;
        }
        strip(&mut event);
        match events.last_mut() {
            Some(last) if is_more(last, &event) => {
                let more = event["text"].as_str().unwrap_or_default();
                last["text"] =
                    format!("{}{more}", last["text"].as_str().unwrap_or_default()).into();
            }
            _ => events.push(event),
        }
    }
    in_one_order(&mut events);
    let root = finished.sandbox.root().to_str().unwrap();
    let lines = events.iter().map(|it| it.to_string().replace(root, ""));
    lines.collect()
}

/// What depends on the machine's speed, or on the team's file.
fn is_of_the_moment(event: &Value) -> bool {
    match event["event"].as_str() {
        Some("run_started" | "tool_progress" | "mcp_status") => true,
        Some("plugin_warning") => event["text"].as_str().unwrap().contains("a step took"),
        _ => false,
    }
}

fn strip(event: &mut Value) {
    let members = event.as_object_mut().unwrap();
    for member in [
        "seq",
        "ms",
        "schema",
        "call_id",
        "call",
        "duration_ms",
        "form",
        "paths",
    ] {
        members.remove(member);
    }
    if let Some(usage) = members.get_mut("usage") {
        *usage = json!([usage["input"], usage["output"]]);
    }
}

fn is_more(last: &Value, event: &Value) -> bool {
    let kind = event["event"].as_str().unwrap_or_default();
    kind.ends_with("_delta") && last["event"] == event["event"]
}

/// Of tools that run beside each other, whichever is faster ends first.
fn in_one_order(events: &mut [Value]) {
    let both = |a: &Value, b: &Value| a["event"] == "tool_result" && b["event"] == "tool_result";
    for results in events.chunk_by_mut(both) {
        results.sort_by_key(|it| it["preview"].to_string());
    }
}

/// All at once, in the order of the table.
fn play_all(replies: fn() -> Vec<Reply>, who: impl Fn(&Speaker) -> bool) -> Vec<Told> {
    let chosen = SPEAKERS.into_iter().filter(who);
    let runs: Vec<_> = chosen
        .map(|it| thread::spawn(move || play(it, replies())))
        .collect();
    let ended = runs
        .into_iter()
        .map(|it| it.join().expect("a run that went well"));
    ended.collect()
}

#[track_caller]
fn assert_same(told: &[Told], expected: &str) {
    for run in told {
        let lines = run.events.iter().map(String::as_str);
        for (number, (seen, wanted)) in lines.clone().zip(expected.lines()).enumerate() {
            assert_eq!(seen, wanted, "`{}`, event {number}", run.kind);
        }
        assert_eq!(lines.count(), expected.lines().count(), "`{}`", run.kind);
        assert_eq!(run.told, told[0].told, "`{}`", run.kind);
    }
}

/// The events as they were read and found right; `UPDATE_SNAPSHOTS=1` writes them anew.
fn snapshot(name: &str, told: &[Told]) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/wires");
    let file = folder.join(name);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(&file, told[0].events.join("\n") + "\n").unwrap();
    }
    fs::read_to_string(&file).unwrap()
}

#[track_caller]
fn check(name: &str, replies: fn() -> Vec<Reply>, who: impl Fn(&Speaker) -> bool) -> Vec<Told> {
    let told = play_all(replies, who);
    assert!(!told.is_empty());
    assert_same(&told, &snapshot(name, &told));
    told
}

/// What a provider signed, it gets back with every later request of the conversation.
#[track_caller]
fn assert_thinking_comes_back(run: &Told) {
    let signed = seal("ann", 1);
    let later = run.requests.iter().filter(|it| it.attempt() > 1);
    let later: Vec<_> = later.filter(|it| it.wire != Some(Wire::Chat)).collect();
    assert!(later.len() > 5 || run.requests[0].wire == Some(Wire::Chat));
    for request in later {
        let body = request.body.to_string();
        assert!(body.contains(&signed), "`{}`: {body}", run.kind);
    }
}

#[test]
fn tools_are_called_denied_and_fail_alike_over_every_wire() {
    let told = check("tools.jsonl", tools, |_| true);
    told.iter().for_each(assert_thinking_comes_back);
}

#[test]
fn broken_rules_are_told_alike_over_every_wire() {
    check("rules.jsonl", rules, |_| true);
}

#[test]
fn replies_without_a_call_end_alike_over_every_wire() {
    check("words.jsonl", words, |_| true);
}

/// Over Gemini's wire arguments are an object or nothing.
#[test]
fn arguments_that_are_no_json_are_told_alike() {
    check("arguments.jsonl", arguments, |it| it.wire != Wire::Gemini);
}
