//! `Translator`: the usual plugin. One request out, frames in, chunks out.

use std::sync::Arc;

use super::{
    Backend, Chunks, Config, DEFAULT_MEMORY_LIMIT, Entry, Event, Host, Machine, check_requires,
    http_fault,
};
use crate::abi::Progress;
use crate::chat::{Call, Feature};
use crate::fault::{Fault, FaultCode};
use crate::wire::{Frame, HttpHead, HttpRequest, Response};

/// What a translator keeps of one reply while it streams.
pub trait Reply: Default + Send + 'static {}
impl<T: Default + Send + 'static> Reply for T {}

/// A backend that turns a call into one HTTP request and the response's frames into chunks.
///
/// Everything else is the host's: sending, framing, keys, retries, cancellation.
pub trait Translator: Sized + Send + Sync + 'static {
    /// What is kept of one reply.
    type Reply: Reply;
    /// Features it can do; sets the host minor it demands and what a call may require.
    const USES: &'static [Feature] = &[Feature::CHAT];
    /// Most bytes the library may hold.
    const MEMORY_LIMIT: usize = DEFAULT_MEMORY_LIMIT;

    /// Makes a backend from its configuration.
    ///
    /// # Errors
    ///
    /// [`FaultCode::CONFIG`] naming the key.
    fn new(config: Config) -> Result<Self, Fault>;

    /// A request whose whole answer is needed before `call` can be rendered (a model list, a
    /// version), or `None` when there is nothing left to ask. Asked again after each answer.
    fn prelude(&self, call: &Call) -> Option<HttpRequest> {
        let _ = call;
        None
    }

    /// Takes the answer to a prelude; it may complete `call`.
    ///
    /// # Errors
    ///
    /// Ends the session. Only called with 2xx responses.
    fn on_prelude(&self, call: &mut Call, response: Response<'_>) -> Result<(), Fault> {
        let _ = (call, response);
        Ok(())
    }

    /// The request for this call. The same call gives the same bytes.
    ///
    /// # Errors
    ///
    /// What in the call cannot be expressed.
    fn render(&self, call: &Call) -> Result<HttpRequest, Fault>;

    /// Reads one frame.
    ///
    /// # Errors
    ///
    /// What the provider said went wrong, or [`FaultCode::PROTOCOL`].
    fn on_frame(
        &self,
        reply: &mut Self::Reply,
        frame: Frame<'_>,
        out: &mut Chunks<'_, '_>,
    ) -> Result<(), Fault>;

    /// The response is complete. Must hand over what is left, and `done` unless
    /// [`Translator::on_frame`] did.
    ///
    /// # Errors
    ///
    /// [`FaultCode::PROTOCOL`] when the reply is not complete.
    fn on_end(&self, reply: &mut Self::Reply, out: &mut Chunks<'_, '_>) -> Result<(), Fault>;

    /// What a response that is not 2xx means.
    fn on_error(&self, response: Response<'_>) -> Fault {
        http_fault(response)
    }

    /// What it means when a request failed: before any response came, or with `answered` after
    /// its head did.
    fn on_failure(&self, fault: Fault, answered: bool) -> Fault {
        let _ = answered;
        fault
    }
}

/// The [`Entry`] of a [`Translator`].
pub struct Translating<T>(std::marker::PhantomData<T>);

impl<T: Translator> Entry for Translating<T> {
    const USES: &'static [Feature] = T::USES;
    const MEMORY_LIMIT: usize = T::MEMORY_LIMIT;

    fn create(config: Config) -> Result<Box<dyn Backend>, Fault> {
        Ok(Box::new(TranslatorBackend(Arc::new(T::new(config)?))))
    }
}

struct TranslatorBackend<T>(Arc<T>);

impl<T: Translator> Backend for TranslatorBackend<T> {
    fn open(&self, call: Call) -> Result<Box<dyn Machine>, Fault> {
        check_requires(&call, T::USES)?;
        Ok(Box::new(Translation {
            translator: Arc::clone(&self.0),
            call,
            reply: T::Reply::default(),
            ticket: 0,
            stage: Stage::Prelude,
            status: 0,
            body: Vec::new(),
        }))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Asking what must be known first.
    Prelude,
    /// Reading the reply.
    Reply,
}

struct Translation<T: Translator> {
    translator: Arc<T>,
    call: Call,
    reply: T::Reply,
    ticket: u64,
    stage: Stage,
    status: u16,
    /// The body of a prelude or of an error.
    body: Vec<u8>,
}

impl<T: Translator> Machine for Translation<T> {
    fn step(&mut self, event: Event<'_>, host: &mut Host<'_>) -> Result<Progress, Fault> {
        match event {
            Event::Start => self.send_next(host),
            Event::HttpHead { status, head, .. } => self.head(status, &head),
            Event::HttpFrame { data, .. } => self.frame(data, host),
            Event::HttpBytes { data, .. } => self.bytes(data, host),
            Event::HttpEnd { .. } => self.end(host),
            Event::Failed { fault, .. } => Err(self.translator.on_failure(fault, self.status != 0)),
            _ => Ok(Progress::MORE),
        }
    }
}

impl<T: Translator> Translation<T> {
    /// Sends the next prelude, or the call itself when there is none.
    fn send_next(&mut self, host: &mut Host<'_>) -> Result<Progress, Fault> {
        self.ticket += 1;
        self.status = 0;
        self.body.clear();
        let request = if let Some(prelude) = self.translator.prelude(&self.call) {
            prelude
        } else {
            self.stage = Stage::Reply;
            self.translator.render(&self.call)?
        };
        host.http(self.ticket, &request)?;
        Ok(Progress::MORE)
    }

    /// What a wrong address or a network's sign-in gives in place of a reply is told at once.
    fn head(&mut self, status: u16, head: &HttpHead) -> Result<Progress, Fault> {
        self.status = status;
        let kind = head.headers.iter().find(|(name, _)| name == "content-type");
        let is_page = kind.is_some_and(|(_, value)| value.starts_with("text/html"));
        if is_page && self.is_success() {
            let text = "the server sent a web page in place of a reply";
            return Err(Fault::new(FaultCode::PROTOCOL, text)
                .with_detail("hint: check that `base_url` leads to the provider's interface"));
        }
        Ok(Progress::MORE)
    }

    fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    fn frame(&mut self, data: &[u8], host: &mut Host<'_>) -> Result<Progress, Fault> {
        let mut out = Chunks::new(host);
        self.translator
            .on_frame(&mut self.reply, Frame { data }, &mut out)?;
        Ok(if out.is_done() {
            Progress::DONE
        } else {
            Progress::MORE
        })
    }

    fn bytes(&mut self, data: &[u8], host: &mut Host<'_>) -> Result<Progress, Fault> {
        if self.stage == Stage::Reply && self.is_success() {
            return self.frame(data, host);
        }
        self.body.extend_from_slice(data);
        Ok(Progress::MORE)
    }

    fn end(&mut self, host: &mut Host<'_>) -> Result<Progress, Fault> {
        let response = Response {
            status: self.status,
            body: &self.body,
        };
        if !self.is_success() {
            return Err(self.translator.on_error(response));
        }
        if self.stage == Stage::Prelude {
            self.translator.on_prelude(&mut self.call, response)?;
            return self.send_next(host);
        }
        let mut out = Chunks::new(host);
        self.translator.on_end(&mut self.reply, &mut out)?;
        if out.is_done() {
            return Ok(Progress::DONE);
        }
        Err(Fault::new(
            FaultCode::PROTOCOL,
            "the reply ended before it was complete",
        ))
    }
}
