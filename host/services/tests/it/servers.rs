//! Real child processes as servers.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::json;
use services::{Notice, ServerState, survey};
use tokio_util::sync::CancellationToken;

use crate::scene::{Scene, TOKEN, call, names, request, started};

const SECRET: &str = ", env: {SERVICE_TOKEN: \"${TOKEN}\"}";

fn servers(all: &[String]) -> String {
    format!("      mcp_servers:\n{}", all.concat())
}

#[tokio::test]
async fn a_bad_name_costs_one_tool_and_the_others_live() {
    let scene = Scene::new();
    let lent = scene.lent(&servers(&[
        scene.server("one", ""),
        scene.server("two", ""),
    ]));
    started(&lent).await;
    assert!(!lent.has("mcp__one__list"));
    for name in ["mcp__one__search_files", "mcp__two__echo"] {
        let outcome = call(&lent, name, json!({"text": "hi"})).await;
        assert!(outcome.text().contains("hi"), "{}", outcome.text());
    }
    lent.close().await;
}

#[tokio::test]
async fn filters_name_tools_in_three_ways_and_exclusion_wins() {
    let scene = Scene::new();
    let server = scene.server("s", ", exclude_tools: [big]");
    let shown = async |more: &str| {
        let lent = scene.lent(&format!("{}{more}", servers(std::slice::from_ref(&server))));
        started(&lent).await;
        let all = names(&lent)
            .into_iter()
            .filter(|it| it.starts_with("mcp__s__"));
        let shown: Vec<_> = all.map(|it| it.replace("mcp__s__", "")).collect();
        assert!(lent.has("mcp__filesystem__read_file"));
        lent.close().await;
        shown.join(" ")
    };
    let filtered = "      allowed_tools: [mcp__s__echo, steps]\n";
    assert_eq!(shown(filtered).await, "echo steps");
    assert_eq!(shown("      allowed_tools: []\n").await, "");
    let excluding = "      allowed_tools: [\"mcp__s__*\"]\n      exclude_tools: [never, crash]\n";
    let rest = "echo get_once get_state get_ticket reveal search_files steps write_report";
    assert_eq!(shown(excluding).await, rest);
}

#[tokio::test]
async fn a_tool_that_is_declared_to_change_things_is_no_read_whatever_its_name() {
    let scene = Scene::new();
    let lent = scene.lent(&servers(&[scene.server("s", "")]));
    started(&lent).await;
    let table = [
        ("mcp__s__get_state", "permitted"),
        ("mcp__s__get_once", "read-only"),
        ("mcp__s__get_ticket", "read-only"),
    ];
    for (tool, _) in table {
        call(&lent, tool, json!({"path": scene.path("R/f")})).await;
    }
    lent.close().await;
    let rules: Vec<_> = scene.audit().iter().map(|it| it["rule"].clone()).collect();
    assert_eq!(rules, table.map(|it| it.1));
}

#[tokio::test]
async fn a_required_server_that_is_missing_is_said_and_others_go_on() {
    let scene = Scene::new();
    let missing = "        gone: {command: massgen-test-no-such-program, required: true, \
                   security: {allowed_executables: [massgen-test-no-such-program]}}\n";
    let lent = scene.lent(&servers(&[scene.server("s", ""), missing.to_owned()]));
    let error = lent.ready().await.unwrap_err();
    assert_eq!(error.server, "gone");
    let why = "`massgen-test-no-such-program` could not be started: No such file or directory \
               (os error 2) (hint: install `massgen-test-no-such-program`, or write its whole path \
               as `command`)";
    assert_eq!(error.reason, why);
    let outcome = call(&lent, "mcp__s__echo", json!({})).await;
    assert!(!outcome.is_error, "{}", outcome.text());
    lent.close().await;
    let optional = missing.replace("required: true", "required: false");
    let scene = Scene::new();
    let lent = scene.lent(&servers(&[optional]));
    let heard = started(&lent).await;
    let failed = |it: &Notice| {
        matches!(
            it,
            Notice::Server {
                state: ServerState::Failed,
                detail,
                ..
            } if detail == why
        )
    };
    assert!(heard.lock().unwrap().iter().any(failed));
    lent.close().await;
}

#[tokio::test]
async fn what_a_user_can_do_about_a_failed_call_is_told_to_people_once() {
    let scene = Scene::new();
    let lent = scene.lent(&servers(&[scene.server("s", ", tool_timeout: 1")]));
    let heard = started(&lent).await;
    for _ in 0..2 {
        let outcome = call(&lent, "mcp__s__never", json!({})).await;
        assert_eq!(outcome.text(), "no result within 1 s");
    }
    let advice = "MCP server `s`: no result within 1 s (hint: if tools of `s` need longer, raise \
                  its `tool_timeout`)";
    let is_it = |it: &&Notice| **it == Notice::Warning(advice.to_owned());
    assert_eq!(heard.lock().unwrap().iter().filter(is_it).count(), 1);
    lent.close().await;
}

#[tokio::test]
async fn no_more_than_a_hundred_reports_of_a_call_are_told() {
    let scene = Scene::new();
    let lent = scene.lent(&servers(&[scene.server("s", "")]));
    started(&lent).await;
    let told = Mutex::new(Vec::new());
    let progress = |it: services::Progress| told.lock().unwrap().push(it.text);
    let asked = request("mcp__s__steps", json!({"steps": 400}));
    let cancel = CancellationToken::new();
    assert!(!lent.call(asked, &cancel, &progress).await.is_error);
    lent.close().await;
    let told = told.into_inner().unwrap();
    assert_eq!(told.len(), 100);
    let last = &told[99];
    assert!(last.ends_with(" (further progress is left out)"), "{last}");
}

#[tokio::test]
async fn no_secret_leaves_by_outcome_progress_briefing_or_log() {
    let scene = Scene::new();
    let lent = scene.lent(&servers(&[scene.server("s", SECRET)]));
    started(&lent).await;
    let outcome = call(&lent, "mcp__s__reveal", json!({})).await;
    assert!(
        !outcome.is_error && outcome.text().contains("***"),
        "{}",
        outcome.text()
    );
    let told = Mutex::new(Vec::new());
    let cancel = CancellationToken::new();
    let progress = |it: services::Progress| told.lock().unwrap().push((it.id, it.text));
    lent.call(request("mcp__s__steps", json!({})), &cancel, &progress)
        .await;
    let line = |n| ("c1".to_owned(), format!("{n} of 3: *** step"));
    assert_eq!(*told.lock().unwrap(), [line(1), line(2), line(3)]);
    assert!(lent.briefing().unwrap().contains("Use *** well."));
    call(&lent, "mcp__s__echo", json!({"path": TOKEN})).await;
    lent.close().await;
    assert!(!scene.text("run/audit.jsonl").contains(TOKEN));
}

#[tokio::test]
async fn a_server_that_died_is_started_again_by_the_next_call() {
    let scene = Scene::new();
    let lent = scene.lent(&servers(&[scene.server("s", "")]));
    started(&lent).await;
    assert!(call(&lent, "mcp__s__crash", json!({})).await.is_error);
    assert!(!call(&lent, "mcp__s__echo", json!({})).await.is_error);
    lent.close().await;
    assert_eq!(
        scene.journal("s.log"),
        ["started", "call crash", "started", "call echo"]
    );
}

#[tokio::test]
async fn a_cancelled_call_answers_promptly_and_the_server_is_told() {
    let scene = Scene::new();
    let lent = scene.lent(&servers(&[scene.server("s", "")]));
    started(&lent).await;
    let cancel = CancellationToken::new();
    let begun = Instant::now();
    let asked = request("mcp__s__never", json!({}));
    let calling = lent.call(asked, &cancel, &|_| {});
    let stopping = async {
        while !scene.journal("s.log").contains(&"call never".to_owned()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        cancel.cancel();
    };
    let (outcome, ()) = tokio::join!(calling, stopping);
    assert!(outcome.is_error && begun.elapsed() < Duration::from_secs(5));
    while !scene.journal("s.log").contains(&"cancelled".to_owned()) {
        assert!(begun.elapsed() < Duration::from_secs(5));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    lent.close().await;
}

#[tokio::test]
async fn a_servers_call_that_only_a_grant_allows_ends_with_it() {
    let scene = Scene::new();
    let lent = scene.lent(&servers(&[scene.server("s", "")]));
    started(&lent).await;
    let grant = lent.grant_write();
    let arguments = json!({"path": scene.path("C/x"), "waits": true});
    let calling = call(&lent, "mcp__s__write_report", arguments);
    let ending = async {
        while !scene
            .journal("s.log")
            .contains(&"call write_report".to_owned())
        {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        drop(grant);
    };
    let (outcome, ()) = tokio::join!(calling, ending);
    assert_eq!(
        outcome.text(),
        "the write access ended with the presentation"
    );
    lent.close().await;
}

#[tokio::test]
async fn a_survey_lists_what_servers_have_and_ends_them() {
    let scene = Scene::new();
    let plan = scene.plan(&servers(&[scene.server("s", SECRET)]));
    let places = scene.places(services::ToolTape::Off);
    let reports = survey(&plan.agents[0], &places, |_| {}).await.unwrap();
    assert_eq!(reports.len(), 1);
    assert_eq!(
        (reports[0].tools.len(), reports[0].failure.as_deref()),
        (12, None)
    );
    assert_eq!(reports[0].instructions.as_deref(), Some("Use *** well."));
}

#[tokio::test]
async fn only_the_first_start_of_a_server_that_is_not_required_is_waited_for() {
    let scene = Scene::new();
    let silent = scene.server("silent", ", connect_timeout: 1");
    let lent = scene.lent(&servers(&[silent.replace("]", ", silent]")]));
    let begun = Instant::now();
    started(&lent).await;
    assert!(begun.elapsed() >= Duration::from_secs(1));
    let begun = Instant::now();
    lent.ready().await.unwrap();
    assert!(begun.elapsed() < Duration::from_millis(500));
    // It is tried again all the same.
    while scene.journal("silent.log").len() < 2 {
        assert!(begun.elapsed() < Duration::from_secs(10));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    lent.close().await;
}

#[tokio::test]
async fn a_server_that_always_exits_is_left_alone_from_the_fourth_turn_on() {
    let scene = Scene::new();
    let dying = scene.server("dying", "").replace("]}", ", exits]}");
    let lent = scene.lent(&servers(&[scene.server("s", ""), dying]));
    let heard = started(&lent).await;
    let told = |of: ServerState| {
        let heard = heard.lock().unwrap();
        let is_it = |it: &&Notice| matches!(it, Notice::Server { name, state, .. } if name == "dying" && *state == of);
        heard.iter().filter(is_it).count()
    };
    let begun = Instant::now();
    for turn in 2..=6 {
        lent.ready().await.unwrap();
        while told(ServerState::Failed) < turn.min(3) {
            assert!(begun.elapsed() < Duration::from_secs(20), "{turn}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    assert_eq!(told(ServerState::Connecting), 3);
    assert_eq!(told(ServerState::Blocked), 1);
    assert!(!call(&lent, "mcp__s__echo", json!({})).await.is_error);
    lent.close().await;
}
