//! Backend type `vllm`: a vLLM server, by default on this machine.
//!
//! The dialect is `chat-dialect`; here stands what vLLM alone does (spec backends §10): it names
//! its models, it had other names for structured outputs, and its errors want explaining.
//! Deliberately nothing that runs or administers a server. Invariant: the server is asked for its
//! models and its version at most until one answer came, and only when the configuration needs it.

mod faults;
mod guided;

use chat_dialect::{Chat, Dialect, FirstModel, Quirks, Replay, Server};
use massgen_plugin::chat::Feature;
use massgen_plugin::wire::{HttpRequest, Response};
use massgen_plugin::{Config, Fault};
use serde_json::Value;

use guided::Guided;

/// A vLLM server.
#[derive(Debug, Default)]
pub struct Vllm {
    first_model: FirstModel,
    guided: Guided,
}

impl Server for Vllm {
    const USES: &'static [Feature] = &[
        Feature::CHAT,
        Feature::IMAGES,
        Feature::STRUCTURED,
        Feature::PRELUDE,
    ];

    fn new(config: &mut Config) -> Result<Self, Fault> {
        Ok(Self {
            guided: Guided::take(&mut config.options),
            ..Self::default()
        })
    }

    /// Without `strict` arguments ignore the schema, even where a call is forced.
    fn quirks(&self) -> Quirks {
        Quirks {
            replay: Replay::Reasoning,
            strict_tools: true,
            ..Quirks::default()
        }
    }

    fn members(&self) -> Vec<(String, Value)> {
        self.guided.members()
    }

    fn default_model(&self) -> Option<&str> {
        self.first_model.name()
    }

    fn prelude(&self, dialect: &Dialect) -> Option<HttpRequest> {
        if self.guided.must_ask() {
            return Some(dialect.get_above_v1("version"));
        }
        self.first_model.question(dialect)
    }

    fn on_prelude(&self, dialect: &Dialect, response: Response<'_>) -> Result<(), Fault> {
        // Two calls may have asked at the same time, so the answer says what was asked.
        if self.guided.answer(response) {
            return Ok(());
        }
        let answer = self.first_model.answer(dialect, response);
        match answer {
            Err(fault) if self.guided.must_ask() => Err(self.guided.untold(fault)),
            answer => answer,
        }
    }

    fn on_error(&self, dialect: &Dialect, response: Response<'_>) -> Fault {
        let fault = faults::answered(dialect.base_url(), response);
        if self.guided.must_ask() {
            self.guided.untold(fault)
        } else {
            fault
        }
    }

    fn on_failure(&self, dialect: &Dialect, fault: Fault, answered: bool) -> Fault {
        faults::VLLM.unanswered(dialect.base_url(), fault, answered)
    }
}

massgen_plugin::export!(Chat<Vllm>);

#[cfg(test)]
mod tests;
