//! What people and programs see of a run: events in, bytes out.

#![expect(clippy::unwrap_used, reason = "a broken fixture should fail the test")]

use std::io::{self, Write};

use anstream::StripStream;
use display::{Detail, Mode, Output};
use events::{Envelope, RunReport, Status};
use expect_test::{Expect, expect};

const RUN: &str = r#"
- {"event":"run_started","question":"?","agents":[{"id":"ann","label":"agent1","backend":"vllm","model":null},{"id":"bob","label":"agent2","backend":"chatcompletion","model":"m-1"}],"massgen":"0.1.0","started_at":"2026-01-02T03:04:05Z","plan":{}}
ann {"event":"agent_activated","activation":1,"round":0,"visible_labels":[]}
ann {"event":"agent_status","status":"working"}
ann {"event":"call_started","call":"c1","attempt":1}
ann {"event":"text_delta","text":"Tea is"}
ann {"event":"reasoning_delta","text":"thinking\nabout","form":"summary"}
bob {"event":"text_delta","text":"first\nsec\u001b[2J"}
ann {"event":"text_delta","text":" good.\nAlways"}
ann {"event":"tool_call","name":"new_answer","arguments_preview":"{\"content\":\n\"tea\"}"}
ann {"event":"call_ended","call":"c1","usage":{"input":1},"finish":"tool_calls","duration_ms":5}
ann {"event":"answer_recorded","label":"agent1.1","text":"téa","source":"tool"}
bob {"event":"restart_requested","by":"ann"}
bob {"event":"vote_discarded","cause":"restart_pending"}
bob {"event":"agent_activated","activation":2,"round":1,"visible_labels":["agent1.1","agent2.1"]}
bob {"event":"waiting","reason":"rate_limit","wait_ms":2500}
bob {"event":"waiting","reason":"retry","wait_ms":90000}
bob {"event":"rule_violation","kind":"no_decision","attempt":2,"message":"neither tool was called"}
bob {"event":"tool_result","name":"vote","is_error":true,"preview":"no such agent"}
bob {"event":"tool_result","name":"vote","is_error":false,"preview":"fine"}
bob {"event":"tool_progress","call_id":"c2","name":"mcp__fs__read_file","text":"3 of 10"}
bob {"event":"mcp_status","server":"fs","status":"connecting","detail":""}
bob {"event":"mcp_status","server":"fs","status":"downloading","detail":"first use"}
bob {"event":"mcp_status","server":"fs","status":"connected","detail":"11 tools"}
bob {"event":"mcp_status","server":"web","status":"failed","detail":"exit code 1"}
bob {"event":"mcp_status","server":"web","status":"blocked","detail":""}
bob {"event":"warning","text":"the snapshot is too large"}
bob {"event":"server_tool","name":"web_search","status":"started","detail":""}
bob {"event":"status","text":"loading\nthe model"}
bob {"event":"agent_failed","cause":"fault","code":"rate_limited","message":"too many requests","retry_in_ms":2000,"final":false}
bob {"event":"agent_failed","cause":"turn_deadline","message":"too late","final":true}
bob {"event":"agent_failed","cause":"run_deadline","message":"no reply","final":false}
bob {"event":"answer_recorded","label":"agent2.1","text":"x","source":"text"}
ann {"event":"vote_recorded","target_label":"agent2.1","reason":"clear\u001b]0;x\u0007\nand short"}
ann {"event":"vote_discarded","cause":"new_answer"}
ann {"event":"vote_recorded","target_label":"agent2.1","reason":""}
ann {"event":"abstained"}
- {"event":"consensus_reached"}
- {"event":"timeout","scope":"coordination"}
- {"event":"winner_selected","winner":"bob","label":"agent2.1","counts":[{"agent":"bob","label":"agent2.1","votes":1}],"tie":true}
bob {"event":"final_attempt_started","n":1}
bob {"event":"final_delta","text":"The final"}
bob {"event":"final_rejected","n":1,"kind":"empty","message":"no text"}
bob {"event":"final_attempt_started","n":2}
bob {"event":"final_accepted","n":2,"status":"stored","text":"x"}
bob {"event":"plugin_warning","plugin":"vllm","text":"a ticket came twice"}
- {"event":"run_finished","status":"ok","exit_code":0,"paths":{"log_dir":"/logs/a","events":"b"}}
"#;

fn run() -> Vec<Envelope> {
    let lines = RUN.trim().lines().enumerate();
    let envelopes = lines.map(|(n, line)| {
        let (agent, event) = line.split_once(' ').unwrap();
        let agent = (agent != "-").then(|| agent.into());
        Envelope::new(
            n as u64,
            n as u64 * 100,
            agent,
            serde_json::from_str(event).unwrap(),
        )
    });
    envelopes.collect()
}

fn report(answer: Option<&str>) -> RunReport {
    let report = r#"{"schema":1,"status":"ok","answer":null,"winner":"bob","answers":[],"votes":[],
        "usage":{"total":{"calls":1},"agents":{}},
        "timings":{"total_ms":1,"coordination_ms":1,"presentation_ms":0},
        "paths":{"log_dir":"a","events":"b"}}"#;
    let report: RunReport = serde_json::from_str(report).unwrap();
    RunReport {
        answer: answer.map(str::to_owned),
        ..report
    }
}

/// Without an answer.
fn ended(status: Status) -> RunReport {
    RunReport {
        status,
        ..report(None)
    }
}

/// Both streams of a whole run.
fn shown(mode: Mode, detail: Detail, answer: Option<&str>) -> (String, String) {
    shown_as(mode, detail, &report(answer))
}

fn shown_as(mode: Mode, detail: Detail, report: &RunReport) -> (String, String) {
    let (mut out, mut progress) = (Vec::new(), Vec::new());
    let mut output = Output::new(
        mode,
        detail,
        &mut out,
        StripStream::new(&mut progress as &mut dyn Write),
    );
    run().iter().for_each(|envelope| output.event(envelope));
    output.finish(report).unwrap();
    drop(output);
    (
        String::from_utf8(out).unwrap(),
        String::from_utf8(progress).unwrap(),
    )
}

fn check_progress(detail: Detail, expected: Expect) {
    expected.assert_eq(&shown(Mode::Text, detail, Some("x")).1);
}

fn check_answer(answer: Option<&str>, written: &str) {
    for mode in [Mode::Text, Mode::Quiet] {
        assert_eq!(shown(mode, Detail::State, answer).0, written);
    }
}

#[test]
fn every_state_event_is_one_line() {
    check_progress(
        Detail::State,
        expect![[r#"
            [team] ann (vllm), bob (chatcompletion m-1)
            [ann] begins
            [ann] calls new_answer: {"content": "tea"}
            [ann] answer agent1.1 (3 characters)
            [bob] will start again: ann answered
            [bob] vote not taken: a new answer came meanwhile
            [bob] begins, seeing agent1.1, agent2.1
            [bob] waits 2.5 s for the rate limit
            [bob] sends the request again in 1 min 30 s
            [bob] attempt 2 not taken: neither tool was called
            [bob] vote failed: no such agent
            [bob] MCP server fs is being downloaded: first use
            [bob] MCP server web failed: exit code 1
            [bob] MCP server web failed too often and is left alone for a while
            [bob] the snapshot is too large
            [bob] web_search started
            [bob] loading the model
            [bob] retrying in 2 s: too many requests
            [bob] failed: too late
            [bob] cut off: no reply
            [bob] answer agent2.1 (1 character, given as plain text)
            [ann] vote → agent2.1: clear and short
            [ann] vote void: a new answer came
            [ann] vote → agent2.1
            [ann] abstains
            [team] consensus reached
            [team] time for answers and votes is over
            [team] bob wins with agent2.1 (1 vote, first of several equals)
            [bob] writes the final answer
            [bob] final answer not taken: no text
            [bob] writes the final answer again, attempt 2
            [bob] final answer (1 character, the stored one)
            [bob] plugin vllm: a ticket came twice
            [team] finished after 4.5 s; log in /logs/a
        "#]],
    );
}

#[test]
fn text_is_shown_by_the_line_when_asked_for() {
    check_progress(
        Detail::Text,
        expect![[r#"
            [team] ann (vllm), bob (chatcompletion m-1)
            [ann] begins
            [ann] ~ thinking
            [bob] | first
            [ann] | Tea is good.
            [ann] | Always
            [ann] ~ about
            [ann] calls new_answer: {"content": "tea"}
            [ann] answer agent1.1 (3 characters)
            [bob] | sec
            [bob] will start again: ann answered
            [bob] vote not taken: a new answer came meanwhile
            [bob] begins, seeing agent1.1, agent2.1
            [bob] waits 2.5 s for the rate limit
            [bob] sends the request again in 1 min 30 s
            [bob] attempt 2 not taken: neither tool was called
            [bob] vote failed: no such agent
            [bob] vote gave: fine
            [bob] mcp__fs__read_file goes on: 3 of 10
            [bob] MCP server fs is being connected
            [bob] MCP server fs is being downloaded: first use
            [bob] MCP server fs is connected: 11 tools
            [bob] MCP server web failed: exit code 1
            [bob] MCP server web failed too often and is left alone for a while
            [bob] the snapshot is too large
            [bob] web_search started
            [bob] loading the model
            [bob] retrying in 2 s: too many requests
            [bob] failed: too late
            [bob] cut off: no reply
            [bob] answer agent2.1 (1 character, given as plain text)
            [ann] vote → agent2.1: clear and short
            [ann] vote void: a new answer came
            [ann] vote → agent2.1
            [ann] abstains
            [team] consensus reached
            [team] time for answers and votes is over
            [team] bob wins with agent2.1 (1 vote, first of several equals)
            [bob] writes the final answer
            [bob] | The final
            [bob] final answer not taken: no text
            [bob] writes the final answer again, attempt 2
            [bob] final answer (1 character, the stored one)
            [bob] plugin vllm: a ticket came twice
            [team] finished after 4.5 s; log in /logs/a
        "#]],
    );
}

#[test]
fn the_answer_stands_alone_with_one_line_end() {
    check_answer(Some("a\r\n\u{1b}[1mb"), "a\r\n\u{1b}[1mb\n");
    check_answer(Some("a\n"), "a\n");
    check_answer(Some(""), "\n");
    check_answer(None, "");
}

#[test]
fn json_is_one_document_and_events_are_the_lines_of_the_log() {
    let (out, progress) = shown(Mode::Json, Detail::State, Some("x"));
    assert_eq!(
        serde_json::from_str::<RunReport>(&out).unwrap(),
        report(Some("x"))
    );
    assert!(out.ends_with("}\n") && !progress.is_empty());

    let (out, progress) = shown(Mode::Events, Detail::State, Some("x"));
    let lines = out
        .lines()
        .map(|line| serde_json::from_str::<Envelope>(line).unwrap());
    assert_eq!(lines.collect::<Vec<_>>(), run());
    assert_eq!(progress, "");
}

#[test]
fn failures_are_said_even_when_quiet() {
    let check = |status, expected: Expect| {
        let (out, progress) = shown_as(Mode::Quiet, Detail::Text, &ended(status));
        assert_eq!(out, "");
        expected.assert_eq(&progress);
    };
    check(
        Status::Failed,
        expect![[r#"
            [bob] failed: too late
            [team] no answer: every agent failed; log in a
        "#]],
    );
    check(
        Status::Deadline,
        expect![[r#"
            [bob] failed: too late
            [team] no answer: the time is over; log in a
        "#]],
    );
    check(
        Status::Interrupted,
        expect![[r#"
            [bob] failed: too late
            [team] no answer: interrupted; log in a
        "#]],
    );
    let with_answer = shown(Mode::Quiet, Detail::Text, Some("x"));
    assert_eq!(
        with_answer,
        ("x\n".into(), "[bob] failed: too late\n".into())
    );
}

fn line(event: &str) -> String {
    let event = serde_json::from_str(event).unwrap();
    let mut progress = Vec::new();
    let written = StripStream::new(&mut progress as &mut dyn Write);
    let mut output = Output::new(Mode::Text, Detail::State, io::sink(), written);
    output.event(&Envelope::new(0, 0, None, event));
    drop(output);
    String::from_utf8(progress).unwrap()
}

#[test]
fn advice_is_shown_whole_after_a_long_story() {
    let message = format!("{} (hint: {}`)", "long ".repeat(80), "set `x` ".repeat(20));
    let event =
        format!(r#"{{"event":"agent_failed","cause":"fault","message":"{message}","final":true}}"#);
    let line = line(&event);
    let advice = format!("… (hint: {}`)\n", "set `x` ".repeat(20));
    assert!(line.ends_with(&advice), "{line}");
}

#[test]
fn a_winner_without_votes_is_said_simply() {
    let winner = |counts: &str| {
        line(&format!(
            r#"{{"event":"winner_selected","winner":"ann","label":"agent1.1","counts":[{counts}],"tie":false}}"#
        ))
    };
    let [ann, bob] = ["ann", "bob"].map(|agent| {
        let label = if agent == "ann" {
            "agent1.1"
        } else {
            "agent2.1"
        };
        format!(r#"{{"agent":"{agent}","label":"{label}","votes":0}}"#)
    });
    assert_eq!(
        winner(&ann),
        "[team] ann wins with agent1.1, the only answer\n"
    );
    assert_eq!(
        winner(&format!("{ann},{bob}")),
        "[team] ann wins with agent1.1 (no votes)\n"
    );
}

/// Refuses everything.
struct Closed(io::ErrorKind);

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(self.0.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error_but_a_full_disk_is() {
    for (kind, fine) in [
        (io::ErrorKind::BrokenPipe, true),
        (io::ErrorKind::StorageFull, false),
    ] {
        for mode in [Mode::Text, Mode::Json, Mode::Events, Mode::Quiet] {
            let mut output = Output::new(mode, Detail::Text, Closed(kind), Closed(kind));
            run().iter().for_each(|envelope| output.event(envelope));
            assert_eq!(output.finish(&report(Some("x"))).is_ok(), fine, "{mode:?}");
        }
    }
}
