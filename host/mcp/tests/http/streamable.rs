//! Whole sessions over streamable HTTP with streams, as `rmcp` serves them.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mcp::{CallError, CallOptions, Client, ConnectError, Event, State};
use rmcp::model::ProtocolVersion;
use serde_json::Map;

use crate::rmcp_server::RmcpServer;
use crate::spec_of;

/// With sessions, and without.
const REVISIONS: [&[ProtocolVersion]; 2] = [
    &[ProtocolVersion::V_2025_06_18],
    ProtocolVersion::KNOWN_VERSIONS,
];

type Events = Arc<Mutex<Vec<Event>>>;

fn client(base: &str) -> (Client, Events) {
    let mut spec = spec_of(base, std::path::Path::new(""), true);
    spec.token_store = None;
    let client = Client::new(spec);
    let events = Events::default();
    let heard = events.clone();
    client.start(Arc::new(move |event| heard.lock().unwrap().push(event)));
    (client, events)
}

async fn call(client: &Client, tool: &str, options: CallOptions) -> Result<String, CallError> {
    let result = client.call(tool, Map::new(), options).await?;
    Ok(crate::text(&result))
}

async fn until(holds: impl Fn() -> bool) {
    for _ in 0..500 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it never comes about");
}

#[tokio::test]
async fn tools_are_listed_called_followed_and_cancelled() {
    for revisions in REVISIONS {
        let server = RmcpServer::start(revisions).await;
        let (client, _events) = client(&server.base());
        let state = client.settled().await;
        assert!(matches!(state, State::Connected), "{state:?}");
        let names: Vec<_> = client.tools().iter().map(|it| it.name.clone()).collect();
        assert_eq!(names, ["echo", "hang", "steps"]);

        let steps = Arc::<Mutex<Vec<f64>>>::default();
        let told = steps.clone();
        let options = CallOptions {
            progress: Some(Arc::new(move |it| told.lock().unwrap().push(it.done))),
            ..CallOptions::default()
        };
        assert_eq!(call(&client, "steps", options).await.unwrap(), "steps");
        assert_eq!(*steps.lock().unwrap(), [1.0, 2.0]);

        let options = CallOptions::default();
        let cancel = options.cancel.clone();
        let done = server.done();
        let (outcome, ()) = tokio::join!(call(&client, "hang", options), async {
            until(|| done.hanging.load(Ordering::SeqCst) == 1).await;
            cancel.cancel();
        });
        assert!(matches!(outcome, Err(CallError::Cancelled)), "{outcome:?}");
        until(|| done.cancelled.load(Ordering::SeqCst) == 1).await;
        client.close().await;
    }
}

#[tokio::test]
async fn a_server_that_was_restarted_is_called_as_if_nothing_had_happened() {
    for revisions in REVISIONS {
        let server = RmcpServer::start(revisions).await;
        let (client, events) = client(&server.base());
        let echo = || call(&client, "echo", CallOptions::default());
        assert_eq!(echo().await.unwrap(), "echo");
        let _server = server.restart().await;
        assert_eq!(echo().await.unwrap(), "echo");
        assert!(matches!(client.state(), State::Connected));
        client.close().await;
        let failed = |event: &Event| matches!(event, Event::Failed { .. });
        assert!(!events.lock().unwrap().iter().any(failed));
    }
}

#[tokio::test]
async fn a_server_that_is_gone_says_why_and_is_left_alone() {
    let mut server = RmcpServer::start(REVISIONS[0]).await;
    let (used, events) = client(&server.base());
    assert!(matches!(used.settled().await, State::Connected));
    server.stop().await;

    let (late, _events) = client(&server.base());
    let State::Failed(ConnectError::Unreachable { reason }) = late.settled().await else {
        panic!("{:?}", late.state());
    };
    assert!(
        reason.to_lowercase().contains("connection refused"),
        "{reason}"
    );

    let error = call(&used, "echo", CallOptions::default())
        .await
        .unwrap_err();
    assert!(matches!(error, CallError::Blocked { .. }), "{error}");
    assert!(matches!(used.state(), State::Blocked { .. }));
    let blocked = Event::Blocked { retry_ms: 30_000 };
    assert!(events.lock().unwrap().contains(&blocked));
    used.close().await;
}
