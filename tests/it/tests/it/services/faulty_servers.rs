//! A server that misbehaves: its agent goes on, and so do the other servers.

use std::time::Duration;

use it::{Faulty, Massgen, Team};
use serde_json::{Value, json};
use support::{Fake, Reply, Script, Shape, Target, answer, call, on, text, vote};

use super::{Scene, assert_has};
use crate::scripts::{FINAL, QUESTION, decent, working};

fn echo(text: &str) -> Reply {
    call("mcp__f__echo", json!({ "text": text }))
}

#[test]
fn a_tool_is_offered_called_and_its_result_seen() {
    let sum = call("mcp__f__add", json!({"a": 2, "b": 40}));
    let (scene, faulty) = Scene::of(vec![echo("hello"), sum]).faulty("f", &[]);
    let played = scene.play();
    let tools = played.tools();
    assert!(tools.contains(&"mcp__f__echo".to_owned()), "{tools:?}");
    assert!(tools.contains(&"new_answer".to_owned()), "{tools:?}");
    assert_eq!(played.results(), ["echo: hello", "42"]);
    assert_eq!(
        faulty.count("started"),
        1,
        "one session for the agent's life"
    );
    assert_eq!(played.states("f").last().unwrap(), "connected");
}

/// Provider caches match prefixes: the same tools in the same order, byte for byte.
#[test]
fn what_is_offered_never_changes_within_a_run() {
    let (scene, _faulty) = Scene::of(vec![echo("a"), echo("b")]).faulty("f", &[]);
    let (scene, _other) = scene.faulty("g", &["--slow", "100"]);
    let played = scene.set("cwd", "ws").play();
    let requests = played.fake.requests("ann");
    let coordinating: Vec<_> = requests.iter().filter(|it| it.is_coordinating()).collect();
    assert_eq!(coordinating.len(), 3);
    for request in &coordinating {
        assert_eq!(request.body["tools"], coordinating[0].body["tools"]);
        assert_eq!(request.messages()[0], coordinating[0].messages()[0]);
    }
}

#[test]
fn calls_that_a_small_model_writes_as_text_are_carried_out() {
    for shape in [Shape::Tagged, Shape::Fenced, Shape::Bare] {
        let (scene, faulty) = Scene::of(vec![echo("hello").written(shape)]).faulty("f", &[]);
        let played = scene.play();
        assert_eq!(
            faulty.executions("echo"),
            1,
            "{shape:?}\n{}",
            played.finished
        );
        assert_has(&played.last().words(), "echo: hello");
    }
}

#[test]
fn calls_beside_each_other_have_a_result_each() {
    let many = echo("a").and_call("mcp__f__echo", json!({"text": "b"}));
    let many = many.and_raw_call("mcp__f__echo", "{\"text\": ");
    let many = many.and_call("mcp__f__nothing", json!({}));
    let (scene, _faulty) = Scene::of(vec![many]).faulty("f", &[]);
    let results = scene.play().results();
    assert_eq!(results[..2], ["echo: a", "echo: b"]);
    assert_eq!(results.len(), 4, "{results:#?}");
    assert_has(&results[3], "mcp__f__nothing");
}

#[test]
fn every_page_of_tools_is_read() {
    let (scene, _faulty) = Scene::of(vec![echo("a")]).faulty("f", &["--page", "2"]);
    let tools = scene.play().tools();
    let ours = tools.iter().filter(|it| it.starts_with("mcp__f__"));
    assert_eq!(ours.count(), 16, "{tools:?}");
}

#[test]
fn a_tool_that_appears_later_is_offered_and_can_be_called() {
    let grown = call("mcp__f__grown", json!({"text": "up"}));
    let script = Script::new()
        .rule(on("ann").presenting(), text(FINAL))
        .rule(on("ann").attempt(1), call("mcp__f__grow", json!({})))
        .rule(on("ann").containing("grown: up"), answer("Paris"))
        .rule(on("ann").offering("mcp__f__grown"), grown)
        .rule(on("ann"), echo("not yet").after(Duration::from_millis(50)));
    let (scene, _faulty) = Scene::scripted(script).faulty("f", &[]);
    let played = scene.play();
    let results = played.results();
    assert_eq!(results.last().unwrap(), "grown: up", "{results:#?}");
}

#[test]
fn instructions_of_a_server_are_shown() {
    let options = ["--instructions", "Be gentle with the tools."];
    let (scene, _faulty) = Scene::of(vec![echo("a")]).faulty("f", &options);
    let system = scene.play().last().messages()[0].clone();
    assert_has(&system.to_string(), options[1]);
}

#[test]
fn lines_that_are_no_messages_do_no_harm() {
    let (scene, _faulty) = Scene::of(vec![echo("a")]).faulty("f", &["--garbage"]);
    assert_eq!(scene.play().result(), "echo: a");
}

/// The reference lost every tool of the agent by one name.
#[test]
fn a_tool_with_an_unfit_name_takes_nothing_else_away() {
    let odd = vec![
        echo("a"),
        call("mcp__f__search_files", json!({"text": "b"})),
    ];
    let (scene, _faulty) = Scene::of(odd).faulty("f", &["--odd-names"]);
    let played = scene.play();
    assert_eq!(played.results(), ["echo: a", "search files: b"]);
    let tools = played.tools();
    assert!(!tools.contains(&"mcp__f__list".to_owned()), "{tools:?}");
    let fits = |name: &String| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        name.len() <= 64 && name.chars().all(plain)
    };
    assert!(tools.iter().all(fits), "{tools:?}");
    let long = tools.iter().find(|it| it.starts_with("mcp__f__long-name-"));
    let long = call(long.unwrap(), json!({"text": "c"}));
    let (scene, _faulty) = Scene::of(vec![long]).faulty("f", &["--odd-names"]);
    assert_has(&scene.play().result(), ": c");
}

#[test]
fn a_tool_that_fails_gives_its_words() {
    let (scene, faulty) = Scene::of(vec![call("mcp__f__fail", json!({}))]).faulty("f", &[]);
    let played = scene.play();
    assert_has(&played.result(), "it went wrong");
    assert_eq!(faulty.executions("fail"), 1);
    let results = played.finished.events_named("tool_result", None);
    let failed = |it: &&Value| it["name"] == "mcp__f__fail";
    assert_eq!(results.iter().find(failed).unwrap()["is_error"], true);
}

#[test]
fn a_result_is_cut_at_its_limit_and_says_so() {
    let huge = call("mcp__f__huge", json!({"bytes": 300_000}));
    let (scene, _faulty) = Scene::of(vec![huge]).faulty("f", &[]);
    let result = scene.play().result();
    assert!(
        (99_000..101_000).contains(&result.len()),
        "{}",
        result.len()
    );
    assert!(
        result.trim_end_matches('x').len() > 1 || !result.ends_with('x'),
        "no marker"
    );
    let huge = call("mcp__f__huge", json!({"bytes": 3_000}));
    let (scene, _faulty) = Scene::of(vec![huge]).faulty("f", &[]);
    let scene = scene.set("max_tool_result_bytes", 1_000);
    assert!(scene.play().result().len() < 1_200);
}

#[test]
fn data_without_text_is_seen_and_an_image_never_as_text() {
    let calls = ["structured", "image"].map(|it| call(&format!("mcp__f__{it}"), json!({})));
    let (scene, _faulty) = Scene::of(calls.into()).faulty("f", &[]);
    let results = scene.play().results();
    let data: Value = serde_json::from_str(&results[0]).unwrap();
    assert_eq!(data, json!({"degrees": 21, "sky": "clear"}));
    assert_has(&results[1], "a pixel");
    assert!(!results[1].contains("iVBORw0KGgo"), "{}", results[1]);
}

#[test]
fn a_call_beyond_its_deadline_is_cancelled_and_never_repeated() {
    let calls = vec![call("mcp__f__never", json!({})), echo("still there")];
    let (scene, faulty) = Scene::of(calls).faulty("f", &[]);
    let played = scene.set("tool_timeout_seconds", 1).play();
    assert_eq!(played.results()[1], "echo: still there");
    assert_eq!(faulty.executions("never"), 1);
    assert_eq!(faulty.count("cancelled"), 1);
}

#[test]
fn progress_is_told_while_a_tool_runs() {
    let slow = call("mcp__f__slow", json!({"seconds": 0.4, "steps": 4}));
    let (scene, _faulty) = Scene::of(vec![slow]).faulty("f", &[]);
    let played = scene.play();
    assert_eq!(played.result(), "slow, but done");
    let progress = played.finished.events_named("tool_progress", Some("ann"));
    assert!(!progress.is_empty(), "{}", played.finished);
    assert_eq!(progress[0]["name"], "mcp__f__slow");
    assert_has(progress[0]["text"].as_str().unwrap(), "step 1");
}

#[test]
fn ctrl_c_cancels_what_runs() {
    let slow = call("mcp__f__slow", json!({"seconds": 60, "steps": 1}));
    let (scene, faulty) = Scene::of(vec![slow]).faulty("f", &[]);
    let (running, _fake) = scene.set("tool_timeout_seconds", 60).start();
    faulty.wait_for_execution("slow");
    running.interrupt();
    let _finished = running.finish().expect(4).alone();
    assert_eq!(faulty.count("cancelled"), 1, "{:#?}", faulty.log());
}

#[test]
fn the_deadline_of_the_run_cancels_what_runs() {
    let (scene, faulty) = Scene::of(vec![call("mcp__f__never", json!({}))]).faulty("f", &[]);
    let scene = scene.set("tool_timeout_seconds", 60);
    let settings = json!({"orchestrator_timeout_seconds": 2});
    let (running, _fake) = scene.section("timeout_settings", settings).start();
    let _finished = running.finish().expect(3).alone();
    assert_eq!(faulty.count("cancelled"), 1, "{:#?}", faulty.log());
}

/// Whether the call had an effect, nobody knows: it is not made again.
#[test]
fn a_server_that_dies_in_a_call_is_started_again_for_the_next() {
    let (scene, faulty) =
        Scene::of(vec![call("mcp__f__crash", json!({})), echo("back")]).faulty("f", &[]);
    let played = scene.play();
    assert_eq!(played.results()[1], "echo: back");
    assert_eq!(faulty.executions("crash"), 1);
    assert_eq!(faulty.count("started"), 2);
}

#[test]
fn a_call_that_only_reads_is_made_again_after_a_death() {
    let (scene, faulty) = Scene::of(vec![call("mcp__f__flaky", json!({}))]).faulty("f", &[]);
    let played = scene.play();
    assert_eq!(played.result(), "well again");
    assert_eq!(faulty.executions("flaky"), 2);
}

#[test]
fn a_killed_server_is_started_again() {
    let later = echo("again").after(Duration::from_millis(500));
    let (scene, faulty) = Scene::of(vec![echo("first"), later]).faulty("f", &[]);
    let (running, fake) = scene.start();
    fake.wait_for("ann", 2);
    let processes = running.sandbox().processes();
    assert_eq!(processes.len(), 1, "{processes:#?}");
    processes[0].kill();
    let _finished = running.finish().expect(0).alone();
    let request = &fake.requests("ann")[2];
    assert_eq!(request.last_result(), "echo: again");
    assert_eq!(faulty.count("started"), 2);
}

#[test]
fn servers_that_cannot_be_had_leave_the_others_alone() {
    let (scene, dead) = Scene::of(vec![echo("alone")]).faulty("dead", &["--exits"]);
    let (scene, _mute) = scene.faulty("mute", &["--mute"]);
    let scene = scene.server(json!({"name": "gone", "command": "/nowhere/python", "args": []}));
    let (scene, _faulty) = scene.set("connect_timeout_seconds", 1).faulty("f", &[]);
    let played = scene.play();
    assert_eq!(played.result(), "echo: alone");
    for server in ["dead", "mute", "gone"] {
        let states = played.states(server);
        assert!(
            states.iter().any(|it| it == "failed"),
            "{}",
            played.finished
        );
        assert!(!states.iter().any(|it| it == "connected"), "{server}");
    }
    // It is tried again while it may be there in a moment, and not for ever.
    assert!(dead.count("started") <= 4, "{:#?}", dead.log());
    let tools = played.tools();
    let strange = |it: &&String| it.starts_with("mcp__") && !it.starts_with("mcp__f__");
    assert_eq!(tools.iter().filter(strange).count(), 0, "{tools:?}");
}

#[test]
fn without_a_required_server_its_agent_is_out_and_the_run_is_not() {
    for options in [["--exits"], ["--mute"]] {
        let fake = Fake::start(decent(working(Script::new(), "ann", vec![]), "bob"));
        let massgen = Massgen::new();
        let faulty = Faulty::new(massgen.sandbox(), "f");
        let mut config = faulty.config("f", &options);
        config["required"] = true.into();
        config["connect_timeout"] = 1.into();
        let backend = json!({"type": "vllm", "model": "ann", "base_url": fake.base_url(),
                             "mcp_servers": [config]});
        let team = Team::empty()
            .agent("ann", backend)
            .vllm("bob", &fake.base_url());
        let team = team.impatient(30);
        let arguments = ["--output", "json", QUESTION];
        let finished = massgen
            .run(&team)
            .args(&arguments)
            .finish()
            .expect(0)
            .alone();
        assert_eq!(finished.document()["answer"], FINAL, "{finished}");
        assert_eq!(finished.document()["winner"], it::agent_id("bob"));
        assert_eq!(fake.requests("ann").len(), 0, "nothing is asked without it");
        let failed = finished.events_named("agent_failed", Some("ann"));
        assert_has(&failed[0]["message"].to_string(), "required MCP server `f`");
    }
}

/// The reference put the state of servers into the answer.
#[test]
fn servers_that_fail_leave_no_word_in_an_answer() {
    let crash = call("mcp__f__crash", json!({}));
    let script = Script::new()
        .rule(on("ann").presenting().attempt(2), text(FINAL))
        .rule(on("ann").offering("vote"), vote(Target::FirstOffered))
        .rule(on("ann").attempt(1), crash)
        .rule(on("ann"), answer("Paris"));
    let (scene, _dead) = Scene::scripted(script).faulty("dead", &["--exits"]);
    let scene = scene.server(json!({"name": "gone", "command": "/nowhere/python", "args": []}));
    let (scene, faulty) = scene.faulty("f", &[]);
    let played = scene.play();
    assert_eq!(faulty.executions("crash"), 2, "once more in the end");
    for server in ["dead", "gone", "f"] {
        let states = played.states(server);
        assert!(
            states.contains(&"failed".to_owned()),
            "{server}: {states:?}"
        );
    }
    let finished = &played.finished;
    let document = finished.document();
    assert_eq!(document["answer"], FINAL);
    assert_eq!(document["answers"].as_array().map(Vec::len), Some(1));
    assert_eq!(document["answers"][0]["text"], "Paris");
    assert_eq!(finished.logged("final/answer.txt"), FINAL);
    // Nor do the dead ones speak to the model.
    for request in played.fake.requests("ann") {
        let words = request.words();
        assert!(
            !words.contains("told to exit") && !words.contains("nowhere"),
            "{words}"
        );
    }
}

#[test]
fn a_question_to_the_user_is_declined() {
    let (scene, _faulty) = Scene::of(vec![call("mcp__f__ask", json!({}))]).faulty("f", &[]);
    let result = scene.play().result();
    assert!(
        result.contains("decline") || result.contains("-32601"),
        "{result}"
    );
}

#[test]
fn filters_hold_for_exposed_and_bare_names() {
    let cases = [
        (
            json!({"allowed_tools": ["mcp__f__echo"]}),
            vec!["mcp__f__echo"],
        ),
        (
            json!({"allowed_tools": ["echo", "add"], "exclude_tools": ["add"]}),
            vec!["mcp__f__echo"],
        ),
        (json!({"allowed_tools": []}), vec![]),
        (json!({"exclude_tools": ["mcp__f__*"]}), vec![]),
    ];
    for (settings, expected) in cases {
        let hidden = call("mcp__f__note", json!({"text": "a"}));
        let (mut scene, faulty) = Scene::of(vec![hidden]).faulty("f", &[]);
        for (key, value) in settings.as_object().unwrap() {
            scene = scene.set(key, value.clone());
        }
        let played = scene.play();
        let mut tools = played.tools();
        tools.retain(|it| it.starts_with("mcp__"));
        assert_eq!(tools, expected, "{settings}");
        assert_eq!(faulty.executions("note"), 0, "{settings}");
    }
}

#[test]
fn rounds_with_tools_have_an_end() {
    let script = Script::new()
        .rule(on("ann").offering("mcp__f__echo"), echo("once more"))
        .rule(on("ann").presenting(), text(FINAL));
    let (scene, faulty) = Scene::scripted(script.rule(on("ann"), answer("Paris"))).faulty("f", &[]);
    let played = scene.set("max_tool_rounds", 3).play();
    // Three rounds before the answer, and three in the presentation.
    assert_eq!(faulty.executions("echo"), 6, "{}", played.finished);
    assert_eq!(played.finished.document()["answer"], FINAL);
}

#[test]
fn what_servers_offer_is_listed_without_a_run() {
    for (options, code, words) in [(&[][..], 0, "echo"), (&["--exits"][..], 2, "told to exit")] {
        let massgen = Massgen::new();
        let config = Faulty::new(massgen.sandbox(), "f").config("f", options);
        let backend = json!({"type": "vllm", "model": "ann", "mcp_servers": [config]});
        let team = Team::empty().agent("ann", backend);
        let massgen = massgen.file("team.yaml", &team.yaml());
        let arguments = ["mcp", "list", "--config", "team.yaml"];
        let finished = massgen.args(&arguments).finish().expect(code).alone();
        assert_has(&finished.stdout, words);
    }
}
