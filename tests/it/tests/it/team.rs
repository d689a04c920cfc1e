//! A team that agrees: what it sends to models, what it prints, what it writes down.

use it::{Finished, Massgen, Team, agent_id};
use serde_json::{Value, json};
use support::{Fake, Request};

use crate::scripts::{FINAL, QUESTION, assert_told_well, consensus, first_answer};

const TEAM: [&str; 3] = ["ann", "bob", "cy"];

fn run(arguments: &[&str]) -> (Finished, Fake) {
    let fake = Fake::start(consensus(&TEAM));
    let massgen = Massgen::new().run(&Team::on(&fake, &TEAM));
    let finished = massgen.args(arguments).arg(QUESTION).finish().expect(0);
    assert_told_well(&fake);
    (finished, fake)
}

#[test]
fn stdout_is_the_presented_answer_alone() {
    let (finished, _fake) = run(&[]);
    assert_eq!(finished.stdout, format!("{FINAL}\n"));
    assert!(!finished.stderr.is_empty(), "progress belongs on stderr");
    assert!(
        !finished.stderr.contains('\u{1b}'),
        "no colours without a terminal\n{finished}"
    );
}

#[test]
fn the_document_says_who_answered_what_and_who_won() {
    let (finished, fake) = run(&["--output", "json"]);
    let document = finished.document();
    let keys: Vec<_> = document
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let expected = [
        "agents", "answer", "answers", "paths", "schema", "status", "timings", "usage", "votes",
        "winner",
    ];
    assert_eq!(keys, expected);
    assert_eq!(document["schema"], 1);
    assert_eq!(document["status"], "ok");
    assert_eq!(document["answer"], FINAL);
    assert_eq!(document["winner"], agent_id("ann"));
    let agents = TEAM.iter().map(
        |model| json!({"id": agent_id(model), "backend": "vllm", "model": model, "state": "voted"}),
    );
    assert_eq!(document["agents"], agents.collect::<Value>());
    let answers = TEAM.iter().enumerate().map(|(n, model)| {
        json!({"agent": agent_id(model), "label": format!("agent{}.1", n + 1),
               "text": first_answer(model), "source": "tool"})
    });
    assert_eq!(document["answers"], answers.collect::<Value>());
    let votes = TEAM.iter().map(|model| {
        json!({"voter": agent_id(model), "target": agent_id("ann"), "reason": "agent1 is right"})
    });
    assert_eq!(document["votes"], votes.collect::<Value>());
    assert_usage(&document["usage"], &fake);
}

#[track_caller]
fn assert_usage(usage: &Value, fake: &Fake) {
    let calls = |model: &str| u64::try_from(fake.requests(model).len()).unwrap();
    // A server of one's own has no price.
    let tally = |calls: u64| {
        json!({
            "calls": calls,
            "input": 11 * calls,
            "output": 7 * calls,
            "unpriced_calls": calls,
        })
    };
    assert_eq!(usage["total"], tally(TEAM.iter().map(|it| calls(it)).sum()));
    for model in TEAM {
        assert_eq!(
            usage["agents"][agent_id(model)],
            tally(calls(model)),
            "{model}"
        );
    }
}

#[test]
fn paths_in_the_document_lead_to_the_files_of_the_run() {
    let (finished, _fake) = run(&["--output", "json"]);
    let paths = &finished.document()["paths"];
    let work = finished.sandbox.work();
    let log_dir = work.join(paths["log_dir"].as_str().unwrap());
    let events = work.join(paths["events"].as_str().unwrap());
    assert_eq!(
        log_dir.canonicalize().unwrap(),
        finished.run_dir().canonicalize().unwrap()
    );
    assert!(events.is_file());
    let kept: Value = serde_json::from_str(&finished.logged("result.json")).unwrap();
    assert_eq!(kept, finished.document());
}

#[test]
fn events_tell_the_story_in_order() {
    let (finished, _fake) = run(&[]);
    let events = finished.events();
    for (n, event) in events.iter().enumerate() {
        assert_eq!((&event["schema"], &event["seq"]), (&json!(1), &json!(n)));
    }
    let names: Vec<_> = events
        .iter()
        .map(|it| it["event"].as_str().unwrap())
        .collect();
    let only = |name: &str| {
        assert_eq!(
            names.iter().filter(|it| **it == name).count(),
            1,
            "{name} in {names:?}"
        );
        names.iter().position(|it| *it == name).unwrap()
    };
    let last_answer = names
        .iter()
        .rposition(|it| *it == "answer_recorded")
        .unwrap();
    let story = [
        only("run_started"),
        last_answer,
        only("consensus_reached"),
        only("winner_selected"),
        only("final_attempt_started"),
        only("final_accepted"),
        only("run_finished"),
    ];
    assert!(story.is_sorted(), "{story:?} in {names:?}");
    assert_eq!((story[0], story[6]), (0, names.len() - 1));
    assert_eq!(
        names.iter().filter(|it| **it == "answer_recorded").count(),
        3
    );
    let votes = names[last_answer..]
        .iter()
        .filter(|it| **it == "vote_recorded");
    assert_eq!(votes.count(), 3);
    assert_eq!(events[story[3]]["winner"], agent_id("ann"));
    assert_eq!(events[story[5]]["text"], FINAL);
}

#[test]
fn everyone_sees_every_answer_and_no_name() {
    let (_finished, fake) = run(&[]);
    for model in TEAM {
        let requests = fake.requests(model);
        let last = requests.iter().rfind(|it| !it.tools().is_empty()).unwrap();
        assert_eq!(last.vote_targets(), ["agent1", "agent2", "agent3"]);
        for author in TEAM {
            assert!(
                last.words().contains(&first_answer(author)),
                "{model} cannot see {author}"
            );
        }
        for request in requests {
            assert!(
                !request.body.to_string().contains("id-of-"),
                "a name in {request:#?}"
            );
            assert!(
                request.words().contains(QUESTION),
                "no question in {request:#?}"
            );
        }
    }
}

#[test]
fn votes_are_offered_only_for_answers_that_exist() {
    let (_finished, fake) = run(&[]);
    for model in TEAM {
        let requests = fake.requests(model);
        let first = &requests[0];
        assert_eq!(first.tools(), ["new_answer"], "{first:#?}");
        for request in requests.iter().filter(|it| it.tools().contains(&"vote")) {
            let targets = request.vote_targets();
            let seen = |(n, model): (usize, &&str)| {
                let label = format!("agent{}", n + 1);
                targets.contains(&label) == request.words().contains(&first_answer(model))
            };
            assert!(TEAM.iter().enumerate().all(seen), "{request:#?}");
        }
    }
}

#[test]
fn the_presenter_gets_answers_and_no_tools() {
    let (_finished, fake) = run(&[]);
    let presenting = |model: &str| -> Vec<Request> {
        let requests = fake.requests(model).into_iter();
        requests.filter(|it| it.tools().is_empty()).collect()
    };
    assert_eq!(TEAM.map(|it| presenting(it).len()), [1, 0, 0]);
    let words = presenting("ann")[0].words();
    for author in TEAM {
        assert!(words.contains(&first_answer(author)), "{words}");
    }
    assert!(
        words.contains("agent1 is right"),
        "the votes' reasons are missing: {words}"
    );
}

/// Provider caches match prefixes: what was sent before must come again, byte for byte, up to the
/// newest content.
#[test]
fn the_beginning_of_a_conversation_never_changes() {
    let (_finished, fake) = run(&[]);
    for model in TEAM {
        let requests = fake.requests(model);
        let coordinating: Vec<_> = requests
            .iter()
            .filter(|it| !it.tools().is_empty())
            .collect();
        for pair in coordinating.windows(2) {
            assert_same_beginning(pair[0], pair[1]);
        }
    }
}

#[track_caller]
fn assert_same_beginning(before: &Request, after: &Request) {
    let [one, two] = [before, after].map(|it| Value::from(it.messages()).to_string());
    let common = one
        .bytes()
        .zip(two.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let shared = &one.as_bytes()[..common];
    let shared = String::from_utf8_lossy(shared);
    assert_eq!(
        before.messages()[0],
        after.messages()[0],
        "the system message changed"
    );
    assert!(shared.contains(QUESTION), "only this is common: {shared}");
}
