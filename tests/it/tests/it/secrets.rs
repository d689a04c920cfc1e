//! Keys: they reach the provider that the user approved, and nothing else.

use std::path::PathBuf;

use it::{Finished, Massgen, Team};
use serde_json::json;
use support::{Fake, Fault, Script, on};

use crate::scripts::{QUESTION, consensus, decent};

const KEY: &str = "sk-planted-4f2a9c81d7e6";

fn massgen(team: &Team) -> Massgen {
    Massgen::new()
        .run(team)
        .env("RUST_LOG", "trace")
        .env("MASSGEN_LOG", "trace")
}

/// In no stream and in no file but the one that the user wrote it into.
#[track_caller]
fn assert_nowhere(finished: &Finished) {
    let streams = [("stdout", &finished.stdout), ("stderr", &finished.stderr)];
    let streams = streams.map(|(name, text)| (PathBuf::from(name), text.clone().into_bytes()));
    let mut places: Vec<_> = streams
        .into_iter()
        .chain(finished.sandbox.files())
        .collect();
    places.retain(|(path, bytes)| {
        let own = path.file_name().is_some_and(|it| it == "team.yaml");
        !own && bytes.windows(KEY.len()).any(|it| it == KEY.as_bytes())
    });
    let places: Vec<_> = places.iter().map(|(path, _)| path.display()).collect();
    assert!(
        places.is_empty(),
        "the key stands in {places:#?}\n{finished}"
    );
}

#[track_caller]
fn assert_sent(fake: &Fake, model: &str) {
    let bearer = format!("Bearer {KEY}");
    for request in fake.requests(model) {
        assert_eq!(request.header("authorization"), Some(bearer.as_str()));
    }
    assert!(!fake.requests(model).is_empty());
}

#[test]
fn a_key_from_the_environment() {
    for form in ["text", "json", "events"] {
        let fake = Fake::start(consensus(&["ann", "bob"]));
        let massgen = massgen(&Team::on(&fake, &["ann", "bob"])).env("VLLM_API_KEY", KEY);
        let finished = massgen
            .args(&["--output", form, QUESTION])
            .finish()
            .expect(0);
        assert_sent(&fake, "ann");
        assert_nowhere(&finished);
        let cassettes = finished.sandbox.files().into_iter();
        let bodies = cassettes.filter(|it| it.1.windows(17).any(|it| it == b"/chat/completions"));
        assert!(
            bodies.count() > 0,
            "nothing was recorded: the test proves nothing"
        );
    }
}

#[test]
fn a_key_from_the_file() {
    let fake = Fake::start(consensus(&["ann"]));
    let backend = json!({"type": "chatcompletion", "model": "ann", "base_url": fake.base_url(), "api_key": KEY});
    let team = Team::empty().agent("ann", backend);
    let finished = massgen(&team)
        .args(&["--output", "json", QUESTION])
        .finish()
        .expect(0);
    assert_sent(&fake, "ann");
    assert_nowhere(&finished);
}

/// Providers do repeat the key in their error messages.
#[test]
fn a_key_that_the_provider_repeats() {
    let echo = Fault::status(401, &format!("Incorrect API key provided: {KEY}."))
        .with_header("x-debug", &format!("Bearer {KEY}"));
    let script = decent(Script::new().rule(on("bob"), echo), "ann");
    let fake = Fake::start(script);
    let massgen = massgen(&Team::on(&fake, &["ann", "bob"])).env("VLLM_API_KEY", KEY);
    let finished = massgen
        .args(&["--output", "events", QUESTION])
        .finish()
        .expect(0);
    assert!(finished.stdout.contains("Incorrect API key"), "{finished}");
    assert_nowhere(&finished);
}

#[test]
fn a_redirect_does_not_carry_the_key_away() {
    let thief = Fake::start(consensus(&["bob"]));
    let elsewhere = thief.base_url().replace("127.0.0.1", "localhost") + "/chat/completions";
    for code in [301, 302, 307, 308] {
        let away = Fault::status(code, "moved").with_header("location", &elsewhere);
        let fake = Fake::start(decent(Script::new().rule(on("bob"), away), "ann"));
        let team = Team::on(&fake, &["ann", "bob"]).impatient(5);
        massgen(&team)
            .env("VLLM_API_KEY", KEY)
            .arg(QUESTION)
            .finish()
            .expect(0);
    }
    for request in thief.all_requests() {
        let text = format!("{request:?}");
        assert!(!text.contains(KEY), "{text}");
    }
}

/// The user named the override, so it gets the key of the original address.
#[test]
fn an_override_gets_the_key() {
    let fake = Fake::start(consensus(&["ann"]));
    let team = Team::empty().vllm("ann", "http://models.example.org/v1");
    let massgen = massgen(&team).env("MASSGEN_BASE_URL_VLLM", &fake.base_url());
    let finished = massgen
        .env("VLLM_API_KEY", KEY)
        .arg(QUESTION)
        .finish()
        .expect(0);
    assert_sent(&fake, "ann");
    assert_nowhere(&finished);
}
