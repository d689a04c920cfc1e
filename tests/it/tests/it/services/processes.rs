//! What is started is ended, and what it is given is no more than it needs.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use it::{Faulty, HttpServer, Massgen, real_servers};
use serde_json::json;
use support::{Script, call};

use super::{Played, Scene, assert_has};
use crate::scripts::working;

/// Made to look like a package runner that downloads for two seconds.
const RUNNER: &str = "#!/bin/sh
for part in 1 2 3 4 5 6; do
    echo \"npm http fetch GET 200 part-$part\" >&2
    sleep 0.3
done
exec \"$@\"
";

#[test]
fn a_package_runner_that_downloads_has_its_time() {
    let scene = Scene::of(vec![environment()]).set("connect_timeout_seconds", 1);
    let runner = scene.sandbox().write("npx", RUNNER);
    fs::set_permissions(&runner, Permissions::from_mode(0o755)).unwrap();
    let faulty = Faulty::new(scene.sandbox(), "f");
    let plain = faulty.config("f", &[]);
    let args = plain["args"].as_array().unwrap();
    let args: Vec<_> = [&plain["command"]]
        .into_iter()
        .chain(args)
        .cloned()
        .collect();
    let config = json!({"name": "f", "command": runner, "args": args});
    let played = scene.server(config).play();
    assert_has(&played.result(), "HOME=");
    let states = played.states("f");
    assert!(states.contains(&"downloading".to_owned()), "{states:?}");
    let progress = played.finished.events_named("mcp_status", None);
    assert_has(&format!("{progress:?}"), "part-");
}

fn environment() -> support::Reply {
    call("mcp__f__environment", json!({}))
}

/// `alone`, in every run, checks that nothing is left.
#[test]
fn a_server_that_does_not_want_to_end_is_ended_with_its_children() {
    let (scene, faulty) = Scene::of(vec![environment()]).faulty("f", &["--stubborn", "--breeds"]);
    let begun = Instant::now();
    let _played = scene.play();
    // The server and its child have written: both have been there.
    assert_eq!(faulty.count("stdin closed"), 1, "{:#?}", faulty.log());
    assert!(begun.elapsed() < Duration::from_secs(15));
}

#[test]
fn servers_end_when_massgen_is_killed() {
    let slow = call("mcp__f__slow", json!({"seconds": 60, "steps": 1}));
    let (scene, faulty) = Scene::of(vec![slow]).faulty("f", &[]);
    let (running, _fake) = scene.start();
    faulty.wait_for_execution("slow");
    running.kill();
    let finished = running.finish();
    let gone = (0..500).any(|_| {
        thread::sleep(Duration::from_millis(10));
        finished.sandbox.processes().is_empty()
    });
    assert!(gone, "{:#?}", finished.sandbox.processes());
}

#[test]
fn a_server_inherits_what_is_harmless_and_gets_what_is_configured() {
    let massgen = Massgen::new()
        .env("OPENAI_API_KEY", "sk-not-for-servers")
        .env("LANGUAGE", "fr");
    let massgen = massgen
        .env("PATH", "/usr/bin:/bin")
        .env("USER", "ann")
        .env("SHELLSHOCK", "() {");
    let massgen = massgen.env("CITY_TOKEN", "Paris");
    let scene = Scene::at(massgen, working(Script::new(), "ann", vec![environment()]));
    let faulty = Faulty::new(scene.sandbox(), "f");
    let mut config = faulty.config("f", &[]);
    config["env"] = json!({"CITY": "${CITY_TOKEN}", "PLAIN": "yes"});
    let result = scene.server(config).play().result();
    let names: BTreeSet<_> = result
        .lines()
        .filter_map(|it| it.split('=').next())
        .collect();
    let expected = ["CITY", "HOME", "PATH", "PLAIN", "USER"];
    assert_eq!(names, BTreeSet::from(expected), "{result}");
    assert_has(&result, "PLAIN=yes");
}

/// Each writes down its start in a file of its own, named relative to where it runs.
#[test]
fn a_server_runs_in_its_configured_folder_else_where_massgen_runs() {
    let scene = Scene::of(vec![]).set("cwd", "ws");
    let place = scene.sandbox().write("place/there", "");
    let [mut own, plain] = ["own", "plain"].map(|name| {
        let log = PathBuf::from(format!("{name}.log"));
        Faulty::at(log).config(name, &[])
    });
    own["cwd"] = json!(place.parent());
    let played = scene.server(own).server(plain).play();
    let sandbox = &played.finished.sandbox;
    // What an agent may write is no place to start a program in.
    for (name, folder, others) in [
        ("own", "place", ["ws", "."]),
        ("plain", ".", ["ws", "place"]),
    ] {
        assert_eq!(played.states(name).last().unwrap(), "connected");
        let log = |folder| sandbox.read(&format!("{folder}/{name}.log"));
        assert_has(&log(folder).unwrap_or_default(), "started");
        assert_eq!(others.map(log), [None, None], "{name}");
    }
}

#[test]
fn a_variable_that_is_not_set_is_named_and_costs_one_server() {
    let scene = Scene::of(vec![]);
    let faulty = Faulty::new(scene.sandbox(), "f");
    let mut config = faulty.config("f", &[]);
    config["env"] = json!({"CITY": "a-${NOWHERE_SET}-b"});
    let played = scene.server(config).play();
    assert_eq!(faulty.count("started"), 0);
    let failed = played.finished.events_named("mcp_status", None);
    assert_has(&format!("{failed:?}"), "NOWHERE_SET");
}

const TOKEN: &str = "tok-planted-93b1f7c20a5e";

/// In no stream and in no file, whoever repeated it.
#[track_caller]
fn assert_nowhere(played: &Played) {
    let finished = &played.finished;
    let streams = [("stdout", &finished.stdout), ("stderr", &finished.stderr)];
    let streams = streams.map(|(name, text)| (PathBuf::from(name), text.clone().into_bytes()));
    let files = finished.sandbox.files();
    assert!(
        files.len() > 5,
        "nothing was written: the test proves nothing"
    );
    let mut places: Vec<_> = streams.into_iter().chain(files).collect();
    places.retain(|(_, bytes)| bytes.windows(TOKEN.len()).any(|it| it == TOKEN.as_bytes()));
    let places: Vec<_> = places.into_iter().map(|(path, _)| path).collect();
    let log = finished.logged("massgen.log");
    let lines: Vec<_> = log.lines().filter(|it| it.contains(TOKEN)).collect();
    assert!(
        places.is_empty(),
        "the token stands in {places:#?}\n{lines:#?}\n{finished}"
    );
}

/// The server repeats its environment to the model and to people, and both are written down.
#[test]
fn a_token_in_the_environment_of_a_server_is_written_nowhere() {
    let massgen = Massgen::new()
        .env("CITY_TOKEN", TOKEN)
        .env("RUST_LOG", "trace");
    let massgen = massgen.env("MASSGEN_LOG", "trace");
    let scene = Scene::at(massgen, working(Script::new(), "ann", vec![environment()]));
    let faulty = Faulty::new(scene.sandbox(), "f");
    let mut config = faulty.config("f", &["--chatty"]);
    config["env"] = json!({"CITY": "${CITY_TOKEN}"});
    let played = scene.server(config).play();
    assert_has(&played.result(), "CITY=");
    assert_nowhere(&played);
}

#[test]
fn a_token_in_a_header_is_written_nowhere() {
    let Some(servers) = real_servers() else {
        return;
    };
    let massgen = Massgen::new()
        .env("CITY_TOKEN", TOKEN)
        .env("RUST_LOG", "trace");
    let massgen = massgen.env("MASSGEN_LOG", "trace");
    let http = HttpServer::everything(&servers, massgen.sandbox());
    let echo = call("mcp__web__echo", json!({"message": "hi"}));
    let scene = Scene::at(massgen, working(Script::new(), "ann", vec![echo]));
    let config = json!({"name": "web", "type": "streamable-http", "url": http.url(),
        "headers": {"Authorization": "Bearer ${CITY_TOKEN}"}, "security": {"allow_localhost": true}});
    let played = scene.server(config).play();
    assert_eq!(played.result(), "Echo: hi");
    assert_nowhere(&played);
}
