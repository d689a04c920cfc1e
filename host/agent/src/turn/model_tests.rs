//! Conversations with models that cannot take everything, and with providers that pause.

use expect_test::{Expect, expect};
use massgen_plugin::chat::{Done, Image, ServerToolStatus};
use serde_json::{Value, json};

use super::tests::setup;
use super::*;
use crate::NameRule;

fn tool(name: &str) -> Tool {
    Tool {
        name: name.into(),
        description: "Reads {a} file.".into(),
        parameters: json!({"type": "object", "properties": {"path": {"type": "string"}}}),
    }
}

/// An agent with these tools whose model can take so much.
fn with(model: Abilities, tools: &[&str]) -> Setup {
    Setup {
        model,
        lending: Lending {
            tools: tools.iter().map(|name| tool(name)).collect(),
            ..Lending::default()
        },
        ..setup()
    }
}

/// A model that cannot be offered tools.
fn mute() -> Abilities {
    Abilities {
        function_tools: false,
        ..Abilities::default()
    }
}

fn done(finish: FinishReason) -> Chunk {
    Chunk::Done(Done {
        finish,
        response_id: None,
        model: None,
    })
}

fn hear(turn: &mut Turn, chunks: impl IntoIterator<Item = Chunk>) -> Finished {
    for chunk in chunks {
        let chunk = turn.read(chunk);
        turn.absorb(chunk);
    }
    turn.finish_response()
}

fn says(turn: &mut Turn, text: &str) -> Finished {
    hear(turn, [Chunk::text(text), done(FinishReason::Stop)])
}

/// The newest turn of the next call, whose beginning must be the call before.
fn check_last(before: &chat::Call, next: &chat::Call, expected: Expect) {
    assert_eq!(
        next.turns[..before.turns.len()],
        before.turns,
        "what was said has changed"
    );
    expected.assert_eq(&serde_json::to_string_pretty(next.turns.last().unwrap()).unwrap());
}

#[test]
fn tools_are_described_in_words_to_a_model_that_cannot_be_offered_any() {
    let mut turn = Turn::coordinate(&with(mute(), &["mcp__fs__read"]), &[], true);
    let call = turn.call("1");
    assert_eq!(call.tools, []);
    expect![[r##"
        # Task

        Where?

        There is no answer yet.

        Now call `new_answer` with your complete answer.

        # Tools

        You cannot call tools by yourself. To have one run, end your reply with one JSON object in exactly this form, and write nothing after it:
        {"name": "NAME", "arguments": {"ARGUMENT": "VALUE"}}
        Only the last such object of a reply counts. The tools:

        `mcp__fs__read`: Reads {a} file.
        Arguments as JSON Schema: {"properties":{"path":{"type":"string"}},"type":"object"}

        `new_answer`: Give your own complete answer to the task.
        Arguments as JSON Schema: {"additionalProperties":false,"properties":{"content":{"description":"The complete answer, ready for the reader.","type":"string"}},"required":["content"],"type":"object"}"##]]
    .assert_eq(&call.turns[1].joined_text());
}

#[test]
fn a_written_call_is_run_and_its_result_is_told_in_words() {
    let mut turn = Turn::coordinate(&with(mute(), &["mcp__fs__read"]), &[], true);
    let first = turn.call("1");
    let finished = says(
        &mut turn,
        "I read.\n```json\n{\"tool_name\": \"mcp__fs__read\", \"arguments\": {\"path\": \"a}b\"}}\n```",
    );
    assert_eq!(finished.response, None);
    let [wanted] = finished.wanted.as_slice() else {
        panic!("{finished:?}")
    };
    assert_eq!(wanted.call.arguments, json!({"path": "a}b"}));
    assert!(wanted.written && wanted.refusal.is_none());
    let outcome = ToolOutcome {
        is_error: false,
        parts: vec![Part::text("what it holds")],
    };
    turn.take_results([outcome]);
    check_last(
        &first,
        &turn.call("2"),
        expect![[r#"
            {
              "role": "user",
              "parts": [
                {
                  "type": "text",
                  "text": "Result of `mcp__fs__read`:\nwhat it holds"
                }
              ]
            }"#]],
    );
    let finished = says(
        &mut turn,
        "{\"action_type\": \"new_answer\", \"answer_data\": {\"action\": \"new_answer\", \"content\": \"Rome\"}}",
    );
    let response = finished.response.unwrap();
    assert_eq!(response.calls.len(), 1, "once: {response:?}");
    assert_eq!(response.calls[0].arguments, json!({"content": "Rome"}));
}

#[test]
fn the_last_written_call_counts_and_what_came_before_stays_text() {
    let mut turn = Turn::coordinate(&with(mute(), &["mcp__fs__read"]), &[], true);
    turn.call("1");
    let thought = "{\"name\": \"new_answer\", \"arguments\": {\"content\": \"Bonn?\"}} no:";
    let finished = says(
        &mut turn,
        &format!(
            "{thought}\n{{\"name\": \"new_answer\", \"arguments\": {{\"content\": \"Rome\"}}}}"
        ),
    );
    let response = finished.response.unwrap();
    assert_eq!(response.text, thought);
    let answers: Vec<&Value> = response.calls.iter().map(|it| &it.arguments).collect();
    assert_eq!(answers, [&json!({"content": "Rome"})]);
}

#[test]
fn other_tools_are_described_anew_and_the_same_ones_are_not() {
    let mut turn = Turn::present(&with(mute(), &["a"]), &[], &[]);
    let use_a = "{\"name\": \"a\", \"arguments\": {}}";
    let mut described = Vec::new();
    for tools in [&["a"][..], &["a"], &["a", "b"], &["a", "b"]] {
        let tools: Vec<Tool> = tools.iter().map(|name| tool(name)).collect();
        assert!(turn.offer(&tools).is_empty());
        let last = turn.call("n").turns.pop().unwrap().joined_text();
        described.push((last.contains("`a`: "), last.contains("`b`: ")));
        assert_eq!(says(&mut turn, use_a).wanted.len(), 1);
        turn.take_results([ToolOutcome::error("no")]);
    }
    let expected = [(true, false), (false, false), (true, true), (false, false)];
    assert_eq!(described, expected);
}

#[test]
fn a_paused_reply_goes_on_in_the_same_turn_and_is_judged_whole() {
    let mut turn = Turn::coordinate(&with(Abilities::default(), &[]), &[], true);
    let first = turn.call("1");
    let searched = Chunk::ServerTool(ServerToolStatus {
        name: "web_search".into(),
        status: "completed".into(),
        detail: String::new(),
        opaque: Some(chat::Opaque {
            provider: "vllm".into(),
            value: json!("s"),
        }),
    });
    let paused = [Chunk::text("I look. "), searched, done(FinishReason::Pause)];
    assert_eq!(hear(&mut turn, paused), Finished::default());
    turn.take_results([]);
    let second = turn.call("2");
    check_last(
        &first,
        &second,
        expect![[r#"
            {
              "role": "assistant",
              "parts": [
                {
                  "type": "text",
                  "text": "I look. "
                },
                {
                  "type": "server_tool",
                  "opaque": {
                    "provider": "vllm",
                    "value": "s"
                  }
                }
              ],
              "origin": {
                "provider": "vllm",
                "model": "m"
              }
            }"#]],
    );
    let response = says(&mut turn, "Rome.").response.unwrap();
    assert_eq!(response.text, "I look. Rome.");
    turn.reply(&[]);
    let third = turn.call("3");
    assert_eq!(third.turns.len(), second.turns.len(), "one turn");
    assert_eq!(third.turns[2].parts[..2], second.turns[2].parts[..]);
    assert_eq!(third.turns[2].parts.len(), 3);
}

#[test]
fn pauses_come_to_an_end() {
    let mut turn = Turn::present(&with(Abilities::default(), &[]), &[], &[]);
    let mut pauses = 0;
    let response = loop {
        turn.call("again");
        let finished = hear(&mut turn, [Chunk::text("."), done(FinishReason::Pause)]);
        if let Some(response) = finished.response {
            break response;
        }
        pauses += 1;
        assert!(pauses <= MOST_PAUSES);
    };
    assert_eq!(
        (pauses, response.finish),
        (MOST_PAUSES, FinishReason::Pause)
    );
}

#[test]
fn a_call_in_a_paused_reply_is_answered_like_any_other() {
    let mut turn = Turn::present(&with(Abilities::default(), &["a"]), &[], &[]);
    turn.call("1");
    let call = Chunk::ToolCall(ToolCall {
        index: 0,
        id: "c1".into(),
        name: "a".into(),
        arguments: json!({}),
    });
    let finished = hear(&mut turn, [call, done(FinishReason::Pause)]);
    assert_eq!(finished.wanted.len(), 1);
    turn.take_results([ToolOutcome::error("no")]);
    assert_eq!(turn.call("2").turns.last().unwrap().role, Role::Tool);
}

#[test]
fn a_name_that_the_provider_refuses_is_changed_on_the_way_out_and_back() {
    let model = Abilities {
        names: NameRule::new(20, "[A-Za-z0-9_]+"),
        ..Abilities::default()
    };
    let own = "mcp__files__read-file";
    let mut turn = Turn::present(&with(model, &[own]), &[], &[]);
    let offered = turn.call("1").tools[0].name.clone();
    assert!(offered.len() <= 20 && !offered.contains('-'), "{offered}");
    let call = Chunk::ToolCall(ToolCall {
        index: 0,
        id: "c1".into(),
        name: offered.clone(),
        arguments: json!({}),
    });
    let wanted = hear(&mut turn, [call]).wanted;
    assert_eq!(wanted[0].call.name, own);
    turn.take_results([ToolOutcome::error("no")]);
    let turns = turn.call("2").turns;
    let names = turns[2..].iter().flat_map(|turn| &turn.parts);
    let names = names.filter_map(|part| match part {
        Part::ToolCall { name, .. } | Part::ToolResult { name, .. } => Some(name),
        _ => None,
    });
    assert_eq!(names.collect::<Vec<_>>(), [&offered, &offered]);
}

#[test]
fn tools_of_one_name_are_refused_once_and_by_name() {
    let mut turn = Turn::coordinate(&with(Abilities::default(), &["a"]), &[], true);
    let tools = [tool("a"), tool("vote"), tool("a"), tool("b")];
    assert_eq!(turn.offer(&tools), ["vote", "a"]);
    assert!(turn.offer(&tools).is_empty());
    let call = turn.call("1");
    let names: Vec<&str> = call.tools.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "new_answer"]);
}

#[test]
fn pictures_of_results_are_replaced_for_a_model_that_sees_none() {
    let model = Abilities {
        images: false,
        ..Abilities::default()
    };
    let mut turn = Turn::present(&with(model, &["a"]), &[], &[]);
    turn.call("1");
    says(&mut turn, "{\"name\": \"a\", \"arguments\": {}}");
    let picture = Part::Image(Image {
        mime: "image/png".into(),
        data: Some("AAAA".into()),
        url: None,
    });
    turn.take_results([ToolOutcome {
        is_error: false,
        parts: vec![Part::text("seen"), picture],
    }]);
    let text = turn.call("2").turns.last().unwrap().joined_text();
    let expected = "Result of `a`:\nseen\n[A picture (image/png) stood here; this model cannot be \
                    shown pictures.]";
    assert_eq!(text, expected);
}
