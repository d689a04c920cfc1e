//! Backend type `claude`: the Anthropic Messages interface, at the provider or at a server that
//! speaks it.
//!
//! The assistant's own messages go back exactly as they were received: thinking with its
//! signature, tools that ran at the provider, sources. Deliberately nothing that runs a tool: MCP
//! tools are function tools of the host, never the provider's MCP connector, which would pass the
//! permission service by. Sources: the specification of backends, sections 6, 11 C and 12.

mod reply;
mod request;
mod wire;

use dialect::Payload;
use dialect::fault::by_words;
use massgen_plugin::chat::{Call, Feature};
use massgen_plugin::sdk::http_fault;
use massgen_plugin::wire::{Frame, HttpRequest, Response};
use massgen_plugin::{Chunks, Config, Fault, Translator};

use reply::Reply;
use request::Request;

/// One configured backend.
struct Claude(Request);

impl Translator for Claude {
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
        match reply.course.read(frame) {
            Some(Payload::End) => reply.end(out),
            Some(Payload::Value(event, text)) => reply.event(&event, text, out),
            None => Ok(()),
        }
    }

    fn on_end(&self, reply: &mut Reply, out: &mut Chunks<'_, '_>) -> Result<(), Fault> {
        reply.end(out)
    }

    fn on_error(&self, response: Response<'_>) -> Fault {
        refined(http_fault(response))
    }
}

/// The fault with the kind that its words say.
fn refined(fault: Fault) -> Fault {
    let said = fault.message.clone();
    by_words(fault, &said, wire::ERRORS)
}

massgen_plugin::export!(Claude);

#[cfg(test)]
mod tests;
