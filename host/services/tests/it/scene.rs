//! A team from a file in a folder of its own, and what its agents are lent.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use config::RunPlan;
use serde_json::{Value, json};
use services::{Environment, Lender, Lent, Notice, Outcome, Places, ToolRequest, ToolTape};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// The value of `${TOKEN}`.
pub(crate) const TOKEN: &str = "tok-very-secret-1";

/// Folders: `W`, `R` and `C` for the agent, `O` for nobody, `run` for the run.
pub(crate) struct Scene {
    folder: TempDir,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["W", "R", "C", "O", "run"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        for name in ["R", "C", "O"] {
            fs::write(folder.path().join(name).join("f"), "old").unwrap();
        }
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// One agent in `W`, with `R` to read and `C` to write; `more` is added to its backend.
    pub(crate) fn plan(&self, more: &str) -> RunPlan {
        let (w, r, c) = (self.path("W"), self.path("R"), self.path("C"));
        let (w, r, c) = (w.display(), r.display(), c.display());
        self.load(&format!(
            "agents:\n  - id: ann\n    backend:\n      type: native\n      cwd: {w}\n      \
             context_paths:\n        - {{path: {r}, permission: read}}\n        \
             - {{path: {c}, permission: write}}\n{more}"
        ))
    }

    pub(crate) fn load(&self, yaml: &str) -> RunPlan {
        let file = self.path("team.yaml");
        fs::write(&file, yaml).unwrap();
        let lookup = |name: &str| (name == "TOKEN").then(|| TOKEN.to_owned());
        config::load(&file, &lookup).unwrap_or_else(|error| panic!("{error}\n{yaml}"))
    }

    pub(crate) fn places(&self, tape: ToolTape) -> Places {
        let own = |name: &str| match name {
            "TOKEN" => Some(TOKEN.to_owned()),
            _ => std::env::var(name).ok(),
        };
        Places {
            run: self.path("run"),
            tokens: None,
            program: "massgen".into(),
            home: None,
            environment: Environment::new(own),
            ca_file: None,
            tape,
        }
    }

    /// What the first agent of this plan is lent.
    pub(crate) fn lend(&self, plan: &RunPlan) -> Lent {
        let lender = Lender::open(plan, self.places(ToolTape::Off)).unwrap();
        lender.lend(&plan.agents[0]).unwrap().0
    }

    pub(crate) fn lent(&self, more: &str) -> Lent {
        self.lend(&self.plan(more))
    }

    /// The log of decisions.
    pub(crate) fn audit(&self) -> Vec<Value> {
        let text = self.text("run/audit.jsonl");
        let line = |it| serde_json::from_str(it).unwrap();
        text.lines().map(line).collect()
    }

    /// What the scripted server with this journal did.
    pub(crate) fn journal(&self, name: &str) -> Vec<String> {
        let text = fs::read_to_string(self.path(name)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// An entry of `mcp_servers` for the scripted server; `more` are further keys of it.
    pub(crate) fn server(&self, name: &str, more: &str) -> String {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/server.py");
        let journal = self.path(&format!("{name}.log"));
        format!(
            "        {name}: {{type: stdio, command: [python3, {}, {}]{more}}}\n",
            script.display(),
            journal.display()
        )
    }
}

pub(crate) fn request(name: &str, arguments: Value) -> ToolRequest {
    ToolRequest {
        id: "c1".into(),
        name: name.into(),
        arguments,
    }
}

pub(crate) async fn call(lent: &Lent, name: &str, arguments: Value) -> Outcome {
    let cancel = CancellationToken::new();
    lent.call(request(name, arguments), &cancel, &|_| {}).await
}

/// Calls `write_file`; whether it worked.
pub(crate) async fn writes(lent: &Lent, path: impl AsRef<Path>) -> bool {
    let arguments = json!({"path": path.as_ref(), "content": "new"});
    let outcome = call(lent, "mcp__filesystem__write_file", arguments).await;
    let is_refused = outcome.text().contains("Permission denied for tool");
    assert_eq!(outcome.is_error, is_refused, "{}", outcome.text());
    !outcome.is_error
}

pub(crate) fn names(lent: &Lent) -> Vec<String> {
    lent.tools().into_iter().map(|it| it.name).collect()
}

/// Starts the servers and waits for them; gives what observers hear.
pub(crate) async fn started(lent: &Lent) -> Arc<Mutex<Vec<Notice>>> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ear = Arc::clone(&heard);
    lent.start(Arc::new(move |it| ear.lock().unwrap().push(it)));
    lent.ready().await.unwrap();
    heard
}
