//! How a conversation grows from call to call.

use events::Rejection;
use expect_test::{Expect, expect};
use massgen_plugin::chat::{Done, FinishReason, Opaque, ReasoningForm, ToolCall};
use serde_json::json;

use super::*;

pub(super) fn setup() -> Setup {
    Setup {
        question: "Where?".into(),
        instructions: None,
        today: "2026-01-31".into(),
        origin: Origin {
            provider: "vllm".into(),
            model: "m".into(),
        },
        model: Abilities::default(),
        params: Params {
            temperature: Some(0.5),
            ..Params::default()
        },
        lending: Lending::default(),
    }
}

fn activation() -> Turn {
    let visible = [VisibleAnswer {
        label: Label::agent(2).answer(1),
        text: "Rome".into(),
        own: false,
    }];
    Turn::coordinate(&setup(), &visible, true)
}

fn done(finish: FinishReason) -> Chunk {
    Chunk::Done(Done {
        finish,
        response_id: None,
        model: None,
    })
}

fn native_vote() -> Chunk {
    Chunk::ToolCall(ToolCall {
        index: 0,
        id: "c1".into(),
        name: "vote".into(),
        arguments: json!({"agent_id": "agent9"}),
    })
}

fn rejected(call: &events::Call) -> Reply {
    Reply::ToolResult {
        call_id: call.id.clone(),
        name: call.name.clone(),
        kind: ReplyKind::Rejected(Rejection::EmptyAnswer),
    }
}

/// Plays one reply and its rejection; shows the turns that the next call adds, one a line.
fn check(chunks: impl IntoIterator<Item = Chunk>, expected: Expect) {
    let mut turn = activation();
    let first = turn.call("1");
    chunks.into_iter().for_each(|chunk| turn.absorb(chunk));
    let response = turn.finish_response().response.unwrap();
    let mut replies: Vec<Reply> = response.calls.iter().map(rejected).collect();
    if replies.is_empty() {
        let kind = ReplyKind::Rejected(Rejection::NoDecision { cut_off: false });
        replies.push(Reply::UserMessage(kind));
    }
    turn.reply(&replies);
    let next = turn.call("2");
    assert_eq!(
        next.turns[..first.turns.len()],
        first.turns,
        "what was said has changed"
    );
    let added = next.turns[first.turns.len()..].iter();
    let lines = added.map(|turn| serde_json::to_string(turn).unwrap() + "\n");
    expected.assert_eq(&lines.collect::<String>());
}

#[test]
fn a_native_call_gets_its_result_and_reasoning_is_replayed() {
    let opaque = Opaque {
        provider: "vllm".into(),
        value: json!("signed"),
    };
    let reasoning = |text: &str| Chunk::Reasoning {
        text: text.into(),
        form: ReasoningForm::Text,
        index: 0,
    };
    check(
        [
            reasoning("so "),
            reasoning("what"),
            Chunk::ReasoningDone {
                index: 0,
                opaque: Some(opaque),
            },
            Chunk::text("I "),
            Chunk::text("vote."),
            native_vote(),
            done(FinishReason::ToolCalls),
        ],
        expect![[r#"
            {"role":"assistant","parts":[{"type":"reasoning","text":"so what","opaque":{"provider":"vllm","value":"signed"}},{"type":"text","text":"I vote."},{"type":"tool_call","id":"c1","name":"vote","arguments":{"agent_id":"agent9"}}],"origin":{"provider":"vllm","model":"m"}}
            {"role":"tool","parts":[{"type":"tool_result","call_id":"c1","name":"vote","parts":[{"type":"text","text":"Not accepted: the answer is empty. Put your complete answer in `content`."}],"is_error":true}]}
        "#]],
    );
}

#[test]
fn a_written_call_stays_text_and_is_answered_by_a_message() {
    check(
        [Chunk::text(
            "{\"name\": \"new_answer\", \"arguments\": {\"content\": \"\"}}",
        )],
        expect![[r#"
            {"role":"assistant","parts":[{"type":"text","text":"{\"name\": \"new_answer\", \"arguments\": {\"content\": \"\"}}"}],"origin":{"provider":"vllm","model":"m"}}
            {"role":"user","parts":[{"type":"text","text":"Not accepted: the answer is empty. Put your complete answer in `content`."}]}
        "#]],
    );
}

#[test]
fn plain_text_is_answered_by_a_message() {
    check(
        [Chunk::text("Rome.")],
        expect![[r#"
            {"role":"assistant","parts":[{"type":"text","text":"Rome."}],"origin":{"provider":"vllm","model":"m"}}
            {"role":"user","parts":[{"type":"text","text":"Not counted: your reply called no tool. Reply again and call `vote` for one of: agent2, or `new_answer` only if you have a clearly better one. If you cannot call tools, write only the call, like this:\n{\"name\": \"new_answer\", \"arguments\": {\"content\": \"your complete answer\"}}\n{\"name\": \"vote\", \"arguments\": {\"agent_id\": \"agent2\", \"reason\": \"why it is the best\"}}"}]}
        "#]],
    );
}

#[test]
fn a_native_call_hides_what_looks_like_one_in_the_text() {
    let mut turn = activation();
    let text = "{\"name\": \"new_answer\", \"arguments\": {\"content\": \"x\"}}";
    [Chunk::text(text), native_vote()]
        .into_iter()
        .for_each(|chunk| turn.absorb(chunk));
    let response = turn.finish_response().response.unwrap();
    assert_eq!(response.text, text);
    assert_eq!(response.calls.len(), 1);
    assert_eq!(response.calls[0].id, "c1");
}

#[test]
fn a_call_that_was_cut_short_leaves_nothing_behind() {
    let mut turn = activation();
    turn.absorb(Chunk::text("half"));
    turn.call("again");
    turn.absorb(Chunk::text("whole"));
    turn.absorb(done(FinishReason::Length));
    let response = turn.finish_response().response.unwrap();
    assert_eq!(
        (response.text.as_str(), response.finish),
        ("whole", FinishReason::Length)
    );
}

#[test]
fn the_presentation_has_no_workflow_tools_and_its_json_stays_text() {
    let mut turn = Turn::present(&setup(), &[], &[]);
    assert_eq!(turn.call("1").tools, []);
    let text = "{\"name\": \"vote\", \"arguments\": {}}";
    turn.absorb(Chunk::text(text));
    let response = turn.finish_response().response.unwrap();
    assert_eq!((response.text.as_str(), response.calls), (text, vec![]));
}

#[test]
fn a_call_carries_the_parameters_and_the_tools_in_order() {
    let call = activation().call("c7");
    let tools: Vec<&str> = call.tools.iter().map(|tool| tool.name.as_str()).collect();
    assert_eq!(
        (call.id.as_str(), call.params.temperature),
        ("c7", Some(0.5))
    );
    assert_eq!(tools, ["new_answer", "vote"]);
}

#[test]
fn the_last_usage_counts() {
    let mut turn = activation();
    for output in [1, 7] {
        turn.absorb(Chunk::Usage(Usage {
            output: Some(output),
            ..Usage::default()
        }));
    }
    assert_eq!(turn.usage().output, Some(7));
}
