//! Backend types for servers that speak Chat Completions: `chatcompletion` for any of them, and a
//! type of its own for each that is found elsewhere or answers elsewhere.
//!
//! Providers are rows of data in `plugin.json`; the dialects are `chat-dialect` and, for Grok's web
//! search, `responses-dialect`. Here stands only what no row can say. Deliberately nothing that
//! installs, starts or loads anything on this machine.

mod azure;
mod grok;
mod local;

use chat_dialect::{Chat, Server};
use massgen_plugin::chat::Feature;
use massgen_plugin::sdk::{Backend, Entry, Translating};
use massgen_plugin::{Config, Fault};
use responses_dialect::Responses;

use azure::Azure;
use grok::Grok;
use local::Local;

/// Any server; all differences are data.
pub struct AnyServer;

impl Server for AnyServer {
    fn new(_: &mut Config) -> Result<Self, Fault> {
        Ok(Self)
    }
}

/// All types of this library.
pub struct ChatCompletions;

impl Entry for ChatCompletions {
    const USES: &'static [Feature] = Local::USES;

    fn create(config: Config) -> Result<Box<dyn Backend>, Fault> {
        match config.backend_type.as_str() {
            "azure_openai" => Translating::<Chat<Azure>>::create(config),
            "grok" if grok::searches(&config)? => Translating::<Responses<Grok>>::create(config),
            "grok" => Translating::<Chat<Grok>>::create(config),
            "lmstudio" | "sglang" => Translating::<Chat<Local>>::create(config),
            _ => Translating::<Chat<AnyServer>>::create(config),
        }
    }
}

massgen_plugin::export!(entry ChatCompletions);

#[cfg(test)]
mod tests;
