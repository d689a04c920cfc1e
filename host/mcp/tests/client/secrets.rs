//! What a server says of its secrets, and what is said of it.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use config::{ApiKey, McpTransport};
use mcp::Event;
use tracing::field::Field;
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Metadata, Subscriber};

use crate::scene::Scene;

/// Keeps what this crate logs.
struct Log(Arc<Mutex<String>>);

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("mcp")
    }

    fn new_span(&self, _span: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _span: &Id, _values: &Record<'_>) {}

    fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut log = self.0.lock().unwrap();
        event.record(&mut |field: &Field, value: &dyn Debug| {
            *log += &format!("{field}={value:?} ");
        });
    }

    fn enter(&self, _span: &Id) {}

    fn exit(&self, _span: &Id) {}
}

#[tokio::test]
async fn a_secret_that_a_server_tells_is_masked_in_logs_events_and_errors() {
    let log = Arc::<Mutex<String>>::default();
    // With only one of them, `tracing` asks the thread that logs first, which may be another test.
    let _second = Dispatch::new(Log(log.clone()));
    let _logging = tracing::subscriber::set_default(Log(log.clone()));
    let scene = Scene::with("normal", |spec| {
        if let McpTransport::Stdio { env, .. } = &mut spec.server.transport {
            env.push(("KEY".into(), ApiKey::from("planted-secret")));
        }
    });
    let error = scene.call("leak").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the MCP server refused the call: wrong key *** (code -32602)"
    );
    let message = "Is it ***?".to_owned();
    assert!(scene.events().contains(&Event::Declined { message }));
    let log = log.lock().unwrap().clone();
    for said in [r#"data={"key":"***"}"#, "of ***", "message=Is it ***?"] {
        assert!(log.contains(said), "{said} in {log}");
    }
    assert!(!log.contains("planted"), "{log}");
}
