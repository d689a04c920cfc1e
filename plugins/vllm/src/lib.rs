//! Backend type `vllm`: a vLLM server, by default on this machine.
//!
//! The dialect is `chat-dialect`; here stands what vLLM alone does (spec backends §10): it names
//! its models, it had other names for structured outputs, and its errors want explaining.
//! Deliberately nothing that runs or administers a server. Invariant: the server is asked for its
//! models at most until one answer came, and only when the configuration names none.

mod faults;
mod structured;

use std::sync::OnceLock;

use chat_dialect::{Chat, Dialect, Quirks, Replay, Server};
use massgen_plugin::chat::Feature;
use massgen_plugin::wire::{HttpRequest, Response};
use massgen_plugin::{Config, Fault, FaultCode};
use serde_json::Value;

/// A vLLM server.
#[derive(Debug, Default)]
pub struct Vllm {
    /// The first model that the server named.
    first_model: OnceLock<String>,
}

impl Server for Vllm {
    const USES: &'static [Feature] = &[
        Feature::CHAT,
        Feature::IMAGES,
        Feature::STRUCTURED,
        Feature::PRELUDE,
    ];

    fn new(config: &mut Config) -> Result<Self, Fault> {
        structured::complete(&mut config.options);
        Ok(Self::default())
    }

    /// Without `strict` arguments ignore the schema, even where a call is forced.
    fn quirks() -> Quirks {
        Quirks {
            replay: Replay::Reasoning,
            strict_tools: true,
            ..Quirks::default()
        }
    }

    fn default_model(&self) -> Option<&str> {
        self.first_model.get().map(String::as_str)
    }

    fn prelude(&self, dialect: &Dialect) -> Option<HttpRequest> {
        let is_known = dialect.model().is_some() || self.default_model().is_some();
        (!is_known).then(|| dialect.get("models"))
    }

    fn on_prelude(&self, dialect: &Dialect, response: Response<'_>) -> Result<(), Fault> {
        let url = dialect.base_url();
        let body = String::from_utf8_lossy(response.body);
        let answer: Value = serde_json::from_str(&body).unwrap_or_default();
        let models = answer["data"].as_array().ok_or_else(|| {
            let text = format!("`{url}/models` gives no list of models");
            Fault::new(FaultCode::PROTOCOL, text).with_detail(body.as_ref())
        })?;
        // The base model stands before its adapters.
        let first = models.iter().find_map(|model| model["id"].as_str());
        let first = first.ok_or_else(|| {
            let text = format!("the server at `{url}` serves no model");
            Fault::new(FaultCode::CONFIG, text).with_detail("hint: name one in `model`")
        })?;
        self.first_model.get_or_init(|| first.to_owned());
        Ok(())
    }

    fn on_error(&self, dialect: &Dialect, response: Response<'_>) -> Fault {
        faults::answered(dialect.base_url(), response)
    }

    fn on_failure(&self, dialect: &Dialect, fault: Fault, answered: bool) -> Fault {
        if answered {
            fault
        } else {
            faults::unanswered(dialect.base_url(), fault)
        }
    }
}

massgen_plugin::export!(Chat<Vllm>);

#[cfg(test)]
mod tests;
