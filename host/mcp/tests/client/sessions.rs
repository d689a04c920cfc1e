//! How a session begins, changes and ends.

use std::time::{Duration, Instant};

use crate::scene::{Scene, lives, within};
use config::{ApiKey, McpTransport};
use mcp::{CallError, ConnectError, Environment, Event, State};

fn names(scene: &Scene) -> Vec<String> {
    let tools = scene.client.tools();
    tools.iter().map(|tool| tool.name.clone()).collect()
}

fn key(spec: &mut mcp::ClientSpec, value: &str) {
    if let McpTransport::Stdio { env, .. } = &mut spec.server.transport {
        env.push(("KEY".into(), ApiKey::from(value)));
    }
}

#[tokio::test]
async fn a_list_is_read_page_by_page_until_a_cursor_comes_back() {
    let scene = Scene::start("pages");
    assert!(matches!(scene.client.settled().await, State::Connected));
    assert_eq!(names(&scene), ["echo", "hang", "more", "last"]);
    assert_eq!(scene.client.tools()[2].title.as_deref(), Some("More"));
    assert!(scene.client.tools()[0].hints.read_only == Some(true));
    assert_eq!(scene.client.tools()[1].hints.destructive, None);
    let warnings: Vec<_> = scene
        .events()
        .into_iter()
        .filter_map(|event| match event {
            Event::Warning(line) => Some(line),
            _ => None,
        })
        .collect();
    assert_eq!(
        warnings,
        [
            "its tool `bad` is left out: missing field `inputSchema`",
            "it has two tools `echo`, the second is left out",
            "its tool `` is left out: missing field `name`",
            "its list of tools has no end and is cut",
        ]
    );
}

#[tokio::test]
async fn instructions_resources_and_prompts_are_listed_as_far_as_there_are_any() {
    let scene = Scene::start("normal");
    scene.client.settled().await;
    assert_eq!(scene.client.instructions().as_deref(), Some("Use it well."));
    let resources = scene.client.resources();
    assert_eq!(resources.len(), 1);
    assert_eq!(resources[0].uri, "file:///r");
    assert!(scene.client.prompts().is_empty());
    assert_eq!(scene.events()[0], Event::Connecting);
    assert_eq!(scene.events()[1], Event::Connected { tools: 17 });
}

#[tokio::test]
async fn changed_tools_are_listed_again_in_every_revision() {
    for mode in ["normal", "newest"] {
        let scene = Scene::start(mode);
        scene.client.settled().await;
        let before = names(&scene).len();
        assert_eq!(scene.text("grow").await, "grown", "{mode}");
        let changed = Event::ToolsChanged { tools: before + 1 };
        scene
            .until("the change is seen", |scene| {
                scene.events().contains(&changed)
            })
            .await;
        assert_eq!(names(&scene).last().unwrap(), "grown", "{mode}");
    }
}

#[tokio::test]
async fn a_server_that_tells_of_a_change_with_each_list_is_read_once_a_second() {
    let begun = Instant::now();
    let scene = Scene::start("restless");
    scene.client.settled().await;
    for _ in 0..10 {
        assert_eq!(scene.text("echo").await, "{}");
    }
    scene
        .until("the change after a change is seen", |scene| {
            scene.times("listed") > 2
        })
        .await;
    assert_eq!(scene.times("listed"), 3);
    assert!(begun.elapsed() > Duration::from_millis(900));
}

#[tokio::test]
async fn neither_a_call_nor_a_turn_waits_for_lists_that_never_come() {
    let scene = Scene::start("slow lists");
    scene.client.settled().await;
    assert_eq!(scene.text("grow").await, "grown");
    let again = |scene: &Scene| scene.times("listed") == 2;
    scene.until("they are read again", again).await;
    let begun = Instant::now();
    assert_eq!(scene.text("echo").await, "{}");
    assert!(matches!(scene.client.settled().await, State::Connected));
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_call_waits_for_a_connection_as_long_as_it_may_last() {
    let scene = Scene::start("silent");
    let begun = Instant::now();
    let called = scene.call_with("echo", "{}", within(300)).await;
    let error = called.unwrap_err();
    assert!(
        matches!(
            error,
            CallError::Unavailable(ConnectError::TimedOut { after_ms: 300, .. })
        ),
        "{error}"
    );
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn of_a_server_that_asks_for_ever_a_hundred_questions_are_told() {
    let scene = Scene::start("normal");
    let asking = scene.call_with("ask", r#"{"times": 150}"#, within(20_000));
    asking.await.unwrap();
    let heard = scene.events();
    let declined = |event: &&Event| matches!(event, Event::Declined { .. });
    assert_eq!(heard.iter().filter(declined).count(), 100);
    let last = Event::Warning("it says too much; more of this kind is left out".into());
    assert_eq!(heard.last(), Some(&last));
}

#[tokio::test]
async fn questions_of_the_newest_revision_are_declined_too() {
    let scene = Scene::start("newest");
    assert_eq!(
        scene.text("ask").await,
        r#"{"who": {"action": "decline"}} opaque"#
    );
    let message = "Your name?".to_owned();
    assert!(scene.events().contains(&Event::Declined { message }));
}

#[tokio::test]
async fn a_server_that_dies_of_a_new_question_is_greeted_the_old_way() {
    let scene = Scene::start("old");
    assert_eq!(scene.text("echo").await, "{}");
    assert_eq!(scene.noted("started").len(), 2);
    assert_eq!(scene.text("crash_once").await, "alive");
    assert_eq!(scene.noted("started").len(), 3, "it is not asked again");
}

#[tokio::test]
async fn a_server_that_exits_at_once_is_left_alone_in_the_fourth_turn() {
    let scene = Scene::with("dies", |spec| key(spec, "x"));
    let other = Scene::start("normal");
    for turn in 1..=3 {
        let state = scene.client.settled().await;
        assert!(
            matches!(state, State::Blocked { .. }) == (turn == 3),
            "{turn}: {state:?}"
        );
    }
    let begun = scene.noted("started").len();
    assert!(matches!(
        scene.client.settled().await,
        State::Blocked { .. }
    ));
    let error = scene.call("echo").await.unwrap_err();
    assert!(matches!(error, CallError::Blocked { .. }), "{error}");
    assert_eq!(scene.noted("started").len(), begun);
    assert_eq!(other.text("echo").await, "{}");
}

#[tokio::test]
async fn a_failed_start_quotes_the_last_words_without_secrets() {
    let scene = Scene::with("dies", |spec| {
        spec.environment = Environment::new(|name| match name {
            "SECRET" => Some("hunter2hunter2".into()),
            name => std::env::var(name).ok(),
        });
        key(spec, "${SECRET}");
    });
    let State::Failed(error) = scene.client.settled().await else {
        panic!("it is there");
    };
    assert_eq!(
        error.to_string(),
        "it ended before it answered (exit status: 3); it wrote: no such thing: ***"
    );
    let log = std::fs::read_to_string(scene.log()).unwrap();
    assert!(log.starts_with("no such thing: ***\n"), "{log}");
}

#[tokio::test]
async fn what_only_a_user_can_mend_is_tried_once_and_named() {
    let missing = Scene::with("normal", |spec| key(spec, "p-${NO_SUCH_VARIABLE}-s"));
    let program = Scene::with("normal", |spec| {
        if let McpTransport::Stdio { argv, .. } = &mut spec.server.transport {
            argv[0] = "no-such-program".into();
        }
    });
    let folder = Scene::with("normal", |spec| {
        spec.default_cwd = Some("/no/such/folder".into())
    });
    let unknown = Scene::start("unknown");
    for (scene, expected) in [
        (
            &missing,
            "the environment variable `NO_SUCH_VARIABLE` for env `KEY` is not set or blank",
        ),
        (&program, "`no-such-program` could not be started"),
        (&folder, "its folder /no/such/folder does not exist"),
        (
            &unknown,
            "it does not speak MCP as expected: it speaks the unknown revision 2099-01-01",
        ),
    ] {
        let State::Failed(error) = scene.client.settled().await else {
            panic!("{expected}");
        };
        assert_eq!(error.to_string(), expected);
    }
    missing.client.settled().await;
    let connecting = |event: &&Event| matches!(event, Event::Connecting);
    assert_eq!(missing.events().iter().filter(connecting).count(), 1);
}

#[tokio::test]
async fn a_server_runs_in_its_own_folder_else_in_the_default_one() {
    let folders = tempfile::tempdir().unwrap();
    let here = folders.path().canonicalize().unwrap();
    let [own, default] = ["own", "default"].map(|name| here.join(name));
    for folder in [&own, &default] {
        std::fs::create_dir(folder).unwrap();
    }
    for (configured, expected) in [(Some(&own), &own), (None, &default)] {
        let scene = Scene::with("normal", |spec| {
            spec.default_cwd = Some(default.clone());
            if let McpTransport::Stdio { cwd, .. } = &mut spec.server.transport {
                *cwd = configured.cloned();
            }
        });
        assert!(matches!(scene.client.settled().await, State::Connected));
        assert_eq!(scene.noted("folder "), [expected.to_str().unwrap()]);
    }
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up_while_another_works() {
    let silent = Scene::with("silent", |spec| spec.server.connect_ms = Some(700));
    let other = Scene::start("normal");
    let (state, text) = tokio::join!(silent.client.settled(), other.text("echo"));
    assert!(
        matches!(
            &state,
            State::Failed(ConnectError::TimedOut { after_ms: 700, .. })
        ),
        "{state:?}"
    );
    assert_eq!(text, "{}");
    let pid = silent.noted("started").remove(0);
    silent.until("it is gone", |_| !lives(&pid)).await;
}

#[tokio::test]
async fn only_the_safe_subset_of_the_environment_is_inherited() {
    let scene = Scene::with("normal", |spec| {
        spec.environment = Environment::new(|name| match name {
            "OPENAI_API_KEY" => Some("sk-planted".into()),
            name => std::env::var(name).ok(),
        });
        key(spec, "configured");
    });
    let seen = scene.text("environment").await;
    let seen: std::collections::BTreeMap<String, String> = serde_json::from_str(&seen).unwrap();
    assert_eq!(seen["KEY"], "configured");
    // Set by the interpreter and its launcher themselves.
    let theirs = |name: &str| {
        name.starts_with("LC_")
            || name.contains("PYENV")
            || ["PWD", "SHLVL", "OLDPWD", "_"].contains(&name)
    };
    let known = ["HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER", "KEY"];
    for name in seen.keys().filter(|name| !theirs(name)) {
        assert!(known.contains(&name.as_str()), "{name}");
    }
}

#[tokio::test]
async fn closing_ends_a_program_that_will_not_and_everything_it_started() {
    for mode in ["parent", "stubborn"] {
        let scene = Scene::start(mode);
        scene.client.settled().await;
        let mut processes = scene.noted("started");
        processes.extend(scene.noted("child"));
        assert!(processes.iter().all(|pid| lives(pid)), "{mode}");
        let begun = std::time::Instant::now();
        scene.client.close().await;
        assert!(begun.elapsed().as_secs() < 7, "{mode}");
        assert!(
            !processes.iter().any(|pid| lives(pid)),
            "{mode}: {processes:?}"
        );
        let error = scene.call("echo").await.unwrap_err();
        assert!(
            matches!(error, CallError::Unavailable(ConnectError::Closed)),
            "{error}"
        );
        assert!(matches!(scene.client.settled().await, State::Closed));
    }
}

#[tokio::test]
async fn a_program_ends_with_the_last_handle_to_it() {
    let mut scene = Scene::start("parent");
    scene.client.settled().await;
    let mut processes = scene.noted("started");
    processes.extend(scene.noted("child"));
    assert!(processes.iter().all(|pid| lives(pid)));
    scene.let_go();
    scene
        .until("all are gone", |_| !processes.iter().any(|pid| lives(pid)))
        .await;
}

#[tokio::test]
async fn a_package_runner_that_downloads_has_more_time_and_its_words_are_shown() {
    let folder = tempfile::tempdir().unwrap();
    let (npx, cache) = (folder.path().join("npx"), folder.path().join("cache"));
    // In place of the package, it starts what stands behind its name.
    let words = "echo 'npm warn exec the package will be installed' >&2; sleep 2";
    std::fs::write(&npx, format!("shift 2; {words}; exec \"$@\"\n")).unwrap();
    let scene = Scene::with("normal", |spec| {
        spec.server.connect_ms = Some(1_000);
        spec.launcher = vec!["sh".into()];
        spec.environment = Environment::new(move |name| match name {
            "npm_config_cache" => Some(cache.display().to_string()),
            name => std::env::var(name).ok(),
        });
        if let McpTransport::Stdio { argv, .. } = &mut spec.server.transport {
            let runner = [npx.display().to_string(), "-y".into(), "pkg".into()];
            argv.splice(0..0, runner);
        }
    });
    scene
        .until("it downloads", |scene| {
            matches!(scene.client.state(), State::Downloading)
        })
        .await;
    assert!(matches!(scene.client.settled().await, State::Connected));
    let line = "npm warn exec the package will be installed".to_owned();
    assert!(scene.events().contains(&Event::Downloading { line }));
}
