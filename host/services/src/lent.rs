//! What one agent is lent.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use config::ToolLimits;
use events::Label;
use futures_util::future::join_all;
use massgen_plugin::chat::Tool;
use mcp::Client;
use permissions::{Phase, Policy, Spec};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::inner::Inner;
use crate::mask::Mask;
use crate::shelf::Place;
use crate::tape::{self, Replay};
use crate::{Entry, Notice, Outcome, Progress, ToolRequest, Unavailable};
use crate::{ProgramOrder, ProgramStart, ProgramTape};
use crate::{answers, direct, gate, notices, servers};

/// Everything one agent is lent. Cheap to clone; the default lends nothing.
#[derive(Clone, Default)]
pub struct Lent {
    live: Option<Arc<Inner>>,
    /// In place of everything that could have an effect.
    replay: Option<Arc<Replayed>>,
    /// What is done with what programs say.
    programs: ProgramTape,
}

/// What stands in for tools when a run is repeated.
struct Replayed {
    tape: Replay,
    limits: ToolLimits,
    workspace: Option<PathBuf>,
}

impl Lent {
    pub(crate) fn of(inner: Inner) -> Self {
        Self {
            live: Some(Arc::new(inner)),
            ..Self::default()
        }
    }

    pub(crate) fn with_programs(self, programs: ProgramTape) -> Self {
        Self { programs, ..self }
    }

    /// Gives what was recorded, and touches nothing.
    pub(crate) fn replayed(tape: Replay, limits: ToolLimits) -> Self {
        let workspace = tape.offered().workspace;
        Self {
            replay: Some(Arc::new(Replayed {
                tape,
                limits,
                workspace,
            })),
            ..Self::default()
        }
    }

    /// Starts what has to be started, in the background; notices say how it goes. Once per run,
    /// within a tokio runtime.
    pub fn start(&self, notify: Arc<dyn Fn(Notice) + Send + Sync>) {
        let Some(inner) = &self.live else { return };
        if inner.notify.set(notify).is_err() {
            return;
        }
        for (client, server) in inner.loan.clients.iter().zip(&inner.plan.mcp_servers) {
            let (name, weak) = (client.name().to_owned(), Arc::downgrade(inner));
            let target = servers::target(server);
            client.start(Arc::new(move |event| {
                if let Some(inner) = weak.upgrade() {
                    notices::of(&name, &target, event)
                        .into_iter()
                        .for_each(|it| inner.say(it));
                }
            }));
        }
    }

    /// Waits until each server has been started once, and each required one is connected or given
    /// up on. Another that is away is tried again, and nobody waits for it. Called before an
    /// attempt; returns at once when nothing is under way.
    ///
    /// # Errors
    ///
    /// A required server that is not there.
    pub async fn ready(&self) -> Result<(), Unavailable> {
        let Some(inner) = &self.live else {
            return Ok(());
        };
        let missing = |client: &Client, state| {
            notices::lack(client.name(), &state).map(|reason| Unavailable {
                server: client.name().to_owned(),
                reason: inner.mask.text(&reason),
            })
        };
        let ready = inner.loan.clients.iter().map(|client| async {
            if client.required() {
                return missing(client, client.settled().await);
            }
            client.started().await;
            None
        });
        let missing = join_all(ready).await.into_iter().flatten().next();
        missing.map_or(Ok(()), Err)
    }

    /// The tools on offer now, in an order that does not change while the set does not. Those of a
    /// server that is left alone are missing.
    pub fn tools(&self) -> Vec<Tool> {
        if let Some(replay) = &self.replay {
            return replay.tape.offered().tools;
        }
        let Some(inner) = &self.live else {
            return Vec::new();
        };
        let offered = inner.offered();
        if let Some(recorder) = &inner.loan.recorder {
            recorder.offered(offered.clone());
        }
        offered.tools
    }

    /// Whether a call of this name is ours.
    pub fn has(&self, name: &str) -> bool {
        if let Some(replay) = &self.replay {
            return replay.tape.offered().tools.iter().any(|it| it.name == name);
        }
        let inner = self.live.as_ref();
        inner.is_some_and(|it| it.catalogue().find(name).is_some())
    }

    /// Whether calls of this tool may run beside others: it only reads.
    pub fn is_read_only(&self, name: &str) -> bool {
        if let Some(replay) = &self.replay {
            return replay.tape.offered().read_only.iter().any(|it| it == name);
        }
        let inner = self.live.as_ref();
        inner.is_some_and(|it| it.catalogue().is_read_only(name))
    }

    /// What the agent is told about its folders and servers, for the system message; stable.
    pub fn briefing(&self) -> Option<String> {
        match &self.replay {
            Some(replay) => replay.tape.offered().briefing,
            None => self.live.as_ref()?.briefing(),
        }
    }

    fn limits(&self) -> Option<&ToolLimits> {
        let replayed = self.replay.as_ref().map(|it| &it.limits);
        replayed.or_else(|| self.live.as_ref().map(|it| &it.plan.limits))
    }

    /// Model calls with tools in one attempt.
    pub fn max_rounds(&self) -> u32 {
        self.limits()
            .map_or(ToolLimits::default().rounds, |it| it.rounds)
    }

    /// Turns kept within one activation; 0 is no limit.
    pub fn max_history(&self) -> usize {
        self.limits().map_or(0, |it| it.history)
    }

    /// Carries out one call: permission, limits, retries, conversion. Always gives one outcome,
    /// also when cancelled.
    pub async fn call(
        &self,
        request: ToolRequest,
        cancel: &CancellationToken,
        progress: &(dyn Fn(Progress) + Send + Sync),
    ) -> Outcome {
        if let Some(replay) = &self.replay {
            return replay.tape.call(&request);
        }
        let Some(inner) = &self.live else {
            return Outcome::error(format!("there is no tool `{}`", request.name));
        };
        let request = Arc::new(request);
        let outcome = gate::call(inner, &request, cancel, progress).await;
        if let Some(recorder) = &inner.loan.recorder {
            recorder.called(&request, &outcome);
        }
        outcome
    }

    /// The agent's own folder.
    pub fn workspace(&self) -> Option<&Path> {
        match &self.replay {
            Some(replay) => replay.workspace.as_deref(),
            None => self.live.as_ref()?.workspace(),
        }
    }

    /// Reads a file, by a path relative to the workspace or an absolute one.
    ///
    /// # Errors
    ///
    /// In words: not allowed, not there, not readable, larger than 16 MiB.
    pub async fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        let about = json!(path);
        if let Some(answer) = self.repeated("read", &about) {
            return answer.and_then(|it| answers::bytes(&it).ok_or_else(unreadable));
        }
        let inner = self.lender_of_files()?;
        let answer = direct::read(inner, path).await;
        self.keep("read", about, &answer, |it| {
            answers::of_bytes(inner.mask.bytes(it))
        });
        answer
    }

    /// Replaces a file in one step, or makes it.
    ///
    /// # Errors
    ///
    /// As for [`read`](Self::read).
    pub async fn write(&self, path: &str, content: Vec<u8>) -> Result<(), String> {
        let about = json!([path, self.digest(&content)]);
        if let Some(answer) = self.repeated("write", &about) {
            return answer.map(drop);
        }
        let answer = direct::write(self.lender_of_files()?, path, content).await;
        self.keep("write", about, &answer, |()| Value::Null);
        answer
    }

    /// Lists a folder, sorted by name.
    ///
    /// # Errors
    ///
    /// As for [`read`](Self::read).
    pub async fn list(&self, path: &str) -> Result<Vec<Entry>, String> {
        let about = json!(path);
        if let Some(answer) = self.repeated("list", &about) {
            return answer.and_then(|it| answers::entries(&it).ok_or_else(unreadable));
        }
        let answer = direct::list(self.lender_of_files()?, path).await;
        self.keep("list", about, &answer, |it| answers::of_entries(it));
        answer
    }

    fn secrets(&self) -> Option<&Mask> {
        let replayed = self.replay.as_ref().map(|it| it.tape.mask());
        replayed.or_else(|| self.live.as_ref().map(|it| &it.mask))
    }

    /// A text without the secrets of the agent's servers; for what observers are shown of a call.
    pub fn mask(&self, text: &str) -> String {
        self.secrets()
            .map_or_else(|| text.to_owned(), |it| it.text(text))
    }

    /// Stands for a content on the tape; the same for one with a secret and one where it is masked,
    /// as it comes from a recorded model.
    fn digest(&self, content: &[u8]) -> String {
        let masked = self.secrets().map(|it| it.bytes(content));
        tape::digest(masked.as_deref().unwrap_or(content))
    }

    fn lender_of_files(&self) -> Result<&Arc<Inner>, String> {
        let with_files = self.live.as_ref().filter(|it| it.loan.files.is_some());
        with_files.ok_or_else(|| "this agent has no workspace".to_owned())
    }

    /// Whether the agent may call this tool with these arguments; for plugins whose provider has
    /// tools of its own (`server` is `native` then).
    ///
    /// # Errors
    ///
    /// The reason against it.
    pub fn check(&self, tool: &str, arguments: &Value) -> Result<(), String> {
        let about = json!([tool, arguments]);
        if let Some(answer) = self.repeated("check", &about) {
            return answer.map(drop);
        }
        match &self.live {
            Some(inner) => {
                let answer = gate::check(inner, tool, arguments);
                self.keep("check", about, &answer, |()| Value::Null);
                answer
            }
            None => {
                // Without any managed path, nothing that touches a file may happen.
                let policy = Policy::new(Spec::default());
                let decision = policy.judge(&gate::native(tool, arguments), Phase::Coordination);
                decision.denied().map_or(Ok(()), |why| Err(why.to_owned()))
            }
        }
    }

    /// What a plugin was told when the run was recorded; `None`: this is no repetition.
    fn repeated(&self, question: &str, about: &Value) -> Option<Result<Value, String>> {
        let replay = self.replay.as_ref()?;
        Some(replay.tape.answer(question, about))
    }

    /// Records what a plugin is told.
    fn keep<T>(
        &self,
        question: &str,
        about: Value,
        answer: &Result<T, String>,
        value: impl FnOnce(&T) -> Value,
    ) {
        let recorder = self.live.as_ref().and_then(|it| it.loan.recorder.as_ref());
        if let Some(recorder) = recorder {
            let answer = answer.as_ref().map(value).map_err(String::clone);
            recorder.answered(question, about, answer);
        }
    }

    /// What is done with what this agent's programs say.
    pub fn program_tape(&self) -> &ProgramTape {
        &self.programs
    }

    /// Our variables, as programs may inherit them; `None`: this agent may start none.
    pub fn environment(&self) -> Option<&mcp::Environment> {
        self.live.as_ref().map(|it| &it.loan.programs.environment)
    }

    /// Lets a plugin's program be started: writes it into the audit log, and says with what. Blocks:
    /// it makes folders.
    ///
    /// # Errors
    ///
    /// In words: nothing is lent to this agent, the log cannot be written, a sandbox that must hold
    /// does not.
    pub fn start_program(&self, order: &ProgramOrder<'_>) -> Result<ProgramStart, String> {
        let inner = self.live.as_ref();
        let inner = inner.ok_or("this agent may start no program")?;
        crate::program::start(inner, order)
    }

    /// Gives the agent its configured write access to context paths until the grant is dropped.
    /// Several may overlap; then the last one counts. A call that only a grant allows is cancelled
    /// when that ends, and no further file of it is touched.
    #[must_use = "the access ends with the grant"]
    pub fn grant_write(&self) -> WriteGrant {
        if let Some(inner) = &self.live {
            inner.grants.begin();
        }
        WriteGrant(self.live.clone())
    }

    /// Copies the workspace into the store of snapshots; an empty one gives an empty snapshot. What
    /// fails is a notice, and the snapshot before stays.
    pub async fn snapshot(&self) {
        if let Some((inner, shelf, workspace)) = self.shelf() {
            off_the_loop(&inner, move || shelf.put(&workspace)).await;
        }
    }

    /// Rebuilds the folder in which the agent may read the latest snapshots of these agents, under
    /// their labels.
    pub async fn show_references(&self, of: &[Label]) {
        if let Some((inner, shelf, _)) = self.shelf() {
            let of = of.to_vec();
            off_the_loop(&inner, move || shelf.show(&of)).await;
        }
    }

    fn shelf(&self) -> Option<(Arc<Inner>, Arc<Place>, PathBuf)> {
        let inner = self.live.clone()?;
        let shelf = Arc::clone(inner.loan.shelf.as_ref()?);
        let workspace = inner.loan.workspace.clone()?;
        Some((inner, shelf, workspace))
    }

    /// Ends sessions and child processes; bounded by a few seconds.
    pub async fn close(&self) {
        if let Some(inner) = &self.live {
            join_all(inner.loan.clients.iter().map(Client::close)).await;
        }
    }
}

fn unreadable() -> String {
    "the recording holds another kind of answer".to_owned()
}

/// Runs blocking work and says its warnings.
async fn off_the_loop(inner: &Inner, work: impl FnOnce() -> Vec<String> + Send + 'static) {
    let warnings = match tokio::task::spawn_blocking(work).await {
        Ok(warnings) => warnings,
        Err(error) => vec![error.to_string()],
    };
    warnings
        .into_iter()
        .for_each(|it| inner.say(Notice::Warning(it)));
}

/// The presenter's write access. Ends when dropped.
#[must_use = "the access ends with the grant"]
pub struct WriteGrant(Option<Arc<Inner>>);

impl Drop for WriteGrant {
    fn drop(&mut self) {
        if let Some(inner) = &self.0 {
            inner.grants.end();
        }
    }
}

impl std::fmt::Debug for WriteGrant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WriteGrant")
    }
}
