//! Servers that people run themselves and that serve what they have loaded: LM Studio and SGLang.
//!
//! Nothing is asked before the first call, and then only when no model is configured.

use chat_dialect::{Dialect, FirstModel, LocalServer, Quirks, Replay, Server};
use massgen_plugin::chat::Feature;
use massgen_plugin::wire::{HttpRequest, Response};
use massgen_plugin::{Config, Fault};

const LM_STUDIO: LocalServer = LocalServer {
    title: "LM Studio",
    start: "start the server in LM Studio or with `lms server start`",
    address: "http://localhost:1234/v1",
};

const SGLANG: LocalServer = LocalServer {
    title: "SGLang",
    start: "start it with `python -m sglang.launch_server --model-path MODEL`",
    address: "http://localhost:30000/v1",
};

/// LM Studio or SGLang.
pub(crate) struct Local {
    server: LocalServer,
    replay: Replay,
    first_model: FirstModel,
}

impl Server for Local {
    const USES: &'static [Feature] = &[
        Feature::CHAT,
        Feature::IMAGES,
        Feature::STRUCTURED,
        Feature::PRELUDE,
    ];

    fn new(config: &mut Config) -> Result<Self, Fault> {
        let (server, replay) = match config.backend_type.as_str() {
            "sglang" => (SGLANG, Replay::ReasoningContent),
            _ => (LM_STUDIO, Replay::None),
        };
        Ok(Self {
            server,
            replay,
            first_model: FirstModel::default(),
        })
    }

    fn quirks(&self) -> Quirks {
        Quirks {
            replay: self.replay,
            ..Quirks::default()
        }
    }

    fn default_model(&self) -> Option<&str> {
        self.first_model.name()
    }

    fn prelude(&self, dialect: &Dialect) -> Option<HttpRequest> {
        self.first_model.question(dialect)
    }

    fn on_prelude(&self, dialect: &Dialect, response: Response<'_>) -> Result<(), Fault> {
        self.first_model.answer(dialect, response)
    }

    fn on_error(&self, dialect: &Dialect, response: Response<'_>) -> Fault {
        self.server.answered(dialect.base_url(), response)
    }

    fn on_failure(&self, dialect: &Dialect, fault: Fault, answered: bool) -> Fault {
        self.server.unanswered(dialect.base_url(), fault, answered)
    }
}
