//! What goes over the wire, and what comes out of it.

use std::io::Write as _;
use std::time::Duration;

use massgen_plugin::wire::Timeouts;

use super::*;
use crate::server::Act;

#[tokio::test]
async fn a_stream_comes_as_head_frames_and_end() {
    let server = Server::events(": hi\n\ndata: a\n\ndata: [DONE]").await;
    let exchange = transport(Tape::Off).send(chat(&server), &grant(&server), &scope());
    let pieces = pieces(exchange).await.unwrap();
    let Piece::Head {
        status: 200,
        headers,
    } = &pieces[0]
    else {
        panic!("{pieces:?}")
    };
    assert!(headers.contains(&("content-type".into(), "text/event-stream".into())));
    assert_eq!(frames(&pieces), ["a", "[DONE]"]);
    assert_eq!(pieces.last(), Some(&Piece::End));
}

#[tokio::test]
async fn the_request_carries_its_headers_body_and_key() {
    let server = Server::events("").await;
    pieces(transport(Tape::Off).send(chat(&server), &grant(&server), &scope()))
        .await
        .unwrap();
    let sent = server.requests().remove(0);
    let (head, body) = sent.split_once("\r\n\r\n").unwrap();
    assert!(
        head.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"),
        "{head}"
    );
    for line in [
        &format!("authorization: Bearer {KEY}"),
        "content-type: application/json",
        "user-agent: massgen/test",
        "accept-encoding: gzip",
    ] {
        assert!(
            head.lines().any(|sent| sent == line),
            "no `{line}` in:\n{head}"
        );
    }
    assert_eq!(body, r#"{"stream":true}"#);
}

#[tokio::test]
async fn error_documents_come_whole() {
    let head = "HTTP/1.1 429 Too Many Requests\r\nretry-after: 7";
    let server = Server::answer(head, r#"{"error":{"message":"slow down"}}"#).await;
    let exchange = transport(Tape::Off).send(chat(&server), &grant(&server), &scope());
    let pieces = pieces(exchange).await.unwrap();
    let [
        Piece::Head {
            status: 429,
            headers,
        },
        Piece::Bytes(body),
        Piece::End,
    ] = &pieces[..]
    else {
        panic!("{pieces:?}")
    };
    assert_eq!(&body[..], br#"{"error":{"message":"slow down"}}"#);
    let asked = transport::retry::after_from_headers(headers, std::time::SystemTime::UNIX_EPOCH);
    assert_eq!(asked, Some(Duration::from_secs(7)));
}

/// The beginning of a packed stream, as a server flushes it.
fn gzip_start(text: &str) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(text.as_bytes()).unwrap();
    packed.flush().unwrap();
    packed.get_ref().clone()
}

#[tokio::test]
async fn gzip_is_unpacked_as_it_flows() {
    let head = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n\r\n";
    let early = [head.as_bytes(), &gzip_start("data: early\n\n")].concat();
    let server = Server::start(vec![Act::Write(early), Act::Linger]).await;
    let mut exchange = transport(Tape::Off).send(chat(&server), &grant(&server), &scope());
    exchange.next().await.unwrap().unwrap();
    let frame = exchange.next().await.unwrap().unwrap();
    assert_eq!(frame, Piece::Frame("early".into()));
}

#[tokio::test]
async fn broken_gzip_is_an_error_of_the_protocol() {
    let server = Server::answer("HTTP/1.1 200 OK\r\ncontent-encoding: gzip", "not gzip").await;
    let exchange = transport(Tape::Off).send(chat(&server), &grant(&server), &scope());
    let error = pieces(exchange).await.unwrap_err();
    assert_eq!(error.fault().code.as_str(), "protocol", "{error:?}");
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_an_error_of_the_network() {
    let text = "data: a\n\n";
    for (coding, start) in [("identity", text.into()), ("gzip", gzip_start(text))] {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-encoding: {coding}");
        let chunk = [format!("{:x}\r\n", start.len()).as_bytes(), &start, b"\r\n"].concat();
        breaks(&format!("{head}\r\ntransfer-encoding: chunked"), chunk).await;
        breaks(&format!("{head}\r\ncontent-length: 1000"), start).await;
    }
}

async fn breaks(head: &str, body: Vec<u8>) {
    let server = Server::answer(head, body).await;
    let mut exchange = transport(Tape::Off).send(chat(&server), &grant(&server), &scope());
    exchange.next().await.unwrap().unwrap();
    let frame = exchange.next().await.unwrap().unwrap();
    assert_eq!(frame, Piece::Frame("a".into()));
    let error = exchange.next().await.unwrap().unwrap_err();
    assert_eq!(error.fault().code.as_str(), "network", "{head}: {error:?}");
    assert!(exchange.next().await.is_none());
}

#[tokio::test]
async fn dropping_an_exchange_closes_its_connection() {
    let head = b"HTTP/1.1 200 OK\r\n\r\ndata: a\n\n".to_vec();
    let mut server = Server::start(vec![Act::Write(head), Act::Linger]).await;
    let mut exchange = transport(Tape::Off).send(chat(&server), &grant(&server), &scope());
    exchange.next().await.unwrap().unwrap();
    exchange.next().await.unwrap().unwrap();
    drop(exchange);
    server.connection_over().await;
}

#[tokio::test]
async fn a_consumer_that_does_not_pull_stops_the_sender() {
    let head = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    let mut server = Server::start(vec![
        Act::Write(head),
        Act::Flood(b"data: x\n\n".repeat(10_000)),
    ])
    .await;
    let mut exchange = transport(Tape::Off).send(chat(&server), &grant(&server), &scope());
    exchange.next().await.unwrap().unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    drop(exchange);
    let written = server.connection_over().await;
    assert!(
        written < 32 * 1024 * 1024,
        "{written} bytes were written to nobody"
    );
}

#[tokio::test]
async fn the_connection_is_used_again() {
    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\ndata: a\n\n".to_vec();
    let both = vec![Act::Write(answer.clone()), Act::Linger, Act::Write(answer)];
    let server = Server::start(both).await;
    let transport = transport(Tape::Off);
    for _ in 0..2 {
        let clone = transport.clone();
        let pieces = pieces(clone.send(chat(&server), &grant(&server), &scope()))
            .await
            .unwrap();
        assert_eq!(frames(&pieces), ["a"]);
    }
    assert_eq!(server.requests().len(), 1, "one connection");
}

#[tokio::test]
async fn a_server_that_is_silent_runs_into_the_clock() {
    let server = Server::start(vec![Act::Linger]).await;
    let timeouts = Timeouts {
        first_ms: Some(50),
        ..Timeouts::default()
    };
    let request = massgen_plugin::wire::HttpRequest {
        timeouts,
        ..chat(&server)
    };
    let exchange = transport(Tape::Off).send(request, &grant(&server), &scope());
    let fault = pieces(exchange).await.unwrap_err().fault();
    assert_eq!(fault.code.as_str(), "timeout");
    assert_eq!(
        fault.message,
        format!("no first payload from `{}` within 0.05 s", server.host())
    );
}

#[tokio::test]
async fn a_body_without_an_end_is_cut_off_recorded_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let head = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    let script = vec![Act::Write(head), Act::Flood(vec![b'a'; 1 << 20])];
    let server = Server::start(script).await;
    for tape in [Tape::Off, Tape::Record(folder.path().into())] {
        let request = massgen_plugin::wire::HttpRequest {
            framing: massgen_plugin::wire::Framing::Raw,
            ..chat(&server)
        };
        let mut exchange = transport(tape).send(request, &grant(&server), &scope());
        let mut read = 0;
        let fault = loop {
            match exchange.next().await.unwrap() {
                Ok(Piece::Bytes(bytes)) => read += bytes.len(),
                Ok(_) => {}
                Err(error) => break error.fault(),
            }
        };
        assert!(read <= 64 << 20 && read > 60 << 20, "{read}");
        let host = server.host();
        let says = format!("the body from `{host}` is longer than 67108864 bytes");
        assert_eq!((fault.message, fault.code.as_str()), (says, "protocol"));
    }
    let file = folder.path().join("ann/0001.json");
    assert!(std::fs::metadata(&file).unwrap().len() < 20 << 20);
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains("\"end\": \"too_long\""));
}
