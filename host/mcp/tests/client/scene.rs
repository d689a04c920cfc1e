//! A scripted server, the journal of what it did, and what observers heard.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use config::{McpServer, McpTransport, Place, SandboxPlan, ToolFilter};
use massgen_plugin::chat::Part;
use mcp::{CallError, CallOptions, CallResult, Client, ClientSpec, Environment, Event};
use serde_json::{Map, Value};
use tempfile::TempDir;

/// One scripted server and its client.
pub(crate) struct Scene {
    pub(crate) client: Client,
    folder: TempDir,
    events: Arc<Mutex<Vec<Event>>>,
}

impl Scene {
    /// Started with `server.py`, in this mode.
    pub(crate) fn start(mode: &str) -> Self {
        Self::with(mode, |_| {})
    }

    pub(crate) fn with(mode: &str, change: impl FnOnce(&mut ClientSpec)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("journal");
        std::fs::write(&journal, "").unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/client/server.py");
        let argv = ["python3".into(), script.display().to_string(), mode.into()];
        let mut argv: Vec<String> = argv.into();
        argv.push(journal.display().to_string());
        let mut spec = spec(argv, folder.path());
        change(&mut spec);
        let client = Client::new(spec);
        let events = Arc::<Mutex<Vec<Event>>>::default();
        let heard = events.clone();
        client.start(Arc::new(move |event| heard.lock().unwrap().push(event)));
        Self {
            client,
            folder,
            events,
        }
    }

    /// Drops the client.
    pub(crate) fn let_go(&mut self) {
        self.client = Client::new(spec(Vec::new(), self.folder.path()));
    }

    /// Calls without arguments and with the defaults.
    pub(crate) async fn call(&self, tool: &str) -> Result<CallResult, CallError> {
        self.call_with(tool, "{}", CallOptions::default()).await
    }

    pub(crate) async fn call_with(
        &self,
        tool: &str,
        arguments: &str,
        options: CallOptions,
    ) -> Result<CallResult, CallError> {
        let arguments: Map<String, Value> = serde_json::from_str(arguments).unwrap();
        self.client.call(tool, arguments, options).await
    }

    /// The text of a call that succeeds.
    pub(crate) async fn text(&self, tool: &str) -> String {
        text(&self.call(tool).await.unwrap())
    }

    /// How often the server noted this.
    pub(crate) fn times(&self, line: &str) -> usize {
        self.journal()
            .lines()
            .filter(|noted| *noted == line)
            .count()
    }

    /// What the server noted behind this word, in order.
    pub(crate) fn noted(&self, word: &str) -> Vec<String> {
        let journal = self.journal();
        let lines = journal.lines().filter_map(|line| line.strip_prefix(word));
        lines.map(|rest| rest.trim().to_owned()).collect()
    }

    fn journal(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("journal")).unwrap()
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.folder.path().join("logs/script.log")
    }

    pub(crate) fn events(&self) -> Vec<Event> {
        self.events.lock().unwrap().clone()
    }

    /// Waits until this is so; at most ten seconds.
    pub(crate) async fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        for _ in 0..500 {
            if holds(self) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!(
            "never: {what}; events: {:?}; journal: {}",
            self.events(),
            self.journal()
        );
    }
}

/// Limits short enough for a test and long enough for a slow machine.
fn spec(argv: Vec<String>, folder: &Path) -> ClientSpec {
    ClientSpec {
        server: McpServer {
            name: "script".into(),
            transport: McpTransport::Stdio {
                argv,
                env: Vec::new(),
                cwd: None,
            },
            required: false,
            connect_ms: None,
            call_ms: None,
            sandbox: SandboxPlan::default(),
            filter: ToolFilter::default(),
            place: Place::default(),
        },
        agent: "a".into(),
        launcher: Vec::new(),
        default_cwd: None,
        default_connect_ms: 20_000,
        default_call_ms: 20_000,
        environment: Environment::of_process(),
        token_store: None,
        ca_file: None,
        log_folder: Some(folder.join("logs")),
    }
}

/// Options with only a limit.
pub(crate) fn within(ms: u64) -> CallOptions {
    CallOptions {
        timeout: Some(Duration::from_millis(ms)),
        ..CallOptions::default()
    }
}

/// Whether a process is there and not a zombie.
pub(crate) fn lives(pid: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    status.is_ok_and(|status| !status.contains(") Z "))
}

/// All text of a result.
pub(crate) fn text(result: &CallResult) -> String {
    let texts = result.parts.iter().filter_map(Part::as_text);
    texts.collect::<Vec<_>>().join("\n")
}
