//! From a configuration to a session: start or dial, greet, list. One attempt, with an end.

use std::error::Error;
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use config::McpTransport;
use programs::{Running, StartError};
use rmcp::model::ProtocolVersion;
use rmcp::service::{
    ClientInitializeError, ClientLifecycleMode, RoleClient, RunningService, ServiceError,
    serve_client_with_lifecycle_and_ct,
};
use rmcp::transport::Transport;
use tokio::process::{ChildStdin, ChildStdout};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use transport::Secret;

use crate::environment::{Prepared, prepare};
use crate::handler::{Handler, Listeners, Signals};
use crate::http::Credentials;
use crate::listing::{Offer, offer};
use crate::pipe::{Fault, Pipe};
use crate::relay::Relay;
use crate::runner::{Patience, Runner};
use crate::stderr::Stderr;
use crate::{ClientSpec, ConnectContext, ConnectError, http};

/// Time to end by itself once its input is closed, and once more after SIGTERM.
const GRACE: Duration = Duration::from_secs(2);
/// A start that takes longer than this is worth a word about what a package runner does.
const SLOW: Duration = Duration::from_secs(5);
/// Characters of a server's own words in an error.
const WORDS: usize = 300;

/// Hears what a package runner does while it downloads.
pub(crate) type Report<'a> = &'a (dyn Fn(String) + Send + Sync);

/// A server that was greeted and has listed what it has.
pub(crate) struct Established {
    pub(crate) running: RunningService<RoleClient, Handler>,
    pub(crate) offer: Offer,
    pub(crate) declined: mpsc::Receiver<String>,
    pub(crate) program: Option<Program>,
    pub(crate) fault: Fault,
    pub(crate) stop: CancellationToken,
}

/// A child process and what it writes beside the protocol.
#[derive(Debug)]
pub(crate) struct Program {
    process: Running,
    stderr: Stderr,
}

impl Program {
    fn start(
        spec: &ClientSpec,
        prepared: &Prepared,
        cwd: Option<&Path>,
    ) -> Result<(Self, ChildStdin, ChildStdout), ConnectError> {
        let argv = prepared.argv.iter().map(OsString::from);
        let program = programs::Program {
            argv: spec.launcher.iter().cloned().chain(argv).collect(),
            env: prepared.env.clone(),
            folder: cwd.map(Path::to_owned),
        };
        let started = program.start();
        let (process, streams) =
            started.map_err(|error| not_started(&program, error, &prepared.secrets))?;
        let (folder, name) = (spec.log_folder.as_deref(), &spec.server.name);
        let secrets = prepared.secrets.clone();
        let stderr = Stderr::follow(streams.stderr, secrets, folder, name);
        Ok((Self { process, stderr }, streams.stdin, streams.stdout))
    }

    /// Ends it; how it ended, and its last words.
    pub(crate) async fn end(&mut self) -> (String, String) {
        let status = self.process.end(GRACE).await;
        self.stderr.drained().await;
        (shown(status), self.stderr.tail())
    }
}

fn not_started(program: &programs::Program, error: StartError, secrets: &[Secret]) -> ConnectError {
    match error {
        StartError::Folder(folder) => ConnectError::Folder { folder },
        StartError::System(source) => {
            let name = program.argv.first().map(|it| it.to_string_lossy());
            ConnectError::Spawn {
                program: transport::redact(&name.unwrap_or_default(), secrets),
                source: Arc::new(source),
            }
        }
    }
}

/// How a program ended, in words.
fn shown(status: io::Result<ExitStatus>) -> String {
    status.map_or_else(
        |error| format!("unknown status: {error}"),
        |it| it.to_string(),
    )
}

/// How a server is greeted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Greeting {
    /// Asked which protocol it speaks, then greeted accordingly.
    Ask,
    /// Greeted as all revisions before the newest want it.
    Initialize,
}

/// Connects. Some servers die or refuse when they are asked what they do not know; such a one is
/// started again and greeted the old way.
pub(crate) async fn connect(
    spec: &ClientSpec,
    greeting: Greeting,
    stop: &CancellationToken,
    report: Report<'_>,
) -> Result<Established, ConnectError> {
    if greeting == Greeting::Ask {
        match attempt(spec, Greeting::Ask, stop, report).await {
            Err(
                error @ (ConnectError::Exited { .. }
                | ConnectError::Greeting { .. }
                | ConnectError::Unreachable { .. }),
            ) => {
                tracing::debug!(%error, server = %spec.server.name, "an MCP server is greeted the old way")
            }
            outcome => return outcome,
        }
    }
    attempt(spec, Greeting::Initialize, stop, report).await
}

async fn attempt(
    spec: &ClientSpec,
    greeting: Greeting,
    stop: &CancellationToken,
    report: Report<'_>,
) -> Result<Established, ConnectError> {
    let (signals, declined) = Signals::new();
    let ours = Ours {
        server: spec.server.name.clone(),
        signals,
        greeting,
        stop: stop.child_token(),
        fault: Fault::default(),
    };
    let outcome = match &spec.server.transport {
        McpTransport::Stdio { argv, env, cwd } => {
            let prepared = prepare(argv, env, &spec.environment)?;
            let cwd = cwd.as_deref().or(spec.default_cwd.as_deref());
            let patience = patience(spec, argv);
            let started = Program::start(spec, &prepared, cwd)?;
            let credentials = Credentials {
                secrets: prepared.secrets,
                ..Credentials::default()
            };
            by_pipe(&ours, started, credentials.into(), patience, report).await
        }
        McpTransport::Http { .. } => by_http(&ours, spec).await,
    };
    let (running, offer, program) = outcome?;
    Ok(Established {
        running,
        offer,
        declined,
        program,
        fault: ours.fault,
        stop: ours.stop,
    })
}

fn patience(spec: &ClientSpec, argv: &[String]) -> Patience {
    let runner = Runner::of(argv);
    Patience {
        limit: Duration::from_millis(spec.connect_ms()),
        runner: runner.is_some(),
        cold: runner.is_some_and(|runner| runner.is_cold(&spec.environment)),
    }
}

type Connected = (RunningService<RoleClient, Handler>, Offer, Option<Program>);

async fn by_pipe(
    ours: &Ours,
    (mut program, stdin, stdout): (Program, ChildStdin, ChildStdout),
    credentials: Arc<Credentials>,
    patience: Patience,
    report: Report<'_>,
) -> Result<Connected, ConnectError> {
    let pipe = Pipe::new(stdout, stdin, ours.fault.clone());
    let outcome = tokio::select! {
        biased;
        outcome = ours.greet(pipe, &credentials) => outcome,
        after = exhausted(patience, &program.stderr, report) => Err(Failure::Time(after)),
    };
    match outcome {
        Ok((running, offer)) => Ok((running, offer, Some(program))),
        Err(failure) => Err(failure.of_program(program.end().await, &credentials)),
    }
}

async fn by_http(ours: &Ours, spec: &ClientSpec) -> Result<Connected, ConnectError> {
    let context = ConnectContext {
        environment: &spec.environment,
        token_store: spec.token_store.as_deref(),
        ca_file: spec.ca_file.as_deref(),
        connect_ms: spec.connect_ms(),
    };
    let limit = Duration::from_millis(spec.connect_ms());
    let work = async {
        let (transport, credentials) = http::connect(&spec.server, &context).await?;
        let credentials = Arc::new(credentials);
        let greeted = ours.greet(transport, &credentials).await;
        greeted.map_err(|failure| failure.of_address(&credentials))
    };
    let outcome = tokio::time::timeout(limit, work).await;
    let (running, offer) = outcome.unwrap_or_else(|_| Err(timed_out(limit, String::new())))?;
    Ok((running, offer, None))
}

/// When patience with a program ends; what a runner writes until then is reported.
async fn exhausted(patience: Patience, stderr: &Stderr, report: Report<'_>) -> Duration {
    let begun = Instant::now();
    let mut signs = stderr.signs();
    let mut more = true;
    if patience.cold {
        report("its package is downloaded for the first time".into());
    }
    loop {
        let last = *signs.borrow_and_update();
        let limit = patience.until(last.map(|at| at.saturating_duration_since(begun)));
        tokio::select! {
            () = sleep_until(begun + limit) => return limit,
            sign = signs.changed(), if more => more = sign.is_ok(),
        }
        if more && patience.runner && (patience.cold || begun.elapsed() >= SLOW) {
            report(stderr.last_line());
        }
    }
}

/// Our side of an attempt.
struct Ours {
    server: String,
    signals: Signals,
    greeting: Greeting,
    stop: CancellationToken,
    fault: Fault,
}

impl Ours {
    async fn greet(
        &self,
        transport: impl Transport<RoleClient> + 'static,
        credentials: &Arc<Credentials>,
    ) -> Result<(RunningService<RoleClient, Handler>, Offer), Failure> {
        let mode = match self.greeting {
            Greeting::Initialize => ClientLifecycleMode::Initialize,
            Greeting::Ask => ClientLifecycleMode::Auto {
                preferred_versions: ProtocolVersion::KNOWN_VERSIONS
                    .iter()
                    .rev()
                    .cloned()
                    .collect(),
                legacy_version: Some(ProtocolVersion::LATEST_WITH_INITIALIZE),
            },
        };
        let handler = Handler {
            server: self.server.clone(),
            credentials: credentials.clone(),
            listeners: Listeners::default(),
            signals: self.signals.clone(),
            logged: Arc::default(),
        };
        let relay = Relay::new(transport, handler.listeners.clone());
        let running = serve_client_with_lifecycle_and_ct(handler, relay, mode, self.stop.clone())
            .await
            .map_err(|error| Failure::Init(Box::new(error)))?;
        let info = running.peer().peer_info();
        let Some(info) = info else {
            return Err(Failure::Greeting("it did not say who it is".into()));
        };
        if !ProtocolVersion::KNOWN_VERSIONS.contains(&info.protocol_version) {
            return Err(Failure::Greeting(format!(
                "it speaks the unknown revision {}",
                info.protocol_version
            )));
        }
        let offer = offer(running.peer(), &info.capabilities).await?;
        Ok((running, offer))
    }
}

/// What went wrong with a greeting or the first listing, before it is known how the server ended.
enum Failure {
    Time(Duration),
    Init(Box<ClientInitializeError>),
    List(ServiceError),
    Greeting(String),
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        Self::List(error)
    }
}

impl Failure {
    fn of_program(
        self,
        (status, stderr): (String, String),
        credentials: &Credentials,
    ) -> ConnectError {
        match self {
            Self::Time(after) => timed_out(after, stderr),
            failure if failure.is_end() => ConnectError::Exited { status, stderr },
            failure => ConnectError::Greeting {
                reason: failure.words(credentials),
                stderr,
            },
        }
    }

    fn of_address(self, credentials: &Credentials) -> ConnectError {
        let reason = self.words(credentials);
        let stderr = String::new();
        match self {
            Self::Time(after) => timed_out(after, stderr),
            Self::Init(error) if let Some(known) = http::greeting(&error, credentials) => known,
            Self::List(error) if let Some(refusal) = http::refusal(&error, credentials) => {
                refusal.into()
            }
            failure if failure.is_end() => ConnectError::Unreachable { reason },
            _ => ConnectError::Greeting { reason, stderr },
        }
    }

    /// Whether the connection ended, rather than that something wrong came over it.
    fn is_end(&self) -> bool {
        match self {
            Self::Init(error) => ends(error),
            Self::List(error) => matches!(
                error,
                ServiceError::TransportSend(_) | ServiceError::TransportClosed
            ),
            Self::Time(_) | Self::Greeting(_) => false,
        }
    }

    fn words(&self, credentials: &Credentials) -> String {
        let short = |error: &(dyn Error + 'static)| short(&credentials.masked(&http::told(error)));
        match self {
            Self::Init(error) => short(&**error),
            Self::List(error) => format!("its lists cannot be had: {}", short(error)),
            Self::Greeting(reason) => reason.clone(),
            Self::Time(_) => String::new(),
        }
    }
}

fn ends(error: &ClientInitializeError) -> bool {
    match error {
        ClientInitializeError::LegacyFallbackFailed { fallback, .. } => ends(fallback),
        ClientInitializeError::TransportError { .. }
        | ClientInitializeError::ConnectionClosed(_)
        | ClientInitializeError::Cancelled => true,
        _ => false,
    }
}

fn timed_out(after: Duration, stderr: String) -> ConnectError {
    let after_ms = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
    ConnectError::TimedOut { after_ms, stderr }
}

fn short(text: &str) -> String {
    text.chars().take(WORDS).collect()
}
