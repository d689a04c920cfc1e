//! The one translator of this dialect, and what a kind of server may change about it.

use massgen_plugin::chat::{Call, Feature};
use massgen_plugin::sdk::http_fault;
use massgen_plugin::wire::{Frame, HttpRequest, Response};
use massgen_plugin::{Chunks, Config, Fault, Translator};
use serde_json::Value;

use dialect::Endpoint;

use crate::{Dialect, Quirks, Reply, reply};

/// A kind of server. Everything has a default but its making.
pub trait Server: Sized + Send + Sync + 'static {
    /// Features it can do.
    const USES: &'static [Feature] = &[Feature::CHAT, Feature::IMAGES, Feature::STRUCTURED];

    /// Makes it; may complete or translate the configuration before the dialect reads it.
    ///
    /// # Errors
    ///
    /// [`FaultCode::CONFIG`](massgen_plugin::FaultCode::CONFIG) naming the key.
    fn new(config: &mut Config) -> Result<Self, Fault>;

    /// What it does differently, wherever it runs. A recognised provider's quirks win.
    fn quirks(&self) -> Quirks {
        Quirks::default()
    }

    /// Where requests go, made from the configured address.
    fn endpoint(&self, endpoint: Endpoint) -> Endpoint {
        endpoint
    }

    /// Members of every body besides the configured ones, which win.
    fn members(&self) -> Vec<(String, Value)> {
        Vec::new()
    }

    /// The model to use when the configuration names none.
    fn default_model(&self) -> Option<&str> {
        None
    }

    /// A question before the first call: see [`Translator::prelude`].
    fn prelude(&self, dialect: &Dialect) -> Option<HttpRequest> {
        let _ = dialect;
        None
    }

    /// The answer to it: see [`Translator::on_prelude`].
    ///
    /// # Errors
    ///
    /// Ends the call.
    fn on_prelude(&self, dialect: &Dialect, response: Response<'_>) -> Result<(), Fault> {
        let _ = (dialect, response);
        Ok(())
    }

    /// What a response that is not 2xx means, to a prelude too.
    fn on_error(&self, dialect: &Dialect, response: Response<'_>) -> Fault {
        let _ = dialect;
        http_fault(response)
    }

    /// What it means when a request failed, before or after the head of its response.
    fn on_failure(&self, dialect: &Dialect, fault: Fault, answered: bool) -> Fault {
        let _ = (dialect, answered);
        fault
    }
}

/// The backend of a server: `massgen_plugin::export!(Chat<MyServer>)`.
pub struct Chat<S> {
    server: S,
    dialect: Dialect,
}

impl<S: Server> Translator for Chat<S> {
    type Reply = Reply;
    const USES: &'static [Feature] = S::USES;

    fn new(mut config: Config) -> Result<Self, Fault> {
        let server = S::new(&mut config)?;
        let dialect = Dialect::new(config, &server)?;
        Ok(Self { server, dialect })
    }

    fn prelude(&self, _: &Call) -> Option<HttpRequest> {
        self.server.prelude(&self.dialect)
    }

    fn on_prelude(&self, _: &mut Call, response: Response<'_>) -> Result<(), Fault> {
        self.server.on_prelude(&self.dialect, response)
    }

    fn render(&self, call: &Call) -> Result<HttpRequest, Fault> {
        self.dialect.request(call, &self.server)
    }

    fn on_frame(
        &self,
        reply: &mut Reply,
        frame: Frame<'_>,
        out: &mut Chunks<'_, '_>,
    ) -> Result<(), Fault> {
        reply::frame(&self.dialect, reply, frame, out)
    }

    fn on_end(&self, reply: &mut Reply, out: &mut Chunks<'_, '_>) -> Result<(), Fault> {
        reply::end(&self.dialect, reply, out)
    }

    fn on_error(&self, response: Response<'_>) -> Fault {
        self.server.on_error(&self.dialect, response)
    }

    fn on_failure(&self, fault: Fault, answered: bool) -> Fault {
        self.server.on_failure(&self.dialect, fault, answered)
    }
}
