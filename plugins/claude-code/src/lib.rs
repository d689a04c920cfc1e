//! Backend plugin: the Claude Code command line, driven over its line protocol.
//!
//! One call is one run of the program: it gets the conversation, uses its own tools in the agent's
//! workspace, and is asked to end when it is done. Before each use of a tool it asks, and the host's
//! gate answers. The host's tools are handed to it as one MCP server that lives in this plugin.
//! Nothing is kept between calls but the id of the program's session, which travels in the
//! conversation.

mod control;
mod history;
mod reply;
mod request;
mod result;
mod session;
mod settings;

use std::sync::Arc;

use massgen_plugin::chat::{Call, Feature};
use massgen_plugin::sdk::{Backend, Entry, Machine};
use massgen_plugin::{Config, Fault, FaultCode};

use session::Session;
use settings::Settings;

/// The backend type, and the provider of what is replayed.
const PROVIDER: &str = "claude_code";

/// The command line as a backend.
pub struct ClaudeCode;

impl Entry for ClaudeCode {
    const USES: &'static [Feature] = &[
        Feature::CHAT,
        Feature::IMAGES,
        Feature::STRUCTURED,
        Feature::LENT,
        Feature::SPAWN,
    ];

    fn create(config: Config) -> Result<Box<dyn Backend>, Fault> {
        Ok(Box::new(Configured(Arc::new(Settings::read(config)?))))
    }
}

struct Configured(Arc<Settings>);

impl Backend for Configured {
    fn open(&self, call: Call) -> Result<Box<dyn Machine>, Fault> {
        let known = |name: &&String| ClaudeCode::USES.iter().any(|it| it.name == **name);
        if let Some(other) = call.requires.iter().find(|name| !known(name)) {
            let text = format!("the backend cannot do `{other}`");
            return Err(Fault::new(FaultCode::UNSUPPORTED, text));
        }
        Ok(Box::new(Session::new(Arc::clone(&self.0), call)))
    }
}

massgen_plugin::export!(entry ClaudeCode);

#[cfg(test)]
mod tests;
