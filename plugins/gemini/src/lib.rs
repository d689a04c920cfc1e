//! Backend type `gemini`: Google's `streamGenerateContent`.
//!
//! The model's own parts go back as they were received, with their signatures, and only to the
//! model that made them. Functions and the provider's own tools are offered together where the
//! model can, else functions alone, with a warning. Sources: the specification of backends,
//! sections 7, 11 D and 12.

mod faults;
mod reply;
mod request;
mod wire;

use massgen_plugin::chat::{Call, Feature};
use massgen_plugin::sdk::http_fault;
use massgen_plugin::wire::{Frame, HttpRequest, Response};
use massgen_plugin::{Chunks, Config, Fault, Translator};

use reply::{Reading, Reply};
use request::Request;

/// One configured backend.
struct Gemini(Request);

impl Translator for Gemini {
    type Reply = Reply;
    const USES: &'static [Feature] = &[Feature::CHAT, Feature::IMAGES, Feature::STRUCTURED];

    fn new(config: Config) -> Result<Self, Fault> {
        Request::new(config).map(Self)
    }

    fn render(&self, call: &Call) -> Result<HttpRequest, Fault> {
        self.0.render(call)
    }

    fn on_frame(
        &self,
        reply: &mut Reply,
        frame: Frame<'_>,
        out: &mut Chunks<'_, '_>,
    ) -> Result<(), Fault> {
        let model = &self.0.model;
        Reading { model, reply, out }.frame(frame)
    }

    fn on_end(&self, reply: &mut Reply, out: &mut Chunks<'_, '_>) -> Result<(), Fault> {
        let model = &self.0.model;
        Reading { model, reply, out }.end()
    }

    fn on_error(&self, response: Response<'_>) -> Fault {
        let body = String::from_utf8_lossy(response.body);
        faults::refined(http_fault(response), &body)
    }
}

massgen_plugin::export!(Gemini);

#[cfg(test)]
mod tests;
