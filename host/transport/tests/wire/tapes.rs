//! Record and replay over the whole path, and secrets that are never seen.

use std::io;
use std::sync::{Arc, Mutex};

use massgen_plugin::wire::{Framing, HttpRequest};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

use super::*;
use crate::server::Act;

#[tokio::test]
async fn a_replay_gives_the_same_pieces_without_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let body = "data: жду\n\n: wait\n\ndata: b\ndata: c\n\ndata: [DONE]";
    let server = Server::events(body).await;
    let (request, grant) = (chat(&server), grant(&server));
    let raw = HttpRequest {
        framing: Framing::Raw,
        ..request.clone()
    };
    let recording = transport(Tape::Record(folder.path().into()));
    let mut live = Vec::new();
    for request in [&request, &raw] {
        let exchange = recording.send(request.clone(), &grant, &scope());
        live.push(pieces(exchange).await.unwrap());
    }
    drop(server);
    let replaying = transport(Tape::Replay(folder.path().into()));
    for (request, live) in [&request, &raw].into_iter().zip(live) {
        let exchange = replaying.send(request.clone(), &grant, &scope());
        assert_eq!(pieces(exchange).await.unwrap(), live);
    }
    let error = pieces(replaying.send(request, &grant, &scope()))
        .await
        .unwrap_err();
    let missing = folder.path().join("ann").join("0003.json");
    assert_eq!(
        error.to_string(),
        format!("no recording `{}`", missing.display())
    );
}

#[tokio::test]
async fn an_exchange_that_is_cancelled_is_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let head = b"HTTP/1.1 200 OK\r\n\r\ndata: a\n\n".to_vec();
    let server = Server::start(vec![Act::Write(head), Act::Linger]).await;
    let recording = transport(Tape::Record(folder.path().into()));
    let mut exchange = recording.send(chat(&server), &grant(&server), &scope());
    exchange.next().await.unwrap().unwrap();
    exchange.next().await.unwrap().unwrap();
    drop(exchange);
    let text = std::fs::read_to_string(folder.path().join("ann/0001.json")).unwrap();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["end"], "dropped");
    assert_eq!(document["response"]["body"][0]["text"], "data: a\n\n");
}

/// Everything that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_secret_is_seen_by_the_server_alone() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_writer(log.clone())
        .finish();
    // For the whole process: what other tests log may hold no key either.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let recording = transport(Tape::Record(folder.path().into()));

    // The server echoes the key in a header, in an error document, and in a redirect.
    let echo = format!("x-echo: {KEY}");
    let refusal = format!("HTTP/1.1 401 No\r\n{echo}");
    let redirect = format!("HTTP/1.1 302 Found\r\nlocation: /{KEY}?key={KEY}");
    for head in [&refusal, &redirect] {
        let server = Server::answer(head, format!("bad key {KEY}")).await;
        let request = HttpRequest {
            url: server.url(&format!("/v1?api_key={KEY}&q={KEY}")),
            headers: vec![
                ("x-other".into(), KEY.into()),
                ("cookie".into(), "c=1".into()),
            ],
            body: Some(format!("my key is {KEY}")),
            ..chat(&server)
        };
        let outcome = pieces(recording.send(request, &grant(&server), &scope())).await;
        if let Err(error) = outcome {
            assert!(!format!("{error:?} {error} {:?}", error.fault()).contains(KEY));
        }
        assert!(server.requests()[0].contains(&format!("Bearer {KEY}")));
    }

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("request") && log.contains("answer"), "{log}");
    assert!(!log.contains(KEY), "{log}");
    for number in ["0001", "0002"] {
        let file = folder.path().join(format!("ann/{number}.json"));
        let text = std::fs::read_to_string(file).unwrap();
        assert!(
            text.contains("***") && !text.contains(KEY) && !text.contains("c=1"),
            "{text}"
        );
    }
}
