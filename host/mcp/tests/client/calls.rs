//! Calls through a session: results, time, cancelling, and what is never done twice.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::scene::{Scene, text, within};
use mcp::{CallError, CallOptions, Event, State, convert};
use serde_json::Map;

#[tokio::test]
async fn a_result_comes_back_and_an_error_result_is_a_result() {
    let scene = Scene::start("normal");
    let echo = scene
        .call_with(
            "echo",
            r#"{"b": [1, "x"], "a": null}"#,
            CallOptions::default(),
        )
        .await
        .unwrap();
    assert_eq!(
        (text(&echo).as_str(), echo.is_error),
        (r#"{"a": null, "b": [1, "x"]}"#, false)
    );
    for _ in 0..5 {
        let failed = scene.call("fail").await.unwrap();
        assert_eq!(
            (text(&failed).as_str(), failed.is_error),
            ("it went wrong: 503 timeout", true)
        );
    }
    assert_eq!(scene.times("fail"), 5);
    assert!(matches!(scene.client.state(), State::Connected));
    assert_eq!(scene.noted("started").len(), 1);
}

#[tokio::test]
async fn a_protocol_error_is_not_tried_again_and_no_failure_of_the_server() {
    let scene = Scene::start("normal");
    for _ in 0..4 {
        let error = scene.call("refuse").await.unwrap_err();
        assert!(
            matches!(&error, CallError::Refused { code: -32602, message } if message == "wrong arguments"),
            "{error}"
        );
    }
    assert_eq!(scene.times("refuse"), 4);
    assert!(matches!(scene.client.state(), State::Connected));
}

#[tokio::test]
async fn lines_that_are_no_messages_are_ignored_and_a_broken_answer_fails_its_call_at_once() {
    let scene = Scene::start("malformed");
    assert_eq!(scene.text("chatty").await, "heard");
    let error = scene.call("broken").await.unwrap_err();
    assert!(matches!(error, CallError::Refused { .. }), "{error}");
    assert_eq!(
        scene.text("strange").await,
        "[content of the unknown kind `hologram`]\nand text"
    );
}

#[tokio::test]
async fn a_huge_result_comes_whole_and_is_capped_by_who_wants_it() {
    let scene = Scene::start("normal");
    let big = scene
        .call_with("big", r#"{"characters": 4000000}"#, CallOptions::default())
        .await
        .unwrap();
    assert_eq!(text(&big).len(), 8_000_000);
    let capped = convert::cap(big.parts, 11);
    let text: Vec<_> = capped.iter().filter_map(|part| part.as_text()).collect();
    assert_eq!(
        text,
        ["äääää\n[7999990 of 8000000 bytes of this result are left out]"]
    );
}

#[tokio::test]
async fn a_call_that_takes_too_long_is_cancelled_and_never_made_twice() {
    let scene = Scene::start("normal");
    scene.client.settled().await;
    let error = scene
        .call_with("hang", "{}", within(300))
        .await
        .unwrap_err();
    assert!(
        matches!(error, CallError::TimedOut { after_ms: 300 }),
        "{error}"
    );
    let told = |scene: &Scene| scene.times("notifications/cancelled") == 1;
    scene.until("the server is told", told).await;
    assert_eq!(scene.times("hang"), 1);
    assert_eq!(scene.text("echo").await, "{}");
}

#[tokio::test]
async fn a_tool_that_only_reads_is_called_again() {
    let scene = Scene::start("normal");
    scene.client.settled().await;
    let second = scene
        .call_with("hang_once", "{}", within(500))
        .await
        .unwrap();
    assert_eq!(text(&second), "second");
    assert_eq!(scene.times("hang_once"), 2);
}

#[tokio::test]
async fn progress_is_heard_and_gives_a_call_more_time() {
    let scene = Scene::start("normal");
    scene.client.settled().await;
    let heard = Arc::<Mutex<Vec<(f64, Option<f64>)>>>::default();
    let listener = heard.clone();
    let options = CallOptions {
        progress: Some(Arc::new(move |progress| {
            listener
                .lock()
                .unwrap()
                .push((progress.done, progress.total));
        })),
        ..within(400)
    };
    let done = scene.call_with("steps", "{}", options).await.unwrap();
    assert_eq!(text(&done), "done");
    let expected: Vec<_> = (1..=6).map(|step| (f64::from(step), Some(6.0))).collect();
    assert_eq!(*heard.lock().unwrap(), expected);
}

#[tokio::test]
async fn a_cancelled_or_dropped_call_ends_at_once_and_the_server_is_told() {
    let scene = Scene::start("normal");
    let options = CallOptions::default();
    let cancel = options.cancel.clone();
    let call = scene.call_with("hang", "{}", options);
    let (outcome, ()) = tokio::join!(call, async {
        scene
            .until("the call is under way", |scene| scene.times("hang") == 1)
            .await;
        cancel.cancel();
    });
    assert!(matches!(outcome, Err(CallError::Cancelled)));
    let dropped = tokio::time::timeout(Duration::from_millis(300), scene.call("hang")).await;
    assert!(dropped.is_err());
    let told = |scene: &Scene| scene.times("notifications/cancelled") == 2;
    scene.until("the server is told twice", told).await;
    assert_eq!(scene.times("hang"), 2);
}

#[tokio::test]
async fn a_server_is_told_of_abandoned_calls_before_its_input_is_closed() {
    let scene = Scene::start("normal");
    scene.client.settled().await;
    let [running, dropped] = [(); 2].map(|()| {
        let client = scene.client.clone();
        tokio::spawn(async move {
            client
                .call("hang", Map::new(), CallOptions::default())
                .await
        })
    });
    let both = |scene: &Scene| scene.times("hang") == 2;
    scene.until("both calls are under way", both).await;
    dropped.abort();
    scene.client.close().await;
    assert_eq!(scene.times("notifications/cancelled"), 2);
    let lost = running.await.unwrap();
    assert!(matches!(lost, Err(CallError::Lost { .. })), "{lost:?}");
}

#[tokio::test]
async fn a_server_that_dies_during_a_call_is_started_again_but_the_call_is_not_made_again() {
    let scene = Scene::start("normal");
    let error = scene.call("crash").await.unwrap_err();
    assert!(matches!(error, CallError::Lost { .. }));
    let ended = "its session ended: exit status: 7; it wrote: out of luck";
    assert_eq!(
        error.to_string(),
        format!("the connection was lost during the call: {ended}")
    );
    let reason = ended.to_owned();
    assert!(scene.events().contains(&Event::Failed { reason }));
    assert_eq!(scene.times("crash"), 1);
    assert_eq!(scene.text("echo").await, "{}");
    assert_eq!(scene.noted("started").len(), 2);
    let repeated = scene.text("crash_once").await;
    assert_eq!((repeated.as_str(), scene.times("crash_once")), ("alive", 2));
    assert_eq!(scene.noted("started").len(), 3);
}

#[tokio::test]
async fn a_server_killed_between_calls_is_started_again_by_the_next_one() {
    let scene = Scene::start("normal");
    assert_eq!(scene.text("echo").await, "{}");
    let pid = scene.noted("started").remove(0);
    let killed = std::process::Command::new("kill")
        .args(["-9", &pid])
        .status();
    assert!(killed.unwrap().success());
    let gone = |scene: &Scene| matches!(scene.client.state(), State::Failed(_));
    scene.until("its end is noticed", gone).await;
    assert!(!scene.client.tools().is_empty(), "its tools stay listed");
    assert_eq!(scene.text("grow").await, "grown");
    assert_eq!(scene.noted("started").len(), 2);
    assert!(matches!(scene.client.state(), State::Connected));
}

#[tokio::test]
async fn three_calls_without_an_answer_open_the_breaker_and_end_the_server() {
    let scene = Scene::start("normal");
    scene.client.settled().await;
    let pid = scene.noted("started").remove(0);
    for _ in 0..3 {
        let error = scene
            .call_with("hang", "{}", within(100))
            .await
            .unwrap_err();
        assert!(matches!(error, CallError::TimedOut { .. }), "{error}");
    }
    let error = scene.call("echo").await.unwrap_err();
    assert!(
        matches!(
            error,
            CallError::Blocked {
                retry_ms: 20_000..=30_000
            }
        ),
        "{error}"
    );
    assert!(matches!(
        scene.client.settled().await,
        State::Blocked { .. }
    ));
    assert!(
        scene
            .events()
            .contains(&Event::Blocked { retry_ms: 30_000 })
    );
    scene
        .until("the server is ended", |_| !crate::scene::lives(&pid))
        .await;
    assert_eq!(scene.times("hang"), 3);
}

#[tokio::test]
async fn calls_that_time_out_together_open_the_breaker_once() {
    let scene = Scene::start("normal");
    scene.client.settled().await;
    let calls = (0..8).map(|_| scene.call_with("hang", "{}", within(200)));
    futures_util::future::join_all(calls).await;
    let events = scene.events();
    let opened = events.iter().filter_map(|it| match it {
        Event::Blocked { retry_ms } => Some(*retry_ms),
        _ => None,
    });
    assert_eq!(opened.collect::<Vec<_>>(), [30_000]);
}

#[tokio::test]
async fn what_a_server_asks_the_user_is_declined_and_said() {
    let scene = Scene::start("normal");
    assert_eq!(scene.text("ask").await, r#"{"action": "decline"}"#);
    let message = "Your name?".to_owned();
    assert!(scene.events().contains(&Event::Declined { message }));
}

/// A server told of roots may take them instead of the folders it was started with.
#[tokio::test]
async fn no_roots_are_declared() {
    let scene = Scene::start("normal");
    assert_eq!(scene.text("roots").await, r#"{"roots": []}"#);
    assert_eq!(scene.noted("capabilities"), [r#"{"elicitation": {}}"#]);
}

/// Models are asked by agents only; a server that asks all the same is told so, and its call goes on.
#[tokio::test]
async fn no_sampling_is_declared_and_a_server_that_asks_for_it_is_refused() {
    let scene = Scene::start("normal");
    let told: serde_json::Value = serde_json::from_str(&scene.text("sample").await).unwrap();
    assert_eq!(told["code"], -32601, "{told}");
    assert_eq!(scene.noted("capabilities"), [r#"{"elicitation": {}}"#]);
    assert_eq!(scene.text("echo").await, "{}");
}
