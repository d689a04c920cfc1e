//! Hands every frame back as text: what a chunk costs when nothing is decoded.

use massgen_plugin::chat::{Call, FinishReason};
use massgen_plugin::wire::{Frame, HttpRequest};
use massgen_plugin::{Chunks, Config, Fault, FaultCode, Translator, export};

/// One configured address.
pub struct Echo(String);

impl Translator for Echo {
    type Reply = ();

    fn new(config: Config) -> Result<Self, Fault> {
        config.base_url().map(|url| Self(url.to_owned()))
    }

    fn render(&self, call: &Call) -> Result<HttpRequest, Fault> {
        let said = call.turns.last().map(|turn| turn.joined_text());
        Ok(HttpRequest::post_json(&self.0, said.unwrap_or_default()))
    }

    fn on_frame(
        &self,
        (): &mut (),
        frame: Frame<'_>,
        out: &mut Chunks<'_, '_>,
    ) -> Result<(), Fault> {
        let text = frame.text();
        out.text(text.map_err(|_| Fault::new(FaultCode::PROTOCOL, "a frame is no text"))?);
        Ok(())
    }

    fn on_end(&self, (): &mut (), out: &mut Chunks<'_, '_>) -> Result<(), Fault> {
        out.done(FinishReason::Stop);
        Ok(())
    }
}

export!(Echo);
