//! A real server with a real, tiny model: the plumbing against somebody else's bytes.

use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use it::{Finished, Massgen, Team};
use serde_json::{Value, json};

use crate::scripts::QUESTION;

/// The server ends when its stdin is closed, so it cannot outlive this value.
pub(crate) struct Server {
    child: Child,
    stdin: Option<ChildStdin>,
    address: String,
}

impl Server {
    /// `None` when the environment does not say where it is. With one thread, as several wait for
    /// each other in loops, which takes minutes where other tests run beside.
    pub(crate) fn start() -> Option<Self> {
        let [python, script, model] = [
            "MASSGEN_TEST_LLAMA_PYTHON",
            "MASSGEN_TEST_LLAMA_SCRIPT",
            "MASSGEN_TEST_TINY_MODEL",
        ]
        .map(env::var_os);
        let mut command = Command::new(python?);
        command
            .arg(script?)
            .arg(model?)
            .args(["--hermes", "--context", "4096", "--threads", "1"]);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().expect("python can be started");
        let stdin = child.stdin.take();
        let mut address = String::new();
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        // Whatever it prints later goes nowhere, and must not block it.
        let mut lines = stdout.lines().map_while(Result::ok);
        address.push_str(&lines.next().expect("the server prints its address"));
        std::thread::spawn(move || lines.count());
        Some(Self {
            child,
            stdin,
            address,
        })
    }

    /// The address of one protocol, by the end of its path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stdin.take());
        let _ = self.child.wait();
    }
}

/// Each protocol of the server, by a backend type that speaks it, and what ends its base URL.
const PROTOCOLS: [(&str, &str); 3] = [("vllm", "/v1"), ("openai", "/v1"), ("claude", "")];

/// Short replies: what the tiny model says is not worth more.
fn backend(server: &Server, kind: &str, path: &str) -> Value {
    json!({"type": kind, "model": "local", "base_url": server.url(path),
           "api_key": "none", "max_tokens": 24, "temperature": 0})
}

/// To an end with an answer, within a few minutes on a machine that does much else.
fn play(team: Team) -> Finished {
    let team = team
        .section(
            "orchestrator",
            json!({"max_new_answers_per_agent": 1, "max_activation_failures": 1}),
        )
        .section(
            "timeout_settings",
            json!({"orchestrator_timeout_seconds": 400}),
        );
    let massgen = Massgen::new().run(&team).within(Duration::from_secs(500));
    let finished = massgen
        .args(&["--output", "json", QUESTION])
        .finish()
        .expect(0);
    let answer = finished.document()["answer"].as_str().map(str::to_owned);
    assert!(answer.is_some_and(|it| !it.trim().is_empty()), "{finished}");
    finished
}

#[test]
fn one_team_speaks_three_protocols_to_one_real_server() {
    let Some(server) = Server::start() else {
        println!("skipped: no real model (run `cargo xtask test`)");
        return;
    };
    let join = |team: Team, (kind, path)| team.agent(kind, backend(&server, kind, path));
    let finished = play(PROTOCOLS.into_iter().fold(Team::empty(), join));
    for (kind, _) in PROTOCOLS {
        let ended = finished.events_named("call_ended", Some(kind));
        let spoke = ended
            .iter()
            .any(|it| it["finish"].is_string() && it["usage"]["output"] != 0);
        assert!(spoke, "{kind} said nothing\n{finished}");
        let failed = finished.events_named("agent_failed", Some(kind));
        let faults = failed.iter().filter(|it| it["cause"] == "fault");
        assert_eq!(faults.count(), 0, "{kind}\n{finished}");
    }
}
