//! The clocks, in paused time, and the pull.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use expect_test::{Expect, expect};
use futures_util::stream::{self, BoxStream};
use massgen_plugin::wire::Timeouts;
use tokio::time::{Instant, sleep};

use super::*;
use crate::clocks::Limits;
use crate::connect::Dial;

/// What the scripted server does, and after how many seconds.
type Script = &'static [(u64, &'static str)];

const NEVER: u64 = 1_000_000;

fn body(script: Script) -> BoxStream<'static, Result<Bytes, TransportError>> {
    stream::iter(script)
        .then(|(seconds, text)| async move {
            sleep(Duration::from_secs(*seconds)).await;
            Ok(Bytes::from_static(text.as_bytes()))
        })
        .boxed()
}

fn limits() -> Limits {
    Limits::from(Timeouts {
        connect_ms: Some(10_000),
        first_ms: Some(30_000),
        idle_ms: Some(20_000),
    })
}

fn exchange(head_after: u64, status: u16, script: Script) -> Exchange {
    let answer = async move {
        sleep(Duration::from_secs(head_after)).await;
        Ok(Answer {
            status,
            headers: Vec::new(),
            body: body(script),
        })
    };
    let clocks = Clocks::new(limits(), Dial::new(limits().connect), "h".into());
    Exchange::new(Box::pin(answer), Framing::Sse, clocks)
}

/// Pulls to the end; one line for each item, with the second at which it came.
async fn check(mut exchange: Exchange, expected: Expect) {
    let began = Instant::now();
    let mut lines = Vec::new();
    while let Some(item) = exchange.next().await {
        let text = match item {
            Ok(Piece::Head { status, .. }) => format!("head {status}"),
            Ok(Piece::Frame(data) | Piece::Bytes(data)) => {
                String::from_utf8_lossy(&data).into_owned()
            }
            Ok(Piece::End) => "end".to_owned(),
            Err(error) => format!("{error} [{}]", error.code().as_str()),
        };
        lines.push(format!("{}s {text}", began.elapsed().as_secs()));
    }
    expected.assert_eq(&lines.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn payloads_in_time_set_the_clock_back() {
    check(
        exchange(
            29,
            200,
            &[(0, "data: a\n\n"), (19, "data: b\n\n"), (19, "data: c\n\n")],
        ),
        expect![[r#"
            29s head 200
            29s a
            48s b
            67s c
            67s end"#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn no_head_and_no_first_payload_are_one_clock() {
    check(
        exchange(NEVER, 200, &[]),
        expect!["30s no first payload from `h` within 30 s [timeout]"],
    )
    .await;
    check(
        exchange(25, 200, &[(25, "data: late\n\n")]),
        expect![[r#"
            25s head 200
            30s no first payload from `h` within 30 s [timeout]"#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn keep_alives_do_not_stop_a_clock() {
    check(
        exchange(
            0,
            200,
            &[
                (10, ": wait\n\n"),
                (10, ": wait\n\n"),
                (9, ":\n\n"),
                (9, "data: a\n\n"),
            ],
        ),
        expect![[r#"
            0s head 200
            30s no first payload from `h` within 30 s [timeout]"#]],
    )
    .await;
    check(
        exchange(
            0,
            200,
            &[
                (5, "data: a\n\n"),
                (15, "event: ping\n\n"),
                (15, ": x\n\ndata: b\n\n"),
            ],
        ),
        expect![[r#"
            0s head 200
            5s a
            25s no further payload from `h` within 20 s [timeout]"#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn half_an_event_is_no_payload() {
    check(
        exchange(0, 200, &[(0, "data: a\n\n"), (15, "data: b"), (15, "\n\n")]),
        expect![[r#"
            0s head 200
            0s a
            20s no further payload from `h` within 20 s [timeout]"#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_error_document_is_under_the_first_clock() {
    check(
        exchange(0, 500, &[(10, "x"), (NEVER, "y")]),
        expect![[r#"
            0s head 500
            30s no first payload from `h` within 30 s [timeout]"#]],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_consumer_does_not_run_the_clock() {
    let mut exchange = exchange(0, 200, &[(0, "data: a\n\n"), (10, "data: b\n\n")]);
    for expected in ["Head", "Frame", "Frame", "End"] {
        sleep(Duration::from_secs(500)).await;
        let piece = exchange.next().await.unwrap().unwrap();
        assert!(format!("{piece:?}").starts_with(expected), "{piece:?}");
    }
    assert!(exchange.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn dropping_a_pull_loses_nothing_and_does_not_set_the_clock_back() {
    let mut exchange = exchange(0, 200, &[(18, "data: a\n\n"), (NEVER, "")]);
    let began = Instant::now();
    let mut items = Vec::new();
    let error = loop {
        match tokio::time::timeout(Duration::from_secs(4), exchange.next()).await {
            Ok(Some(Ok(piece))) => items.push(piece),
            Ok(Some(Err(error))) => break error,
            Ok(None) => panic!("ended after {items:?}"),
            Err(_) => assert!(began.elapsed().as_secs() < 60),
        }
    };
    assert_eq!(error.to_string(), "no further payload from `h` within 20 s");
    assert_eq!(items[1..], [Piece::Frame(Bytes::from_static(b"a"))]);
    assert_eq!(began.elapsed().as_secs(), 38);
}

#[tokio::test(start_paused = true)]
async fn connecting_does_not_count_for_the_first_payload() {
    let dial = Dial::new(Duration::from_secs(10));
    let connecting = dial.clone();
    let answer = async move {
        let slow = async {
            sleep(Duration::from_secs(9)).await;
            Ok(())
        };
        connecting.time(slow).await.unwrap();
        sleep(Duration::from_secs(NEVER)).await;
        Ok(Answer {
            status: 200,
            headers: Vec::new(),
            body: body(&[]),
        })
    };
    let clocks = Clocks::new(limits(), dial, "h".into());
    check(
        Exchange::new(Box::pin(answer), Framing::Sse, clocks),
        expect!["39s no first payload from `h` within 30 s [timeout]"],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_connect_clock_is_the_request_s_own() {
    let began = Instant::now();
    let never = async {
        sleep(Duration::from_secs(NEVER)).await;
        Ok(())
    };
    let outcome = Dial::new(Duration::from_secs(7)).time(never).await;
    assert_eq!(outcome.unwrap_err().to_string(), "no connection in time");
    assert_eq!(began.elapsed().as_secs(), 7);
}

#[tokio::test(start_paused = true)]
async fn each_clock_says_what_to_do() {
    for (clock, hint) in [
        (crate::Clock::Connect, "check host"),
        (crate::Clock::First, "try again later"),
        (
            crate::Clock::Idle,
            "`timeout_settings.idle_timeout_seconds`",
        ),
    ] {
        let limit = Duration::from_millis(1500);
        let fault = TransportError::Expired {
            clock,
            limit,
            host: "h".into(),
        }
        .fault();
        assert!(
            fault.message.ends_with(" `h` within 1.5 s"),
            "{}",
            fault.message
        );
        assert!(fault.detail.contains(hint), "{}", fault.detail);
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_read_before_it_is_asked_for() {
    let reads = Arc::new(AtomicUsize::new(0));
    let counted = reads.clone();
    let body = stream::repeat_with(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        Ok(Bytes::from_static(b"data: a\n\n"))
    });
    let answer = ready(Ok(Answer {
        status: 200,
        headers: Vec::new(),
        body: body.boxed(),
    }));
    let clocks = Clocks::new(limits(), Dial::new(limits().connect), "h".into());
    let mut exchange = Exchange::new(Box::pin(answer), Framing::Sse, clocks);
    for expected in [0, 1, 2] {
        exchange.next().await.unwrap().unwrap();
        sleep(Duration::from_secs(1)).await;
        assert_eq!(reads.load(Ordering::Relaxed), expected);
    }
}
