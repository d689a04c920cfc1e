//! What goes wrong at a provider ends its agent's part in time and with a reason, over every wire
//! alike; the others' answer wins, and nothing that was shown is shown again.

use std::thread;
use std::time::Duration;

use it::{Finished, Massgen, Team};
use serde_json::Value;
use support::{Action, Fake, Fault, Reply, Script, answer, on, text};

use super::Speaker;
use crate::scripts::{FINAL, QUESTION, decent, first_answer};

/// What is to become of it.
struct Case {
    name: &'static str,
    action: Action,
    /// The word for what went wrong; empty for any fault, where providers say it differently.
    code: &'static str,
    /// How often the provider may be asked.
    asked: std::ops::RangeInclusive<usize>,
}

fn case(
    name: &'static str,
    action: impl Into<Action>,
    code: &'static str,
    asked: std::ops::RangeInclusive<usize>,
) -> Case {
    Case {
        name,
        action: action.into(),
        code,
        asked,
    }
}

/// Said in one go, so that a cut at its middle is behind some text.
fn long() -> Reply {
    text("So. ".repeat(400)).in_pieces(20)
}

fn short() -> Reply {
    answer(&first_answer("bob"))
}

/// Statuses: what cannot help is not tried again.
fn statuses() -> Vec<Case> {
    let status = |code| Fault::status(code, "the provider says no");
    let later = |code| status(code).with_header("retry-after", "0");
    let tomorrow = status(429).with_header("retry-after", "86400");
    vec![
        case("400", status(400), "bad_request", 1..=1),
        case("401", status(401), "auth", 1..=1),
        case("403", status(403), "auth", 1..=1),
        case("404", status(404), "bad_request", 1..=1),
        case("429", status(429), "rate_limited", 2..=9),
        case("429 with Retry-After", later(429), "rate_limited", 2..=9),
        case("429 until tomorrow", tomorrow, "rate_limited", 2..=9),
        case("500", status(500), "upstream", 2..=9),
        case("503", later(503), "overloaded", 2..=9),
        case("529", status(529), "overloaded", 2..=9),
        case("529 with Retry-After", later(529), "overloaded", 2..=9),
    ]
}

/// Streams: what was begun is never asked for again once something was shown.
fn streams() -> Vec<Case> {
    let cut = |after, reply| Fault::Cut { after, reply };
    vec![
        case("cut in the first event", cut(9, short()), "network", 2..=9),
        case("cut in the text", cut(2_500, long()), "network", 1..=1),
        case("malformed events", Fault::MalformedEvents, "", 1..=9),
        case("a web page", Fault::Html, "protocol", 1..=1),
        case("broken off", Fault::failing("out of steam"), "", 1..=1),
    ]
}

/// Nothing but the turn's time ends these.
fn endless() -> Vec<Case> {
    let stall = |after, reply| Fault::StallAfter { after, reply };
    let case = |name, action| case(name, action, "turn_deadline", 1..=1);
    vec![
        case("nothing at all", Fault::Stall),
        case("a head and nothing", Fault::StallAfterHead),
        case("half a text", stall(2_500, long())),
        case("kept open for ever", Fault::KeepAlives),
        case("text for ever", Fault::EndlessText),
    ]
}

/// Bob's provider fails in this way, and Ann's does not.
fn play(speaker: Speaker, action: Action, turn: u32) -> (Finished, Fake) {
    let script = Script::new().rule(on("bob"), action);
    let fake = Fake::start(decent(script, "ann"));
    let team = ["ann", "bob"].into_iter();
    let team = team.fold(Team::empty(), |team, it| speaker.join(team, it, &fake));
    let massgen = Massgen::new().run(&team.impatient(turn));
    let massgen = massgen.args(&["--output", "json", QUESTION]);
    (
        massgen.within(Duration::from_secs(40)).finish().expect(0),
        fake,
    )
}

fn check(speaker: Speaker, case: Case, turn: u32) {
    let (finished, fake) = play(speaker, case.action, turn);
    let name = format!("{} over {}", case.name, speaker.kind);
    let document = finished.document();
    assert_eq!(document["answer"], FINAL, "{name}\n{finished}");
    assert_eq!(document["winner"], "ann", "{name}\n{finished}");
    let failed = finished.events_named("agent_failed", Some("bob"));
    let last = failed
        .last()
        .unwrap_or_else(|| panic!("{name}: no failure\n{finished}"));
    assert_eq!(last["final"], true, "{name}\n{finished}");
    assert_eq!(
        told(last, case.code),
        case.code,
        "{name}: {last}\n{finished}"
    );
    assert!(
        last["message"].as_str().is_some_and(|it| it.len() > 5),
        "{name}: {last}"
    );
    let asked = fake.requests("bob").len();
    assert!(
        case.asked.contains(&asked),
        "{name}: asked {asked} times\n{finished}"
    );
    assert_nothing_twice(&name, &finished);
}

/// The word for what went wrong; of one that may be any, whether it is the provider's fault.
fn told<'a>(failed: &'a Value, expected: &str) -> &'a str {
    let cause = failed["cause"].as_str().unwrap_or_default();
    match failed["code"].as_str() {
        Some(_) if expected.is_empty() && cause == "fault" => "",
        Some(code) => code,
        None => cause,
    }
}

/// A piece of text that was shown is not shown again by a second try.
#[track_caller]
fn assert_nothing_twice(name: &str, finished: &Finished) {
    let shown = finished.events_named("text_delta", Some("bob"));
    let calls = finished.events_named("call_started", Some("bob")).len();
    assert!(
        shown.is_empty() || calls == 1,
        "{name}: {calls} calls\n{finished}"
    );
}

fn check_all(cases: fn() -> Vec<Case>, turn: u32) {
    let mut failed = 0;
    for speaker in Speaker::for_each_wire() {
        let runs = cases()
            .into_iter()
            .map(|it| thread::spawn(move || check(speaker, it, turn)));
        let runs: Vec<_> = runs.collect();
        failed += runs
            .into_iter()
            .map(thread::JoinHandle::join)
            .filter(Result::is_err)
            .count();
    }
    assert_eq!(
        failed, 0,
        "so many faults went wrong; their messages are above"
    );
}

#[test]
fn statuses_end_alike_over_every_wire() {
    check_all(statuses, 25);
}

#[test]
fn broken_streams_end_alike_over_every_wire() {
    check_all(streams, 25);
}

#[test]
fn what_never_ends_is_ended_over_every_wire() {
    check_all(endless, 3);
}

#[test]
fn a_slow_first_byte_is_waited_for_over_every_wire() {
    for speaker in Speaker::for_each_wire() {
        let slow = short().after(Duration::from_secs(2));
        let script = Script::new().rule(on("bob").call(1), slow);
        let fake = Fake::start(decent(decent(script, "bob"), "ann"));
        let team = speaker.join(Team::empty(), "bob", &fake);
        let massgen = Massgen::new().run(&speaker.join(team, "ann", &fake).impatient(30));
        let finished = massgen
            .args(&["--output", "json", QUESTION])
            .finish()
            .expect(0);
        assert_eq!(finished.document()["status"], "ok", "{finished}");
        assert_eq!(
            finished.document()["answers"].as_array().map(Vec::len),
            Some(2)
        );
        assert_eq!(finished.events_named("agent_failed", None).len(), 0);
        assert_eq!(fake.unmatched(), Vec::<String>::new());
    }
}

#[test]
fn a_short_illness_is_survived_over_every_wire() {
    for speaker in Speaker::for_each_wire() {
        for code in [429, 500, 529] {
            let ill = Fault::status(code, "warming up").with_header("retry-after", "0");
            let script = Script::new().rule(on("ann").calls(1, 2), ill);
            let fake = Fake::start(decent(script, "ann"));
            let team = speaker.join(Team::empty(), "ann", &fake);
            let massgen = Massgen::new()
                .run(&team)
                .args(&["--output", "json", QUESTION]);
            let finished = massgen.finish().expect(0);
            assert_eq!(finished.document()["status"], "ok", "{finished}");
            assert_eq!(finished.events_named("agent_failed", None).len(), 0);
            assert_eq!(
                finished.events_named("waiting", None).len(),
                2,
                "{finished}"
            );
        }
    }
}
