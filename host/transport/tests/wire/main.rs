//! The transport over real sockets, against a server of a few lines on loopback.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod captures;
mod encryption;
mod proxies;
mod refusals;
mod server;
mod streams;
mod tapes;

use massgen_plugin::wire::{Auth, HttpRequest};
use server::Server;
use transport::{
    Exchange, Grant, Piece, Scope, Secret, SecretGrant, Settings, Tape, Transport, TransportError,
};

/// The key of all tests; it must never be seen anywhere but in one header.
const KEY: &str = "sk-planted-0123456789";

fn transport(tape: Tape) -> Transport {
    Transport::new(Settings {
        user_agent: "massgen/test".into(),
        ca_file: None,
        tape,
    })
    .unwrap()
}

fn scope() -> Scope {
    Scope {
        agent: "ann".into(),
    }
}

/// The server's host with its port, and the key for it.
fn grant(server: &Server) -> Grant {
    let hosts = vec![server.host()];
    let secret = SecretGrant {
        name: "api_key".into(),
        value: Secret::new(KEY),
        hosts: hosts.clone(),
    };
    Grant {
        hosts,
        secrets: vec![secret],
    }
}

/// A chat request that carries the key.
fn chat(server: &Server) -> HttpRequest {
    HttpRequest {
        auth: Some(Auth::bearer("api_key")),
        ..HttpRequest::post_json(
            server.url("/v1/chat/completions"),
            r#"{"stream":true}"#.into(),
        )
    }
}

async fn pieces(mut exchange: Exchange) -> Result<Vec<Piece>, TransportError> {
    let mut all = Vec::new();
    while let Some(piece) = exchange.next().await {
        all.push(piece?);
    }
    Ok(all)
}

fn frames(pieces: &[Piece]) -> Vec<String> {
    let frame = |piece: &Piece| match piece {
        Piece::Frame(data) => Some(String::from_utf8_lossy(data).into_owned()),
        _ => None,
    };
    pieces.iter().filter_map(frame).collect()
}
