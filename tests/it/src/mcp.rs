//! MCP servers: the faulty one as it stands in a configuration, and real ones behind HTTP.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{RealServers, Sandbox, places};

/// The server that misbehaves on demand, with a log of its own.
#[derive(Debug, Clone)]
pub struct Faulty {
    log: PathBuf,
}

impl Faulty {
    /// One whose log lies in this sandbox.
    pub fn new(sandbox: &Sandbox, name: &str) -> Self {
        Self::at(sandbox.root().join(format!("{name}.log")))
    }

    /// One whose log lies here.
    pub fn at(log: PathBuf) -> Self {
        Self { log }
    }

    /// Its entry under `mcp_servers`, with these options of its own.
    pub fn config(&self, name: &str, options: &[&str]) -> Value {
        let log = self.log.to_string_lossy();
        let args: Vec<_> = ["--log", &log]
            .iter()
            .chain(options)
            .copied()
            .map(Value::from)
            .collect();
        json!({"name": name, "type": "stdio", "command": places::faulty_mcp(), "args": args,
               "security": {"allowed_executables": ["faulty-mcp"]}})
    }

    /// What it wrote down so far.
    pub fn log(&self) -> Vec<Value> {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let parse = |line| serde_json::from_str(line).expect("a line is one JSON value");
        text.lines().map(parse).collect()
    }

    /// How often this tool was executed.
    pub fn executions(&self, tool: &str) -> usize {
        let log = self.log();
        log.iter()
            .filter(|it| it["call"] == tool && it["event"].is_null())
            .count()
    }

    /// How often this happened.
    pub fn count(&self, event: &str) -> usize {
        self.log().iter().filter(|it| it["event"] == event).count()
    }

    /// Waits until this tool is being executed.
    ///
    /// # Panics
    ///
    /// When that takes longer than 30 seconds.
    pub fn wait_for_execution(&self, tool: &str) {
        let begun = Instant::now();
        while self.executions(tool) == 0 {
            let waited = begun.elapsed();
            assert!(
                waited < Duration::from_secs(30),
                "`{tool}` was not called: {:?}",
                self.log()
            );
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// `server-everything` behind streamable HTTP, on loopback only. It ends with this value.
#[derive(Debug)]
pub struct HttpServer {
    child: Child,
    url: String,
}

/// Makes every server of a Node.js program listen on loopback, and say where.
const LOOPBACK: &str = "
const { Server } = require('node:net');
const { listen } = Server.prototype;
Server.prototype.listen = function (port, ...rest) {
    const callback = rest.find((it) => typeof it === 'function');
    this.once('listening', () => console.error(`port ${this.address().port}`));
    return listen.call(this, { port: Number(port), host: '127.0.0.1' }, callback);
};
";

impl HttpServer {
    /// Starts it on a free port.
    pub fn everything(servers: &RealServers, sandbox: &Sandbox) -> Self {
        let preload = sandbox.root().join("loopback.cjs");
        fs::write(&preload, LOOPBACK).expect("a file in the sandbox");
        let mut node = Command::new(&servers.node);
        node.arg("--require").arg(preload);
        let script = "@modelcontextprotocol/server-everything/dist/index.js";
        node.arg(servers.modules.join(script)).arg("streamableHttp");
        node.env("PORT", "0").stdin(Stdio::null());
        node.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = node.spawn().expect("node can be started");
        let stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        let mut lines = stderr.lines().map_while(Result::ok);
        let port = lines.find_map(|it| it.strip_prefix("port ").map(str::to_owned));
        let url = format!("http://127.0.0.1:{}/mcp", port.expect("it listens"));
        // Whatever it prints later goes nowhere, and must not block it.
        thread::spawn(move || lines.count());
        Self { child, url }
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        // An error means that it has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
