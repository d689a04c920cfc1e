//! One call of a tool: attempts, waiting, and what came of it.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use massgen_plugin::chat::Part;
use rmcp::model::{
    CallToolRequest, CallToolRequestParams, CallToolResult, CancelledNotification,
    CancelledNotificationParam, ClientRequest, InputRequest, InputRequests, InputResponses,
    ProgressToken, RequestId, ServerResult,
};
use rmcp::service::{PeerRequestOptions, RequestHandle, RoleClient, ServiceError};
use serde_json::{Map, Value};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::session::Session;
use crate::shared::Shared;
use crate::{CallError, convert, http, retry};

/// The longest a call may last while it reports progress.
const LONGEST: Duration = Duration::from_secs(600);
/// How often a server may want more input for one call.
const ROUNDS: usize = 10;

/// How far a call is, in the server's words.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// How much is done.
    pub done: f64,
    /// How much there is, when known.
    pub total: Option<f64>,
    /// What it does.
    pub message: Option<String>,
}

/// How a call is made. The default has the server's own limit, no cancellation and no observer.
#[derive(Clone, Default)]
pub struct CallOptions {
    /// Time for one attempt; each progress report starts it anew, up to ten minutes altogether.
    /// Absent: the server's.
    pub timeout: Option<Duration>,
    /// Ends the call; the server is told.
    pub cancel: CancellationToken,
    /// Hears of progress.
    pub progress: Option<Arc<dyn Fn(Progress) + Send + Sync>>,
}

impl CallOptions {
    fn report(&self, report: Progress) {
        if let Some(progress) = &self.progress {
            progress(report);
        }
    }
}

/// What a tool gave.
#[derive(Debug, Clone, PartialEq)]
pub struct CallResult {
    /// Whether the tool says that it failed.
    pub is_error: bool,
    /// Text and images, not capped; empty when it gave nothing.
    pub parts: Vec<Part>,
}

impl Shared {
    /// Calls until there is a result, or an error that must not or need not be tried again.
    pub(crate) async fn call(
        self: &Arc<Self>,
        tool: &str,
        arguments: &Map<String, Value>,
        options: &CallOptions,
    ) -> Result<CallResult, CallError> {
        for attempt in 0.. {
            let error = match self.attempt(tool, arguments, options).await {
                Ok(result) => return Ok(result),
                Err(error) => error,
            };
            let hints = self.hints(tool);
            let Some(wait) = retry::wait(&error, hints, attempt, fastrand::f64()) else {
                return Err(error);
            };
            let (server, error) = (&self.spec.server.name, transport::story(&error));
            tracing::debug!(%server, tool, error, ?wait, "a call is made again");
            tokio::select! {
                biased;
                () = options.cancel.cancelled() => return Err(CallError::Cancelled),
                () = sleep(wait) => {}
            }
        }
        Err(CallError::Cancelled)
    }

    async fn attempt(
        self: &Arc<Self>,
        tool: &str,
        arguments: &Map<String, Value>,
        options: &CallOptions,
    ) -> Result<CallResult, CallError> {
        let timeout = options
            .timeout
            .unwrap_or(Duration::from_millis(self.spec.call_ms()));
        let (session, leave) = tokio::select! {
            biased;
            () = options.cancel.cancelled() => return Err(CallError::Cancelled),
            session = self.session(timeout) => session?,
        };
        let mut outcome = rounds(&session, tool, arguments, options, timeout).await;
        if let Err(CallError::Lost { reason }) = &mut outcome
            && session.program
            && let Some(words) = session.last_words().await
        {
            *reason = words;
        }
        self.note(&session, &leave, &outcome);
        outcome
    }
}

/// A call in the newest revision may be answered by questions, and is then made again with the
/// answers. The questions are those that other revisions ask by requests, and so are the answers.
async fn rounds(
    session: &Session,
    tool: &str,
    arguments: &Map<String, Value>,
    options: &CallOptions,
    timeout: Duration,
) -> Result<CallResult, CallError> {
    let mut answers = None;
    let mut state = None;
    for _ in 0..ROUNDS {
        let mut params =
            CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments.clone());
        params.input_responses = answers.take();
        params.request_state = state.take();
        match request(session, params, options, timeout).await? {
            ServerResult::CallToolResult(result) => return Ok(convert::result(result)),
            // An answer without any content at all.
            ServerResult::EmptyResult(_) | ServerResult::TaskAckResult(_) => {
                return Ok(convert::result(CallToolResult::default()));
            }
            ServerResult::InputRequiredResult(wanted) => {
                let requests = wanted.input_requests.unwrap_or_default();
                answers = Some(answer(session, requests)?);
                state = wanted.request_state;
            }
            ServerResult::CustomResult(custom) => {
                return convert::lenient(&custom.0).ok_or_else(|| malformed("unknown content"));
            }
            _ => return Err(malformed("a result of another kind")),
        }
    }
    Err(malformed("it wants input again and again"))
}

fn answer(session: &Session, requests: InputRequests) -> Result<InputResponses, CallError> {
    let handler = &session.handler;
    let one = |request| {
        match request {
            InputRequest::Elicitation(request) => {
                serde_json::to_value(handler.decline(request.params))
            }
            _ => return Err(malformed("it wants an answer that it was not offered")),
        }
        .map_err(|error| malformed(&error.to_string()))
    };
    requests
        .into_iter()
        .map(|(key, request)| Ok((key, one(request)?)))
        .collect()
}

fn malformed(reason: &str) -> CallError {
    CallError::Malformed {
        reason: reason.to_owned(),
    }
}

/// One request and its answer, unless the time is over or the caller gives up.
async fn request(
    session: &Session,
    params: CallToolRequestParams,
    options: &CallOptions,
    timeout: Duration,
) -> Result<ServerResult, CallError> {
    let begun = Instant::now();
    let last = begun + timeout.max(LONGEST);
    let mut deadline = begun + timeout;
    let request = ClientRequest::CallToolRequest(CallToolRequest::new(params));
    let send = session
        .peer
        .send_request_with_option(request, PeerRequestOptions::no_options());
    let sent = tokio::select! {
        biased;
        () = options.cancel.cancelled() => return Err(CallError::Cancelled),
        () = session.finishing.cancelled() => return Err(not_sent(session)),
        sent = send => sent,
        () = sleep_until(deadline) => return Err(timed_out(timeout)),
    };
    let handle = sent.map_err(|_| not_sent(session))?;
    let (mut pending, mut reports) = Pending::new(session, handle);
    loop {
        tokio::select! {
            biased;
            answer = &mut pending.handle.rx => {
                pending.answered = true;
                while let Ok(report) = reports.try_recv() {
                    options.report(report);
                }
                return match answer {
                    Ok(answer) => answer.map_err(|error| failed(session, error)),
                    Err(_) => Err(failed(session, ServiceError::TransportClosed)),
                };
            }
            Some(report) = reports.recv() => {
                deadline = last.min(Instant::now() + timeout);
                options.report(report);
            }
            () = options.cancel.cancelled() => return Err(CallError::Cancelled),
            () = session.finishing.cancelled() => return Err(failed(session, ServiceError::TransportClosed)),
            () = sleep_until(deadline) => return Err(timed_out(deadline - begun)),
        }
    }
}

fn not_sent(session: &Session) -> CallError {
    CallError::NotSent {
        reason: session.fault().to_owned(),
    }
}

fn timed_out(after: Duration) -> CallError {
    CallError::TimedOut {
        after_ms: u64::try_from(after.as_millis()).unwrap_or(u64::MAX),
    }
}

fn failed(session: &Session, error: ServiceError) -> CallError {
    let credentials = &session.handler.credentials;
    if let Some(refusal) = http::refusal(&error, credentials) {
        return refusal.into();
    }
    match error {
        ServiceError::McpError(error) => CallError::Refused {
            code: error.code.0,
            message: credentials.masked(&error.message),
        },
        ServiceError::TransportSend(error) => {
            let cause = error.error.as_ref();
            let reason = credentials.masked(&http::told(cause));
            // A line that could not be written to its end was not read as a message.
            if cause.is::<io::Error>() || http::undelivered(cause) {
                CallError::NotSent { reason }
            } else {
                CallError::Lost { reason }
            }
        }
        ServiceError::TransportClosed => CallError::Lost {
            reason: session.fault().to_owned(),
        },
        other => malformed(&credentials.masked(&other.to_string())),
    }
}

/// A request under way. When it is dropped without an answer, the server is told that nobody waits
/// any more.
struct Pending<'a> {
    session: &'a Session,
    handle: RequestHandle<RoleClient>,
    answered: bool,
    /// The session does not end while this is there.
    under_way: TaskTrackerToken,
}

impl<'a> Pending<'a> {
    fn new(
        session: &'a Session,
        handle: RequestHandle<RoleClient>,
    ) -> (Self, mpsc::Receiver<Progress>) {
        let (reporter, reports) = mpsc::channel(64);
        let listeners = &session.handler.listeners;
        listeners.add(handle.progress_token.clone(), reporter);
        let pending = Self {
            session,
            handle,
            answered: false,
            under_way: session.calls.token(),
        };
        (pending, reports)
    }
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        let token: &ProgressToken = &self.handle.progress_token;
        self.session.handler.listeners.remove(token);
        if self.answered {
            return;
        }
        let id: RequestId = self.handle.id.clone();
        let peer = self.session.peer.clone();
        let reason = Some("nobody waits for it any more".to_owned());
        let notice = CancelledNotification::new(CancelledNotificationParam::new(Some(id), reason));
        // Not waited for: a server that does not read would hold up whoever gives up on it.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let under_way = self.under_way.clone();
            runtime.spawn(async move {
                let _ = peer.send_notification(notice.into()).await;
                drop(under_way);
            });
        }
    }
}
