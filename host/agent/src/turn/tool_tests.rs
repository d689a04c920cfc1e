//! How tools of the host take part in a conversation.

use std::fmt::Write as _;

use events::Rejection;
use expect_test::{Expect, expect};
use massgen_plugin::chat::{Done, Image, ToolCall};
use serde_json::{Value, json};

use super::tests::setup;
use super::*;

fn tool(name: &str) -> Tool {
    Tool {
        name: name.into(),
        description: String::new(),
        parameters: json!({"type": "object"}),
    }
}

fn lending(max_rounds: u32) -> Setup {
    Setup {
        lending: Lending {
            tools: vec![tool("mcp__fs__read"), tool("mcp__fs__write")],
            max_rounds,
            ..Lending::default()
        },
        ..setup()
    }
}

fn activation() -> Turn {
    let visible = [VisibleAnswer {
        label: Label::agent(2).answer(1),
        text: "Rome".into(),
        own: false,
    }];
    Turn::coordinate(&lending(50), &visible, true)
}

fn presentation() -> Turn {
    Turn::present(&lending(50), &[], &[])
}

fn calls<const N: usize>(calls: [(&str, Value); N]) -> Vec<Chunk> {
    let numbered = (0..).zip(calls);
    let chunk = |(index, (name, arguments)): (u32, (&str, Value))| {
        Chunk::ToolCall(ToolCall {
            index,
            id: format!("c{index}"),
            name: name.into(),
            arguments,
        })
    };
    numbered.map(chunk).collect()
}

fn vote(target: &str) -> (&'static str, Value) {
    ("vote", json!({"agent_id": target}))
}

const READ: &str = "mcp__fs__read";
const WRITE: &str = "mcp__fs__write";

fn plain(text: &str) -> ToolOutcome {
    ToolOutcome {
        is_error: false,
        parts: vec![Part::text(text)],
    }
}

fn run(wanted: &Wanted) -> ToolOutcome {
    match &wanted.refusal {
        Some(why) => ToolOutcome::error(why),
        None => plain(&format!("result of {}", wanted.call.id)),
    }
}

/// What the rules say to a reply that they do not take, as `orchestrator::decide` does.
fn rejected(response: &Response) -> Vec<Reply> {
    let mut reason = Some(ReplyKind::Rejected(Rejection::EmptyAnswer));
    let mut replies = Vec::new();
    for call in &response.calls {
        let kind = match is_workflow(&call.name) {
            true => reason.take().unwrap_or(ReplyKind::AlsoRejected),
            false => ReplyKind::NotOffered,
        };
        replies.push(Reply::ToolResult {
            call_id: call.id.clone(),
            name: call.name.clone(),
            kind,
        });
    }
    replies.extend(reason.map(Reply::UserMessage));
    replies
}

fn hear(turn: &mut Turn, chunks: Vec<Chunk>) -> Finished {
    turn.call("c");
    chunks.into_iter().for_each(|chunk| turn.absorb(chunk));
    turn.finish_response()
}

fn line(part: &Part) -> String {
    match part {
        Part::Text { text } => format!("text {text:?}"),
        Part::ToolCall { id, name, .. } => format!("call {id} {name}"),
        Part::ToolResult {
            call_id,
            parts,
            is_error,
            ..
        } => {
            let text: String = parts.iter().filter_map(Part::as_text).collect();
            let mark = if *is_error { " error" } else { "" };
            format!("result {call_id}{mark} {text:?}")
        }
        _ => "other".into(),
    }
}

/// Plays one reply: its tools run, and if it went to the rules, they reject it. Shows what was
/// run, what the rules heard, and the turns that the next call adds.
fn check(mut turn: Turn, chunks: Vec<Chunk>, expected: Expect) {
    let before = turn.call("1");
    let finished = hear(&mut turn, chunks);
    let mut shown = String::new();
    for wanted in &finished.wanted {
        let (id, arguments) = (&wanted.call.id, &wanted.call.arguments);
        let how = if wanted.refusal.is_some() {
            "refuse"
        } else {
            "run"
        };
        writeln!(shown, "{how} {id} {arguments}").unwrap();
    }
    turn.take_results(finished.wanted.iter().map(run));
    if let Some(response) = finished.response {
        let names: Vec<&str> = response.calls.iter().map(|it| &*it.name).collect();
        writeln!(shown, "rules hear {:?} {names:?}", response.text).unwrap();
        turn.reply(&rejected(&response));
    }
    let next = turn.call("2");
    assert_eq!(next.turns[..before.turns.len()], before.turns);
    for added in &next.turns[before.turns.len()..] {
        let parts: Vec<String> = added.parts.iter().map(line).collect();
        writeln!(shown, "{:?}: {}", added.role, parts.join(", ")).unwrap();
    }
    expected.assert_eq(&shown);
}

#[test]
fn a_reply_that_only_uses_tools_gets_its_results_and_goes_on() {
    let mut chunks = vec![Chunk::text("I look.")];
    chunks.extend(calls([(READ, json!({"path": "a"})), (WRITE, json!(null))]));
    check(
        activation(),
        chunks,
        expect![[r#"
        run c0 {"path":"a"}
        run c1 {}
        Assistant: text "I look.", call c0 mcp__fs__read, call c1 mcp__fs__write
        Tool: result c0 "result of c0", result c1 "result of c1"
    "#]],
    );
}

#[test]
fn a_reply_that_decides_goes_to_the_rules_with_its_decision_only_and_every_call_has_one_result() {
    check(
        activation(),
        calls([
            (READ, json!({})),
            vote("agent9"),
            ("unknown", json!({})),
            (WRITE, json!({})),
            vote("agent8"),
        ]),
        expect![[r#"
            run c0 {}
            run c3 {}
            rules hear "" ["vote", "unknown", "vote"]
            Assistant: call c0 mcp__fs__read, call c1 vote, call c2 unknown, call c3 mcp__fs__write, call c4 vote
            Tool: result c0 "result of c0", result c1 error "Not accepted: the answer is empty. Put your complete answer in `content`.", result c2 error "There is no tool `unknown` here. There are: mcp__fs__read, mcp__fs__write, new_answer, vote", result c3 "result of c3", result c4 error "Not accepted: another call in the same reply was rejected."
        "#]],
    );
}

#[test]
fn an_unknown_tool_beside_known_ones_is_told_what_there_is() {
    check(
        activation(),
        calls([("read", json!({})), (WRITE, json!({}))]),
        expect![[r#"
            run c1 {}
            Assistant: call c0 read, call c1 mcp__fs__write
            Tool: result c0 error "There is no tool `read` here. There are: mcp__fs__read, mcp__fs__write, new_answer, vote", result c1 "result of c1"
        "#]],
    );
}

#[test]
fn a_reply_with_unknown_tools_only_is_for_the_rules() {
    check(
        activation(),
        calls([("write", json!({}))]),
        expect![[r#"
        rules hear "" ["write"]
        Assistant: call c0 write
        Tool: result c0 error "There is no tool `write` here. There are: mcp__fs__write, mcp__fs__read, new_answer, vote"
        User: text "Not accepted: the answer is empty. Put your complete answer in `content`."
    "#]],
    );
}

#[test]
fn a_presenter_who_misspells_a_tool_is_told_so() {
    check(
        presentation(),
        calls([("vote", json!({}))]),
        expect![[r#"
        Assistant: call c0 vote
        Tool: result c0 error "There is no tool `vote` here. There are: mcp__fs__read, mcp__fs__write"
    "#]],
    );
}

#[test]
fn a_presenter_may_use_tools_and_its_first_reply_without_is_the_answer() {
    check(
        presentation(),
        calls([(READ, json!({}))]),
        expect![[r#"
        run c0 {}
        Assistant: call c0 mcp__fs__read
        Tool: result c0 "result of c0"
    "#]],
    );
    check(
        presentation(),
        vec![Chunk::text("Rome.")],
        expect![[r#"
        rules hear "Rome." []
        Assistant: text "Rome."
        User: text "Not accepted: the answer is empty. Put your complete answer in `content`."
    "#]],
    );
}

#[test]
fn arguments_that_are_no_object_are_refused_with_the_reason() {
    check(
        activation(),
        calls([
            (READ, json!("{\"path\": \"a")),
            (READ, json!("[1]")),
            (READ, json!(7)),
            (READ, json!("{\"path\": \"twice\"}")),
        ]),
        expect![[r#"
            refuse c0 "{\"path\": \"a"
            refuse c1 "[1]"
            refuse c2 7
            run c3 {"path":"twice"}
            Assistant: call c0 mcp__fs__read, call c1 mcp__fs__read, call c2 mcp__fs__read, call c3 mcp__fs__read
            Tool: result c0 error "The arguments are not a JSON object: EOF while parsing a string at line 1 column 11. Nothing was done. Call the tool again with its arguments as one JSON object.", result c1 error "The arguments are not a JSON object: they are a list. Nothing was done. Call the tool again with its arguments as one JSON object.", result c2 error "The arguments are not a JSON object: they are a number. Nothing was done. Call the tool again with its arguments as one JSON object.", result c3 "result of c3"
        "#]],
    );
}

#[test]
fn arguments_that_were_cut_off_are_told_so() {
    let mut chunks = calls([(WRITE, json!("{\"content\": \"aaa"))]);
    chunks.push(Chunk::Done(Done {
        finish: FinishReason::Length,
        response_id: None,
        model: None,
    }));
    check(
        activation(),
        chunks,
        expect![[r#"
        refuse c0 "{\"content\": \"aaa"
        Assistant: call c0 mcp__fs__write
        Tool: result c0 error "Your reply was cut off at its greatest length, and the arguments with it: EOF while parsing a string at line 1 column 16. Nothing was done. Do it in smaller steps."
    "#]],
    );
}

#[test]
fn calls_in_text_are_run_and_answered_by_one_message() {
    let text = "Let me see.\n\
        {\"name\": \"mcp__fs__read\", \"arguments\": {\"path\": \"a\"}}\n\
        {\"name\": \"mcp__fs__write\", \"arguments\": {}}";
    check(
        activation(),
        vec![Chunk::text(text)],
        expect![[r#"
        run written_1 {"path":"a"}
        run written_2 {}
        Assistant: text "Let me see.\n{\"name\": \"mcp__fs__read\", \"arguments\": {\"path\": \"a\"}}\n{\"name\": \"mcp__fs__write\", \"arguments\": {}}"
        User: text "Result of `mcp__fs__read`:\nresult of written_1\nResult of `mcp__fs__write`:\nresult of written_2"
    "#]],
    );
    let mixed = "{\"name\": \"mcp__fs__read\", \"arguments\": {}}\n\
        {\"name\": \"new_answer\", \"arguments\": {\"content\": \"\"}}";
    check(
        activation(),
        vec![Chunk::text(mixed)],
        expect![[r#"
        run written_1 {}
        rules hear "" ["new_answer"]
        Assistant: text "{\"name\": \"mcp__fs__read\", \"arguments\": {}}\n{\"name\": \"new_answer\", \"arguments\": {\"content\": \"\"}}"
        User: text "Result of `mcp__fs__read`:\nresult of written_1\nNot accepted: the answer is empty. Put your complete answer in `content`."
    "#]],
    );
}

#[test]
fn pictures_of_a_call_in_text_come_with_the_message() {
    let mut turn = activation();
    let text = "{\"name\": \"mcp__fs__read\", \"arguments\": {}}";
    hear(&mut turn, vec![Chunk::text(text)]);
    let image = Part::Image(Image {
        mime: "image/png".into(),
        data: Some("AA==".into()),
        url: None,
    });
    turn.take_results([ToolOutcome {
        is_error: false,
        parts: vec![image.clone(), Part::text("a dot")],
    }]);
    let last = turn.call("2").turns.pop().unwrap();
    assert_eq!(last.role, Role::User);
    let text = Part::text("Result of `mcp__fs__read`:\na dot");
    assert_eq!(last.parts, [text, image]);
}

/// A caller that loses a result must not lead to a conversation that servers refuse.
#[test]
fn a_result_that_never_came_is_an_error() {
    let mut turn = activation();
    hear(&mut turn, calls([(READ, json!({})), (READ, json!({}))]));
    turn.take_results([plain("first")]);
    let last = turn.call("2").turns.pop().unwrap();
    let lines: Vec<String> = last.parts.iter().map(line).collect();
    let lost = "result c1 error \"The call was not carried out.\"";
    assert_eq!(lines, ["result c0 \"first\"", lost]);
}

fn names(call: &chat::Call) -> Vec<&str> {
    call.tools.iter().map(|tool| &*tool.name).collect()
}

#[test]
fn the_hosts_tools_come_first_as_given_and_none_takes_the_name_of_a_workflow_tool() {
    let mut turn = activation();
    assert_eq!(names(&turn.call("1")), [READ, WRITE, "new_answer", "vote"]);
    turn.offer(&[tool("z"), tool("vote"), tool("a")]);
    let call = turn.call("2");
    assert_eq!(names(&call), ["z", "a", "new_answer", "vote"]);
    assert_ne!(call.tools[3], tool("vote"));
    assert_eq!(names(&presentation().call("1")), [READ, WRITE]);
}

#[test]
fn after_the_last_round_the_tools_are_gone_for_good_and_the_model_is_told() {
    let visible = [];
    let mut turn = Turn::coordinate(&lending(2), &visible, true);
    for round in 1..=2 {
        assert_eq!(names(&turn.call("c")).len(), 3, "round {round}");
        let finished = hear(&mut turn, calls([(READ, json!({}))]));
        turn.take_results(finished.wanted.iter().map(run));
    }
    turn.offer(&[tool("late")]);
    let last = turn.call("c");
    assert_eq!(names(&last), ["new_answer"]);
    assert_eq!(last.tool_choice, chat::ToolChoice::Auto);
    let message = last.turns.last().unwrap().joined_text();
    expect!["You have used your tools 2 times in a row; they are not available any more. Now call `new_answer` with your complete answer."].assert_eq(&message);
    let finished = hear(&mut turn, calls([(READ, json!({}))]));
    assert_eq!(finished.wanted, []);
    turn.reply(&rejected(&finished.response.unwrap()));
    assert_eq!(names(&turn.call("c")), ["new_answer"]);
}

#[test]
fn a_new_attempt_counts_its_rounds_from_the_start() {
    let mut turn = Turn::coordinate(&lending(2), &[], true);
    for _ in 0..3 {
        let finished = hear(&mut turn, calls([(READ, json!({}))]));
        turn.take_results(finished.wanted.iter().map(run));
        let finished = hear(&mut turn, vec![Chunk::text("Hm.")]);
        turn.reply(&rejected(&finished.response.unwrap()));
    }
    assert_eq!(names(&turn.call("c")).len(), 3);
}

#[test]
fn without_rounds_no_tool_is_on_offer() {
    let mut turn = Turn::present(&lending(0), &[], &[]);
    assert_eq!(turn.call("1").tools, []);
}
