//! The one translator of this dialect, and what differs between providers.

use std::marker::PhantomData;

use massgen_plugin::chat::{Call, Feature};
use massgen_plugin::wire::{Frame, HttpRequest};
use massgen_plugin::{Chunks, Config, Fault, Translator};

use crate::request::Dialect;
use crate::{Reply, reply};

/// What a provider does differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quirks {
    /// Where system turns stand.
    pub system: SystemForm,
    /// Whether the code interpreter runs in a container, and tells its outputs on request only.
    pub container: bool,
    /// How the names of models begin that cannot think: they refuse to be asked for encrypted
    /// reasoning.
    pub without_reasoning: &'static [&'static str],
}

/// Where system turns stand in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemForm {
    /// In `instructions`; behind the configured ones, when there are some, as a `developer`
    /// message.
    Instructions,
    /// In a first message of role `system`.
    Message,
}

/// A provider of this interface.
pub trait Kind: Send + Sync + 'static {
    /// What it does differently.
    const QUIRKS: Quirks;
}

/// The backend of a provider: `massgen_plugin::export!(Responses<MyKind>)`.
pub struct Responses<K> {
    dialect: Dialect,
    kind: PhantomData<K>,
}

impl<K: Kind> Translator for Responses<K> {
    type Reply = Reply;
    const USES: &'static [Feature] = &[Feature::CHAT, Feature::IMAGES, Feature::STRUCTURED];

    fn new(config: Config) -> Result<Self, Fault> {
        let dialect = Dialect::new(config, K::QUIRKS)?;
        Ok(Self {
            dialect,
            kind: PhantomData,
        })
    }

    fn render(&self, call: &Call) -> Result<HttpRequest, Fault> {
        self.dialect.request(call)
    }

    fn on_frame(
        &self,
        reply: &mut Reply,
        frame: Frame<'_>,
        out: &mut Chunks<'_, '_>,
    ) -> Result<(), Fault> {
        reply::frame(self.dialect.provider(), reply, frame, out)
    }

    fn on_end(&self, reply: &mut Reply, _: &mut Chunks<'_, '_>) -> Result<(), Fault> {
        Err(reply.course.cut())
    }
}
