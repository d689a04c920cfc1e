//! Backend type `chatcompletion`: any server that speaks Chat Completions.
//!
//! Providers are rows of data in `plugin.json`; the dialect is `chat-dialect`. Deliberately nothing
//! else: what one kind of server does differently in code belongs into a plugin of its own.

use chat_dialect::{Chat, Server};
use massgen_plugin::{Config, Fault};

/// Any server; all differences are data.
pub struct AnyServer;

impl Server for AnyServer {
    fn new(_: &mut Config) -> Result<Self, Fault> {
        Ok(Self)
    }
}

massgen_plugin::export!(Chat<AnyServer>);

#[cfg(test)]
mod tests;
