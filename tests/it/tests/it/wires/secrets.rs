//! Secrets: whatever is written, printed or kept, over whichever wire, well or badly, holds none.
//!
//! Every kind of secret is planted at once, each with a value of its own; the provider throws them
//! back in every way that it can. Then every file and stream is searched for every one of them,
//! also as it stands in JSON and in percent encoding.

use std::path::{Path, PathBuf};
use std::thread;

use it::{Faulty, Finished, Massgen, Team};
use serde_json::{Value, json};
use support::{Action, Fake, Fault, Request, Script, call, on};

use super::{SPEAKERS, Speaker};
use crate::scripts::{QUESTION, decent, working};

/// What is planted: the key, by YAML or by environment.
const KEY: &str = "sk-planted-key-9c41f7\"+/=ab";
/// A value of `extra_headers`.
const HEADER: &str = "planted-header-77d0c2";
/// A variable of an MCP server.
const SERVER: &str = "planted-server-51b9ee";

/// A token as sign-in servers hand them out; it is sent with a word before it.
const TOKEN: &str = "ya29.planted-token-0b6d4e_A-Z";

const SECRETS: [&str; 4] = [KEY, HEADER, SERVER, TOKEN];

/// Where the key comes from.
#[derive(Debug, Clone, Copy)]
enum Source {
    File,
    Environment,
}

/// The ways of a secret back: in a document, in words, in a page, in headers, in a stream.
fn echoes() -> Vec<(&'static str, Action)> {
    let all = SECRETS.join(" ");
    let page = format!("<html><body>Bearer {all}</body></html>");
    let with = |code, kind: &str, body: String| Fault::Status {
        code,
        headers: vec![
            ("content-type".into(), kind.into()),
            ("x-debug".into(), format!("Bearer {KEY}, {HEADER}")),
        ],
        body,
    };
    let odd = json!({"error": {"message": all, "key": KEY, "request": {"headers": [HEADER]}}});
    vec![
        (
            "refused",
            Fault::status(401, &all)
                .with_header("x-echo", HEADER)
                .into(),
        ),
        ("page", with(403, "text/html", page).into()),
        ("text", with(400, "text/plain", all.clone()).into()),
        (
            "document",
            with(418, "application/json", odd.to_string()).into(),
        ),
        ("broken off", Fault::failing(&all).into()),
        (
            "event",
            Fault::ErrorEvent {
                event: odd.to_string(),
            }
            .into(),
        ),
    ]
}

fn team(speaker: Speaker, source: Source, fake: &Fake, faulty: &Faulty) -> Team {
    let agent = |model: &str| {
        let mut backend = speaker.backend(model, fake);
        let mut server = faulty.config("f", &[]);
        server["env"] = json!({"SERVER_TOKEN": SERVER});
        backend["mcp_servers"] = json!([server]);
        backend["extra_headers"] =
            json!({"x-team": HEADER, "x-sign-in": format!("Bearer {TOKEN}")});
        match source {
            Source::File => backend["api_key"] = KEY.into(),
            Source::Environment => forget(&mut backend, &["api_key", "base_url"]),
        }
        backend
    };
    let team = Team::empty().agent("ann", agent("ann"));
    team.agent("bob", agent("bob")).impatient(20)
}

fn forget(backend: &mut Value, keys: &[&str]) {
    let members = backend.as_object_mut().unwrap();
    members.retain(|key, _| !keys.contains(&key.as_str()));
}

fn run(speaker: Speaker, source: Source, form: &str, script: Script) -> (Finished, Fake) {
    let fake = Fake::start(script);
    let massgen = Massgen::new();
    let faulty = Faulty::new(massgen.sandbox(), "f");
    let team = team(speaker, source, &fake, &faulty);
    let mut massgen = massgen.run(&team).args(&["--output", form, QUESTION]);
    for variable in ["RUST_LOG", "MASSGEN_LOG"] {
        massgen = massgen.env(variable, "trace");
    }
    if let Source::Environment = source {
        // A key goes to its provider, or to whom the user names in its place.
        massgen = massgen
            .env(speaker.key, KEY)
            .env(&speaker.base_url_variable(), &speaker.base_url(&fake));
    }
    (massgen.finish().expect(0), fake)
}

/// The value as it is, and as it stands in JSON and in an address.
fn spellings(secret: &str) -> Vec<String> {
    let quoted = Value::from(secret).to_string();
    let percent = |c: char| match c {
        c if c.is_ascii_alphanumeric() || "-_.~".contains(c) => c.to_string(),
        c => format!("%{:02X}", u32::from(c)),
    };
    vec![
        secret.to_owned(),
        quoted.trim_matches('"').to_owned(),
        secret.chars().map(percent).collect(),
    ]
}

/// In no stream and in no file but those that the user wrote them into, or that a server wrote.
#[track_caller]
fn assert_nowhere(name: &str, finished: &Finished) {
    let streams = [("stdout", &finished.stdout), ("stderr", &finished.stderr)];
    let streams = streams.map(|(name, text)| (PathBuf::from(name), text.clone().into_bytes()));
    let own = |path: &Path| {
        let name = path.file_name().and_then(|it| it.to_str());
        matches!(name, Some("team.yaml" | "f.log"))
    };
    let written = streams.into_iter().chain(finished.sandbox.files());
    for (path, bytes) in written.filter(|(path, _)| !own(path)) {
        let text = String::from_utf8_lossy(&bytes);
        for secret in SECRETS.into_iter().flat_map(spellings) {
            let at = text.find(&secret);
            let near = |at: usize| {
                text[at.saturating_sub(120)..]
                    .chars()
                    .take(200)
                    .collect::<String>()
            };
            assert!(
                at.is_none(),
                "{name}: `{secret}` stands in {path:?}: {:?}",
                at.map(near)
            );
        }
    }
}

/// The provider got what is its own.
#[track_caller]
fn assert_sent(name: &str, requests: &[Request]) {
    assert!(!requests.is_empty(), "{name}");
    for request in requests {
        let has = |value: &str| request.headers.iter().any(|(_, it)| it.ends_with(value));
        assert!(
            has(KEY) && has(HEADER) && has(TOKEN),
            "{name}: {:?}",
            request.headers
        );
        assert!(
            !request.path.contains("planted"),
            "{name}: {}",
            request.path
        );
        assert!(!request.body.to_string().contains(SERVER), "{name}");
    }
}

fn check_well(speaker: Speaker, source: Source, form: &str) {
    let name = format!("{} {source:?} {form}", speaker.kind);
    let script = working(
        Script::new(),
        "bob",
        vec![call("mcp__f__echo", json!({"text": "a"}))],
    );
    let (finished, fake) = run(speaker, source, form, decent(script, "ann"));
    assert_sent(&name, &fake.requests("ann"));
    assert_nowhere(&name, &finished);
    let recorded = finished.sandbox.files().into_iter();
    let recorded =
        recorded.filter(|(_, bytes)| String::from_utf8_lossy(bytes).contains("127.0.0.1"));
    assert!(
        recorded.count() > 1,
        "{name}: nothing was recorded, so nothing is proved"
    );
}

fn check_echo(speaker: Speaker, what: &str, action: Action) {
    let name = format!("{} {what}", speaker.kind);
    let script = decent(Script::new().rule(on("bob"), action), "ann");
    let (finished, fake) = run(speaker, Source::File, "events", script);
    assert_sent(&name, &fake.requests("bob"));
    assert_nowhere(&name, &finished);
}

#[track_caller]
fn assert_all(runs: Vec<thread::JoinHandle<()>>) {
    let ended = runs.into_iter().map(thread::JoinHandle::join);
    let failed = ended.filter(Result::is_err).count();
    assert_eq!(
        failed, 0,
        "so many runs gave a secret away; their messages are above"
    );
}

#[test]
fn a_good_run_writes_no_secret() {
    let mut runs = Vec::new();
    for speaker in SPEAKERS {
        for (source, form) in [(Source::File, "json"), (Source::Environment, "text")] {
            runs.push(thread::spawn(move || check_well(speaker, source, form)));
        }
    }
    assert_all(runs);
}

/// Providers do repeat what they were sent.
#[test]
fn a_provider_that_throws_secrets_back_leaves_none_of_them() {
    for speaker in Speaker::for_each_wire() {
        let echoes = echoes().into_iter();
        let runs = echoes.map(|(what, it)| thread::spawn(move || check_echo(speaker, what, it)));
        assert_all(runs.collect());
    }
}
