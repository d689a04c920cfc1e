//! One agent's provider fails, in every way we can think of: the run ends well without it.

use std::thread;

use it::{Finished, Massgen, Team, agent_id};
use support::{Action, ClosedPort, Fake, Fault, Reply, Script, answer, on, text};

use crate::scripts::{FINAL, QUESTION, decent, first_answer};

/// What becomes of the agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Out after one request: trying again cannot help.
    OutAtOnce,
    /// Out after several requests.
    OutAfterRetries,
    /// Out, however often it was asked.
    Out,
    /// The provider is forgiven, or not; only the run's end is certain.
    Either,
}

fn said() -> Reply {
    answer(&first_answer("bob"))
}

fn faults() -> Vec<(&'static str, Action, Fate)> {
    use Fate::{Either, Out, OutAfterRetries, OutAtOnce};
    let status = |code| Action::from(Fault::status(code, "the provider says no"));
    let asked = Fault::status(429, "too many requests").with_header("retry-after", "0");
    let in_words = Fault::status(429, "Rate limit reached. Please try again in 20ms.");
    let quota = Fault::Status {
        code: 529,
        headers: vec![("content-type".into(), "text/plain".into())],
        body: "overloaded".into(),
    };
    let error = |event: &str| {
        Action::from(Fault::ErrorEvent {
            event: event.into(),
        })
    };
    vec![
        ("400", status(400), OutAtOnce),
        ("401", status(401), OutAtOnce),
        ("403", status(403), OutAtOnce),
        ("404", status(404), OutAtOnce),
        ("429", status(429), OutAfterRetries),
        ("429 with Retry-After", asked.into(), OutAfterRetries),
        ("429 with words", in_words.into(), OutAfterRetries),
        ("500", status(500), OutAfterRetries),
        ("503", status(503), OutAfterRetries),
        ("529 in plain text", quota.into(), OutAfterRetries),
        (
            "cut before any text",
            Fault::Cut {
                after: 60,
                reply: said(),
            }
            .into(),
            Out,
        ),
        (
            "cut in the text",
            Fault::Cut {
                after: 500,
                reply: text("So. ".repeat(200)),
            }
            .into(),
            Out,
        ),
        ("nothing at all", Fault::Stall.into(), Out),
        ("a head and nothing", Fault::StallAfterHead.into(), Out),
        (
            "half a reply",
            Fault::StallAfter {
                after: 300,
                reply: said(),
            }
            .into(),
            Out,
        ),
        ("comments for ever", Fault::KeepAlives.into(), Out),
        ("text for ever", Fault::EndlessText.into(), Out),
        ("malformed events", Fault::MalformedEvents.into(), Out),
        ("bytes that are no UTF-8", Fault::InvalidUtf8.into(), Either),
        (
            "an event of 40 MB",
            Fault::HugeEvent { bytes: 40 << 20 }.into(),
            Either,
        ),
        ("a web page", Fault::Html.into(), Out),
        ("one JSON document", Fault::PlainJson(said()).into(), Either),
        (
            "an error object in the stream",
            error(r#"{"error":{"message":"lost","code":500}}"#),
            Out,
        ),
        (
            "an error text in the stream",
            error(r#"{"error":"Unauthorized"}"#),
            Out,
        ),
        ("no model", text("").into(), Out),
    ]
}

#[test]
fn the_others_answer_wins() {
    let run = |(name, action, fate)| move || check(name, action, fate);
    let runs: Vec<_> = faults().into_iter().map(run).map(thread::spawn).collect();
    let ended: Vec<_> = runs.into_iter().map(thread::JoinHandle::join).collect();
    let failed = ended.iter().filter(|it| it.is_err()).count();
    assert_eq!(
        failed, 0,
        "so many faults were not survived; their messages are above"
    );
}

fn check(name: &str, action: Action, fate: Fate) {
    let script = Script::new().rule(on("bob"), action);
    let fake = Fake::start(decent(script, "ann"));
    let team = Team::on(&fake, &["ann", "bob"]);
    let finished = run(&team);
    let requests = fake.requests("bob").len();
    let failed = finished.events_named("agent_failed", Some(&agent_id("bob")));
    let out = failed.iter().any(|it| it["final"] == true);
    if let (true, Some(last)) = (out, failed.last()) {
        let report = &finished.document()["agents"][1];
        assert_eq!(report["state"], "out", "{name}\n{finished}");
        for field in ["cause", "code", "message"] {
            assert_eq!(report["failure"][field], last[field], "{name}\n{finished}");
        }
    }
    match fate {
        Fate::OutAtOnce => assert_eq!((out, requests), (true, 1), "{name}\n{finished}"),
        Fate::OutAfterRetries => assert!(out && requests > 1, "{name}: {requests}\n{finished}"),
        Fate::Out => assert!(out, "{name}: {requests}\n{finished}"),
        Fate::Either => {}
    }
}

/// The run ends with Ann's answer.
fn run(team: &Team) -> Finished {
    run_with_turns_of(4, team)
}

fn run_with_turns_of(seconds: u32, team: &Team) -> Finished {
    let massgen = Massgen::new().run(&team.clone().impatient(seconds));
    let finished = massgen
        .args(&["--output", "json", QUESTION])
        .finish()
        .expect(0);
    let document = finished.document();
    assert_eq!(document["answer"], FINAL, "{finished}");
    assert_eq!(document["winner"], agent_id("ann"), "{finished}");
    let status = &document["status"];
    assert!(status == "ok" || status == "partial", "{finished}");
    finished
}

/// Sends again, as a server that is not up yet may come up; then says where nobody was.
#[test]
fn nobody_listens() {
    let fake = Fake::start(decent(Script::new(), "ann"));
    let closed = ClosedPort::take();
    let team = Team::on(&fake, &["ann"]).vllm("bob", &closed.base_url());
    let finished = run_with_turns_of(60, &team);
    let bob = agent_id("bob");
    assert!(
        finished.events_named("waiting", Some(&bob)).len() > 1,
        "{finished}"
    );
    let failed = finished.events_named("agent_failed", Some(&bob));
    assert_eq!(failed.last().unwrap()["code"], "network", "{finished}");
    assert!(
        finished.stderr.contains(&closed.address().to_string()),
        "{finished}"
    );
}

#[test]
fn a_reply_that_was_cut_is_never_asked_for_again_once_text_was_seen() {
    let fault = Fault::Cut {
        after: 900,
        reply: text("So. ".repeat(400)),
    };
    let fake = Fake::start(decent(Script::new().rule(on("bob"), fault), "ann"));
    run(&Team::on(&fake, &["ann", "bob"]));
    assert_eq!(fake.requests("bob").len(), 1);
}

#[test]
fn a_short_illness_is_survived() {
    let ill = Fault::status(503, "warming up").with_header("retry-after", "0");
    let script = Script::new().rule(on("bob").calls(1, 2), ill);
    let fake = Fake::start(decent(decent(script, "bob"), "ann"));
    let finished = run(&Team::on(&fake, &["ann", "bob"]));
    assert_eq!(finished.document()["status"], "ok", "{finished}");
    assert_eq!(finished.document()["answers"].as_array().unwrap().len(), 2);
    assert_eq!(finished.events_named("agent_failed", None).len(), 0);
}
