//! What agents are lent: tools of MCP servers, files, and the gate before them.

mod faulty_servers;
mod files;
mod policy;
mod processes;
mod real_servers;
mod teamwork;

use it::{Faulty, Finished, Massgen, Running, Sandbox, Team};
use serde_json::{Value, json};
use support::{Fake, Reply, Request, Script};

use crate::scripts::{QUESTION, assert_told_well, working};

/// One agent, `ann`, whose model makes these calls one after another, and then answers.
pub(crate) struct Scene {
    massgen: Massgen,
    fake: Fake,
    backend: Value,
    sections: Vec<(&'static str, Value)>,
}

/// How such a run went.
pub(crate) struct Played {
    pub(crate) finished: Finished,
    fake: Fake,
}

impl Scene {
    pub(crate) fn of(replies: Vec<Reply>) -> Self {
        Self::scripted(working(Script::new(), "ann", replies))
    }

    pub(crate) fn scripted(script: Script) -> Self {
        Self::at(Massgen::new(), script)
    }

    pub(crate) fn at(massgen: Massgen, script: Script) -> Self {
        let fake = Fake::start(script);
        let backend = json!({"type": "vllm", "model": "ann", "base_url": fake.base_url()});
        Self {
            massgen,
            fake,
            backend,
            sections: Vec::new(),
        }
    }

    pub(crate) fn sandbox(&self) -> &Sandbox {
        self.massgen.sandbox()
    }

    /// Sets a key of the agent's backend.
    pub(crate) fn set(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.backend[key] = value.into();
        self
    }

    pub(crate) fn section(mut self, name: &'static str, value: Value) -> Self {
        self.sections.push((name, value));
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.massgen = self.massgen.env(name, value);
        self
    }

    /// Adds an MCP server.
    pub(crate) fn server(mut self, config: Value) -> Self {
        if self.backend["mcp_servers"].is_null() {
            self.backend["mcp_servers"] = json!([]);
        }
        let servers = self.backend["mcp_servers"].as_array_mut().unwrap();
        servers.push(config);
        self
    }

    /// Adds the faulty server under this name, and gives access to what it writes down.
    pub(crate) fn faulty(self, name: &str, options: &[&str]) -> (Self, Faulty) {
        let faulty = Faulty::new(self.sandbox(), name);
        let config = faulty.config(name, options);
        (self.server(config), faulty)
    }

    pub(crate) fn start(self) -> (Running, Fake) {
        let team = Team::empty().agent("ann", self.backend);
        let mut sections = self.sections.into_iter();
        let team = sections.try_fold(team, |team, (name, value)| Some(team.section(name, value)));
        let massgen = self.massgen.run(&team.unwrap());
        let running = massgen.args(&["--output", "json", QUESTION]).start();
        (running, self.fake)
    }

    /// To a good end, with no process left.
    #[track_caller]
    pub(crate) fn play(self) -> Played {
        let (running, fake) = self.start();
        let finished = running.finish().expect(0).alone();
        assert_told_well(&fake);
        Played { finished, fake }
    }
}

impl Played {
    /// The last request for an answer.
    pub(crate) fn last(&self) -> Request {
        let mut requests = self.fake.requests("ann").into_iter();
        requests.rfind(Request::is_coordinating).unwrap()
    }

    /// What the model saw of the calls, in order.
    pub(crate) fn results(&self) -> Vec<String> {
        let results = self.last().tool_results().into_iter();
        results.map(|(_, text)| text).collect()
    }

    /// The only one.
    #[track_caller]
    pub(crate) fn result(&self) -> String {
        let results = self.results();
        assert_eq!(results.len(), 1, "{results:#?}\n{}", self.finished);
        results[0].clone()
    }

    /// Names of the tools on offer at the first request.
    pub(crate) fn tools(&self) -> Vec<String> {
        let first = &self.fake.requests("ann")[0];
        first.tools().into_iter().map(str::to_owned).collect()
    }

    /// The states that this server went through, one after another.
    pub(crate) fn states(&self, server: &str) -> Vec<String> {
        let mut states = self.finished.events_named("mcp_status", None);
        states.retain(|it| it["server"] == server);
        let word = |it: Value| it["status"].as_str().unwrap().to_owned();
        states.into_iter().map(word).collect()
    }
}

#[track_caller]
pub(crate) fn assert_has(text: &str, words: &str) {
    assert!(text.contains(words), "no `{words}` in: {text}");
}
