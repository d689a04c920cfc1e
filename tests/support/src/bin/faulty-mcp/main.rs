//! An MCP server over stdio that behaves as well or as badly as its command line says.
//!
//! It needs nothing but this file's neighbours, listens on nothing, and ends with its stdin unless
//! it is told to be stubborn. What it was asked and what it did stands in its log, one JSON value
//! per line, so that a test can count executions.

#![expect(
    clippy::expect_used,
    reason = "it serves tests: what cannot be done here fails one"
)]

mod log;
mod server;
mod settings;
mod tools;

use std::io::{self, BufRead as _, Write as _};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

use serde_json::json;

use crate::server::Server;
use crate::settings::Settings;

fn main() -> ExitCode {
    let settings = Settings::read();
    let server = Arc::new(Server::new(settings));
    let settings = server.settings();
    server
        .log()
        .write(json!({"event": "started", "pid": std::process::id()}));
    if settings.exits {
        say("faulty: told to exit\n");
        return ExitCode::from(3);
    }
    if settings.chatty {
        say(&format!("{}\n", tools::variables()));
    }
    if settings.breeds {
        server::start_child();
    }
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        server.receive(&line);
    }
    server.log().write(json!({"event": "stdin closed"}));
    if settings.stubborn {
        loop {
            thread::park();
        }
    }
    ExitCode::SUCCESS
}

/// Something for people.
fn say(text: &str) {
    let written = io::stderr().write_all(text.as_bytes());
    written.expect("a stderr");
}
