//! The server: listens on loopback, keeps what it is asked, and does what the script says.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Response, http};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::{Builder, Runtime};

use crate::body::{self, Body};
use crate::{Action, Fault, Request, Script, Wire};

/// A running fake provider. It stops when it is dropped.
#[derive(Debug)]
pub struct Fake {
    address: SocketAddr,
    state: Arc<State>,
    runtime: Option<Runtime>,
}

#[derive(Debug)]
struct State {
    script: Script,
    log: Mutex<Log>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct Log {
    requests: Vec<Request>,
    calls: HashMap<String, usize>,
    unmatched: Vec<String>,
}

/// An address on loopback that refuses connections, and that nobody else gets meanwhile.
#[derive(Debug)]
pub struct ClosedPort {
    socket: TcpSocket,
}

impl ClosedPort {
    /// Takes a free port and does not listen on it.
    pub fn take() -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        socket.bind(any).expect("a free port on loopback");
        Self { socket }
    }

    /// `127.0.0.1:PORT`.
    pub fn address(&self) -> SocketAddr {
        self.socket.local_addr().expect("an address")
    }

    /// The base URL in its usual form, `…/v1`.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address())
    }
}

impl Fake {
    /// Starts serving on a free port.
    pub fn start(script: Script) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build();
        let runtime = runtime.expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
        let listener = listener.expect("a free port on loopback");
        let address = listener.local_addr().expect("an address");
        let (log, arrived) = (Mutex::default(), Condvar::new());
        let state = Arc::new(State {
            script,
            log,
            arrived,
        });
        runtime.spawn(serve(listener, Arc::clone(&state)));
        Self {
            address,
            state,
            runtime: Some(runtime),
        }
    }

    /// `http://127.0.0.1:PORT`, without a path; whatever the path begins with, its end says which
    /// wire format a request is in.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The base URL in its usual form, `…/v1`.
    pub fn base_url(&self) -> String {
        format!("{}/v1", self.origin())
    }

    /// Chat requests to this model in the order of their arrival.
    pub fn requests(&self, model: &str) -> Vec<Request> {
        let chat = |it: &&Request| it.call > 0 && it.model == model;
        self.state
            .log()
            .requests
            .iter()
            .filter(chat)
            .cloned()
            .collect()
    }

    /// Every request in the order of arrival.
    pub fn all_requests(&self) -> Vec<Request> {
        self.state.log().requests.clone()
    }

    /// Requests that no rule was for, or that the provider itself would refuse, in words. Empty
    /// when the script was complete and the client correct.
    pub fn unmatched(&self) -> Vec<String> {
        self.state.log().unmatched.clone()
    }

    /// Waits until this model was asked so many times.
    ///
    /// # Panics
    ///
    /// When that takes longer than 30 seconds.
    pub fn wait_for(&self, model: &str, calls: usize) {
        let few = |log: &mut Log| log.calls.get(model).is_none_or(|it| *it < calls);
        let limit = Duration::from_secs(30);
        let waited = self
            .state
            .arrived
            .wait_timeout_while(self.state.log(), limit, few);
        let (log, timeout) = waited.expect("no thread panicked while it wrote");
        let seen = &log.calls;
        assert!(
            !timeout.timed_out(),
            "`{model}` was not asked {calls} times: {seen:?}"
        );
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl State {
    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().expect("no thread panicked while it wrote")
    }

    /// Numbers a request and keeps it.
    fn keep(&self, mut request: Request) -> Request {
        let mut log = self.log();
        request.order = log.requests.len();
        if request.wire.is_some() {
            let calls = log.calls.entry(request.model.clone()).or_default();
            *calls += 1;
            request.call = *calls;
        }
        log.requests.push(request.clone());
        self.arrived.notify_all();
        request
    }

    async fn respond(&self, request: &Request) -> Response<Body> {
        if request.method == Method::GET.as_str() && request.path.ends_with("/models") {
            return body::json(200, self.script.model_list().to_string());
        }
        if request.path.contains("/messages/count_tokens") {
            return body::json(200, r#"{"input_tokens":11}"#.to_owned());
        }
        let Some(wire) = request.wire else {
            return body::json(404, r#"{"error":{"message":"no such route"}}"#.to_owned());
        };
        let action = self.action(wire, request);
        body::respond(action, wire.writer(), request).await
    }

    /// What a provider would not take is refused, whatever the script says.
    fn action(&self, wire: Wire, request: &Request) -> Action {
        let (model, call) = (&request.model, request.call);
        if let Some(complaint) = wire.reader().complaint(request) {
            return self.refuse(format!("call {call} of `{model}` is wrong: {complaint}"));
        }
        let action = self.script.action(request).cloned();
        action.unwrap_or_else(|| {
            let tools = request.tools();
            self.refuse(format!(
                "no rule for call {call} of `{model}` with tools {tools:?}"
            ))
        })
    }

    fn refuse(&self, words: String) -> Action {
        let fault = Fault::status(400, &words);
        self.log().unmatched.push(words);
        fault.into()
    }
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    while let Ok((stream, _)) = listener.accept().await {
        let state = Arc::clone(&state);
        let service = service_fn(move |request| handle(request, Arc::clone(&state)));
        // A client that leaves early is an ordinary thing here.
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn handle(
    request: http::Request<Incoming>,
    state: Arc<State>,
) -> Result<Response<Body>, Infallible> {
    let request = state.keep(read(request).await);
    Ok(state.respond(&request).await)
}

async fn read(request: http::Request<Incoming>) -> Request {
    let (head, body) = request.into_parts();
    let bytes = body
        .collect()
        .await
        .map(|it| it.to_bytes())
        .unwrap_or_default();
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = head.headers.iter();
    let path = head.uri.to_string();
    let wire = Wire::of(&path).filter(|_| head.method == Method::POST);
    let model = wire.map(|it| it.reader().model(&path, &body));
    Request {
        order: 0,
        wire,
        model: model.unwrap_or_default(),
        call: 0,
        method: head.method.to_string(),
        path,
        headers: headers
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect(),
        body,
    }
}
