//! Several agents with folders of their own: each sees copies of the others' work, and only that.

use std::path::Path;
use std::time::Duration;

use it::{Massgen, Team};
use serde_json::{Value, json};
use support::{Fake, Reply, Request, Script, Target, answer, call, on, text, vote};

use super::assert_has;
use crate::scripts::{FINAL, QUESTION, assert_told_well};

fn read(path: &str) -> Reply {
    call("mcp__filesystem__read_text_file", json!({ "path": path }))
}

/// Ann writes a file and answers. Bob answers, and looks at her copy and her folder before he votes.
fn script(copy: &str, folder: &str) -> Script {
    let write = json!({"path": "result.txt", "content": "forty-two"});
    let write = call("mcp__filesystem__write_file", write);
    let overwrite = json!({"path": copy, "content": "spoiled"});
    let bob = on("bob").offering("vote");
    Script::new()
        .rule(on("ann").presenting(), text(FINAL))
        .rule(on("bob").presenting(), text(FINAL))
        .rule(
            on("ann").offering("vote"),
            vote(Target::Label("agent1".into())),
        )
        .rule(on("ann").attempt(1), write)
        .rule(on("ann"), answer("I wrote result.txt"))
        .rule(bob.clone().attempt(1), read(copy))
        .rule(bob.clone().attempt(2), read(folder))
        .rule(
            bob.clone().attempt(3),
            call("mcp__filesystem__write_file", overwrite),
        )
        .rule(bob, vote(Target::FirstOffered))
        .rule(on("bob"), answer("I wrote nothing"))
}

#[test]
fn a_snapshot_of_the_others_work_can_be_read_and_nothing_else_of_them() {
    let massgen = Massgen::new();
    let work = massgen.sandbox().work();
    let copy = work.join("refs/bob/agent1/result.txt");
    let folder = work.join("ann/result.txt");
    let fake = Fake::start(script(copy.to_str().unwrap(), folder.to_str().unwrap()));
    let backend = |name: &str| json!({"type": "vllm", "model": name, "base_url": fake.base_url(), "cwd": name});
    let folders = json!({"snapshot_storage": "snapshots", "agent_temporary_workspace": "refs"});
    let team = Team::empty()
        .agent("ann", backend("ann"))
        .agent("bob", backend("bob"));
    let team = team.section("orchestrator", folders);
    let massgen = massgen.run(&team).args(&["--output", "json", QUESTION]);
    let finished = massgen.finish().expect(0).alone();
    assert_told_well(&fake);
    assert_eq!(finished.document()["winner"], "ann", "{finished}");
    let seen = |it: &Request| it.tool_results().len() == 3 && it.tool_results()[0].1 == "forty-two";
    let requests = fake.requests("bob");
    let request = requests.iter().rfind(|it| seen(it));
    let results = request
        .unwrap_or_else(|| panic!("{requests:#?}\n{finished}"))
        .tool_results();
    assert_has(&results[1].1, "Permission denied");
    assert_has(&results[2].1, "Permission denied");
    assert_eq!(
        finished.sandbox.read("ann/result.txt").as_deref(),
        Some("forty-two")
    );
    let snapshot = finished.sandbox.read("snapshots/ann/result.txt");
    assert_eq!(snapshot.as_deref(), Some("forty-two"));
}

/// Bob writes a file and answers while ann thinks; she looks at his copy and at what would be a
/// copy of hers, and votes for him.
fn script_of_the_second_agent(refs: &Path) -> Script {
    let write = json!({"path": "result.txt", "content": "forty-two"});
    let ann = on("ann").offering("vote");
    let bob = on("bob").offering("vote");
    let copy = |label: &str| read(refs.join(label).join("result.txt").to_str().unwrap());
    Script::new()
        .rule(on("bob").presenting(), text(FINAL))
        .rule(ann.clone().attempt(1), copy("agent2"))
        .rule(ann.clone().attempt(2), copy("agent1"))
        .rule(ann, vote(Target::FirstOffered))
        .rule(on("ann"), text("Hm.").after(Duration::from_secs(2)))
        .rule(bob, vote(Target::FirstOffered))
        .rule(
            on("bob").attempt(1),
            call("mcp__filesystem__write_file", write),
        )
        .rule(on("bob"), answer("I wrote result.txt"))
}

/// The reference named folders by all agents and answers by those who had answered: `agent2`
/// could be the folder of what `agent1` had written.
#[test]
fn a_folder_has_the_name_of_the_answer_it_belongs_to_when_the_first_agent_has_none() {
    let massgen = Massgen::new();
    let refs = massgen.sandbox().work().join("refs/ann");
    let fake = Fake::start(script_of_the_second_agent(&refs));
    let backend = |name: &str| json!({"type": "vllm", "model": name, "base_url": fake.base_url(), "cwd": name});
    let team = Team::empty()
        .agent("ann", backend("ann"))
        .agent("bob", backend("bob"))
        .section("orchestrator", json!({"agent_temporary_workspace": "refs"}));
    let massgen = massgen.run(&team).args(&["--output", "json", QUESTION]);
    let finished = massgen.finish().expect(0).alone();
    assert_told_well(&fake);
    let answers = &finished.document()["answers"];
    assert_eq!(answers.as_array().map(Vec::len), Some(1), "{finished}");
    assert_eq!(answers[0]["label"], "agent2.1");
    let requests = fake.requests("ann");
    let request = requests.iter().rfind(|it| it.tool_results().len() == 2);
    let request = request.unwrap_or_else(|| panic!("{requests:#?}\n{finished}"));
    assert_eq!(request.vote_targets(), ["agent2"]);
    assert_has(&request.words(), "I wrote result.txt");
    let results = request.tool_results();
    assert_eq!(results[0].1, "forty-two");
    assert!(!results[1].1.contains("forty-two"), "{results:?}");
    let folders = finished.sandbox.named("result.txt");
    let own = finished.sandbox.work().join("refs/ann");
    let shown: Vec<_> = folders.iter().filter(|it| it.starts_with(&own)).collect();
    assert_eq!(shown, [&own.join("agent2/result.txt")]);
}

/// Two agents in one folder erased each other's files in the reference.
#[test]
fn a_folder_belongs_to_one_agent() {
    let fake = Fake::start(Script::new());
    let backend = |cwd: &str| -> Value {
        json!({"type": "vllm", "model": "ann", "base_url": fake.base_url(), "cwd": cwd})
    };
    let team = Team::empty()
        .agent("ann", backend("ws"))
        .agent("bob", backend("./ws"));
    let finished = Massgen::new().run(&team).arg(QUESTION).finish().expect(1);
    assert_has(&finished.stderr, "team.yaml:");
    assert_eq!(fake.all_requests().len(), 0);
}
