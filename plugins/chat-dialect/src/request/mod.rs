//! From a call to `POST {base}/chat/completions`.
//!
//! Who wins when a member is named twice, weakest first: the backend's options, `extra_body`, the
//! call's parameters, the call's own `extra`. What was configured as null is not sent.

mod messages;
mod tools;

use massgen_plugin::chat::{Call, Effort, Params, ResponseFormat};
use massgen_plugin::wire::HttpRequest;
use massgen_plugin::{Config, Fault, FaultCode};
use serde_json::{Value, json};

use dialect::{Body, Endpoint, Options};

use crate::Server;
use crate::quirks::{EffortForm, Quirks};

/// The switch for web search, where the provider has one in this interface.
const WEB_SEARCH: &str = "enable_web_search";

/// One configured backend: where it is, which model, which quirks.
#[derive(Debug, Clone)]
pub struct Dialect {
    provider: String,
    endpoint: Endpoint,
    model: Option<String>,
    options: Options,
    quirks: Quirks,
}

impl Dialect {
    /// Reads the configuration for a kind of server.
    ///
    /// # Errors
    ///
    /// [`FaultCode::CONFIG`] naming the key.
    pub fn new<S: Server>(config: Config, server: &S) -> Result<Self, Fault> {
        let mut quirks = server.quirks().overlaid(&config)?;
        let options = Options::read(config.options.clone(), &[WEB_SEARCH])?;
        let endpoint = server.endpoint(Endpoint::new(&config, &options)?);
        quirks.strict_tools = options.strict_tools.unwrap_or(quirks.strict_tools);
        Ok(Self {
            provider: config.backend_type,
            endpoint,
            model: config.model,
            options,
            quirks,
        })
    }

    /// The address without a final slash.
    pub fn base_url(&self) -> &str {
        self.endpoint.base_url()
    }

    /// The backend type, which names the origin of turns and of opaque values.
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// The configured model.
    pub fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// What the server does differently.
    pub fn quirks(&self) -> &Quirks {
        &self.quirks
    }

    /// A `GET` of a path below the base address, with key and configured headers.
    pub fn get(&self, path: &str) -> HttpRequest {
        self.endpoint.get(path)
    }

    /// A `GET` of a path beside `/v1`.
    pub fn get_above_v1(&self, path: &str) -> HttpRequest {
        self.endpoint.clone().above_v1().get(path)
    }

    /// The request of a call; the server's default model stands in when none is configured.
    ///
    /// # Errors
    ///
    /// [`FaultCode::CONFIG`] when there is no model at all.
    pub fn request<S: Server>(&self, call: &Call, server: &S) -> Result<HttpRequest, Fault> {
        let model = self
            .model()
            .or(server.default_model())
            .ok_or_else(|| Fault::new(FaultCode::CONFIG, "`model` is missing"))?;
        let cannot_search = self.options.is_on(WEB_SEARCH) && !self.quirks.searches(model);
        self.options
            .warn_of_ignored(cannot_search.then_some(WEB_SEARCH));
        let body = self.body(call, model, server.members())?.text()?;
        Ok(self.endpoint.post("chat/completions", body))
    }

    fn body(&self, call: &Call, model: &str, members: Vec<(String, Value)>) -> Result<Body, Fault> {
        let mut body = Body::default();
        body.set("model", model)?;
        body.set("messages", &messages::render(&call.turns, self))?;
        tools::render(&mut body, call, self.quirks.strict_tools)?;
        self.configured(&mut body, !call.tools.is_empty())?;
        for (name, value) in members {
            body.set_default(&name, &value)?;
        }
        if self.options.is_on(WEB_SEARCH) && self.quirks.searches(model) {
            for (name, value) in &self.quirks.web_search {
                body.set_default(name, value)?;
            }
        }
        self.params(&mut body, &call.params)?;
        body.set("stream", &true)?;
        if self.quirks.stream_options {
            body.set_default("stream_options", &json!({ "include_usage": true }))?;
        }
        body.set_all(&call.params.extra)?;
        Ok(body)
    }

    /// The backend's own members. What belongs to tools is an error of the request without any.
    fn configured(&self, body: &mut Body, has_tools: bool) -> Result<(), Fault> {
        for (name, value) in &self.options.body {
            let of_tools = matches!(name.as_str(), "tool_choice" | "parallel_tool_calls");
            if has_tools || !of_tools {
                let length = matches!(name.as_str(), "max_tokens" | "max_completion_tokens");
                let name = if length { &self.quirks.length } else { name };
                body.set_default(name, value)?;
            }
        }
        Ok(())
    }

    fn params(&self, body: &mut Body, params: &Params) -> Result<(), Fault> {
        body.sampling(params, &self.quirks.length, "stop")?;
        body.set_some("seed", params.seed.as_ref())?;
        if let Some(effort) = params.reasoning_effort {
            self.effort(body, effort)?;
        }
        body.set_some(
            "response_format",
            params.response_format.as_ref().map(form).as_ref(),
        )
    }

    fn effort(&self, body: &mut Body, effort: Effort) -> Result<(), Fault> {
        match self.quirks.effort {
            EffortForm::Word => body.set("reasoning_effort", &effort),
            EffortForm::Object => body.set("reasoning", &json!({ "effort": effort })),
            EffortForm::Thinking => {
                let is_least = effort == Effort::Minimal;
                let word = if is_least { "disabled" } else { "enabled" };
                body.set("thinking", &json!({ "type": word }))
            }
            EffortForm::None => Ok(()),
        }
    }
}

fn form(format: &ResponseFormat) -> Value {
    match format {
        ResponseFormat::JsonObject => json!({ "type": "json_object" }),
        ResponseFormat::JsonSchema { name, schema } => json!({
            "type": "json_schema",
            "json_schema": { "name": name, "schema": schema, "strict": true },
        }),
    }
}
