//! The async sugar: one `async fn` becomes a session.
//!
//! `step` files the event, polls the one future with a waker that does nothing, and hands what the
//! future asked for to the host. No runtime is involved: a future that waits for anything but
//! [`Io`] never wakes.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use super::event::to_json;
use super::{Backend, Config, DEFAULT_MEMORY_LIMIT, Entry, Event, Host, Machine, check_requires};
use crate::abi::{OpKind, Progress};
use crate::chat::{Call, Chunk, Done, Feature};
use crate::fault::{Fault, FaultCode};
use crate::wire::{HttpRequest, ProcessEnd, Timer};

/// A backend whose call is one `async fn`.
pub trait AsyncBackend: Sized + Send + Sync + 'static {
    /// Features it can do.
    const USES: &'static [Feature] = &[Feature::CHAT];
    /// Most bytes the library may hold.
    const MEMORY_LIMIT: usize = DEFAULT_MEMORY_LIMIT;

    /// Makes a backend from its configuration.
    ///
    /// # Errors
    ///
    /// [`FaultCode::CONFIG`] naming the key.
    fn new(config: Config) -> Result<Self, Fault>;

    /// Answers one call: emits chunks through `io`, returns how it ended.
    fn run(
        self: Arc<Self>,
        call: Call,
        io: Io,
    ) -> impl Future<Output = Result<Done, Fault>> + Send + 'static;
}

/// The [`Entry`] of an [`AsyncBackend`].
pub struct Asynchronous<T>(std::marker::PhantomData<T>);

impl<T: AsyncBackend> Entry for Asynchronous<T> {
    const USES: &'static [Feature] = T::USES;
    const MEMORY_LIMIT: usize = T::MEMORY_LIMIT;

    fn create(config: Config) -> Result<Box<dyn Backend>, Fault> {
        Ok(Box::new(Running(Arc::new(T::new(config)?))))
    }
}

struct Running<T>(Arc<T>);

impl<T: AsyncBackend> Backend for Running<T> {
    fn open(&self, call: Call) -> Result<Box<dyn Machine>, Fault> {
        check_requires(&call, T::USES)?;
        let io = Io::default();
        let future = Box::pin(Arc::clone(&self.0).run(call, io.clone()));
        Ok(Box::new(Task { future, io }))
    }
}

struct Task {
    future: Pin<Box<dyn Future<Output = Result<Done, Fault>> + Send>>,
    io: Io,
}

impl Machine for Task {
    fn step(&mut self, event: Event<'_>, host: &mut Host<'_>) -> Result<Progress, Fault> {
        self.io.file(event);
        let mut refused = true;
        let mut polled = Poll::Pending;
        // A refusal is an answer: the future goes on with it at once, since no event follows.
        while refused && polled.is_pending() {
            polled = self
                .future
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()));
            refused = self.io.hand_over(host);
        }
        match polled {
            Poll::Pending => Ok(Progress::MORE),
            Poll::Ready(Ok(done)) => {
                host.emit(Chunk::Done(done));
                Ok(Progress::DONE)
            }
            Poll::Ready(Err(fault)) => Err(fault),
        }
    }
}

/// What the future may do; cheap to clone.
#[derive(Clone, Default)]
pub struct Io(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    next_ticket: u64,
    chunks: Vec<Chunk>,
    begun: Vec<(u64, OpKind, Vec<u8>)>,
    abandoned: Vec<u64>,
    inbox: VecDeque<(u64, Filed)>,
}

pub(super) enum Filed {
    Head(u16),
    Data(Vec<u8>),
    End,
    Stderr(Vec<u8>),
    Exited(u32, ProcessEnd),
    Completed(u32, Vec<u8>),
    Failed(Fault),
    Timer,
}

impl Io {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Hands over a piece of the reply.
    pub fn emit(&self, chunk: Chunk) {
        self.state().chunks.push(chunk);
    }

    /// Sends a request and waits for its status.
    ///
    /// # Errors
    ///
    /// The host's fault when it refused the request or no response came.
    pub async fn http(&self, request: HttpRequest) -> Result<HttpReply, Fault> {
        let ticket = self.begin(OpKind::HTTP, to_json(&request)?);
        match self.next(ticket).await {
            Filed::Head(status) => Ok(HttpReply {
                status,
                ticket,
                io: self.clone(),
            }),
            Filed::Failed(fault) => Err(fault),
            _ => Err(Fault::new(
                FaultCode::PROTOCOL,
                "the host sent a body before its head",
            )),
        }
    }

    /// Waits. Needs [`Feature::TIMER`].
    ///
    /// # Errors
    ///
    /// The host's fault when it has no timers.
    pub async fn sleep(&self, ms: u64) -> Result<(), Fault> {
        let ticket = self.begin(OpKind::TIMER, to_json(&Timer { ms })?);
        match self.next(ticket).await {
            Filed::Failed(fault) => Err(fault),
            _ => Ok(()),
        }
    }

    /// Begins an operation; gives its ticket.
    pub(super) fn begin(&self, op: OpKind, payload: Vec<u8>) -> u64 {
        let mut state = self.state();
        state.next_ticket += 1;
        let ticket = state.next_ticket;
        state.begun.push((ticket, op, payload));
        ticket
    }

    /// Waits for the status and the data of an operation that has one event.
    pub(super) async fn completed(&self, ticket: u64) -> Result<(u32, Vec<u8>), Fault> {
        match self.next(ticket).await {
            Filed::Completed(status, data) => Ok((status, data)),
            Filed::Failed(fault) => Err(fault),
            _ => Err(Fault::new(
                FaultCode::PROTOCOL,
                "the host completed another kind of operation",
            )),
        }
    }

    /// Gives an operation up, and what came of it.
    pub(super) fn abandon(&self, ticket: u64) {
        let mut state = self.state();
        state.inbox.retain(|(of, _)| *of != ticket);
        state.abandoned.push(ticket);
    }

    /// Waits for what happens next to an operation.
    pub(super) async fn next(&self, ticket: u64) -> Filed {
        std::future::poll_fn(|_| {
            let mut state = self.state();
            let at = state.inbox.iter().position(|(of, _)| *of == ticket);
            at.and_then(|at| state.inbox.remove(at))
                .map_or(Poll::Pending, |it| Poll::Ready(it.1))
        })
        .await
    }

    fn file(&self, event: Event<'_>) {
        let filed = match event {
            Event::HttpHead { ticket, status, .. } => (ticket, Filed::Head(status)),
            Event::HttpFrame { ticket, data }
            | Event::HttpBytes { ticket, data }
            | Event::ProcessOut { ticket, data } => (ticket, Filed::Data(data.to_vec())),
            Event::ProcessErr { ticket, data } => (ticket, Filed::Stderr(data.to_vec())),
            Event::ProcessEnd {
                ticket,
                status,
                end,
            } => (ticket, Filed::Exited(status, end)),
            Event::HttpEnd { ticket } => (ticket, Filed::End),
            Event::Failed { ticket, fault } => (ticket, Filed::Failed(fault)),
            Event::Completed {
                ticket,
                status,
                data,
            } => (ticket, Filed::Completed(status, data.to_vec())),
            Event::Timer { ticket } => (ticket, Filed::Timer),
            Event::Start | Event::Cancel | Event::Other { .. } => return,
        };
        self.state().inbox.push_back(filed);
    }

    /// Hands over what the future asked for; says whether something was refused.
    fn hand_over(&self, host: &mut Host<'_>) -> bool {
        let mut state = self.state();
        let State {
            chunks,
            begun,
            abandoned,
            inbox,
            ..
        } = &mut *state;
        for chunk in chunks.drain(..) {
            host.emit(chunk);
        }
        let mut refused = false;
        for (ticket, op, payload) in begun.drain(..) {
            if let Err(fault) = host.begin_checked(op, ticket, &payload) {
                inbox.push_back((ticket, Filed::Failed(fault)));
                refused = true;
            }
        }
        for ticket in abandoned.drain(..) {
            host.abandon(ticket);
        }
        refused
    }
}

/// A response whose body is read frame by frame.
pub struct HttpReply {
    /// HTTP status.
    pub status: u16,
    ticket: u64,
    io: Io,
}

impl HttpReply {
    /// The next frame, or `None` at the end.
    ///
    /// # Errors
    ///
    /// The host's fault when the body broke off.
    pub async fn frame(&mut self) -> Result<Option<Vec<u8>>, Fault> {
        match self.io.next(self.ticket).await {
            Filed::Data(data) => Ok(Some(data)),
            Filed::Failed(fault) => Err(fault),
            _ => Ok(None),
        }
    }

    /// The whole body.
    ///
    /// # Errors
    ///
    /// As [`HttpReply::frame`].
    pub async fn body(&mut self) -> Result<Vec<u8>, Fault> {
        let mut body = Vec::new();
        while let Some(data) = self.frame().await? {
            body.extend_from_slice(&data);
        }
        Ok(body)
    }
}
