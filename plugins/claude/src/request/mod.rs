//! From a call to `POST {base}/v1/messages`.
//!
//! Who wins when a member is named twice, weakest first: the backend's options, `extra_body`, the
//! call's parameters, the call's own `extra`. Marks for the provider's cache never stand inside
//! messages: the newest place is found by the provider, so that appended turns leave earlier bytes
//! as they were.

mod choice;
mod messages;
mod thinking;

use dialect::{Body, Endpoint, Options, history, model, tools};
use massgen_plugin::chat::{Call, Params, ResponseFormat};
use massgen_plugin::wire::HttpRequest;
use massgen_plugin::{Config, Fault, FaultCode};
use serde_json::{Value, json};

use crate::wire::{BETAS, SERVER_TOOLS, VERSION};
use thinking::Thinking;

/// Keys that this plugin reads itself, besides those of the provider's tools.
const CLAIMS: &[&str] = &[
    "betas",
    "max_thinking_tokens",
    "max_tokens",
    "output_config",
    "parallel_tool_calls",
    "prompt_caching",
    "reasoning_effort",
    "thinking",
    "tool_choice",
];

/// One configured backend: where it is, which model, which options.
pub(crate) struct Request {
    endpoint: Endpoint,
    model: String,
    options: Options,
    server_tools: Vec<Value>,
    /// The mark for the provider's cache, where it is used: up to here the prompt comes again.
    cache_mark: Option<Value>,
}

impl Request {
    /// Reads the configuration.
    pub(crate) fn new(config: Config) -> Result<Self, Fault> {
        let of_tools = SERVER_TOOLS.iter().flat_map(|tool| [tool.0, tool.1]);
        let claims: Vec<_> = of_tools.chain(CLAIMS.iter().copied()).collect();
        let options = Options::read(config.options.clone(), &claims)?;
        let server_tools = server_tools(&options);
        let caches = options.claimed.get("prompt_caching") != Some(&Value::Bool(false));
        // The address may end in the version, as other clients want it.
        let endpoint = Endpoint::new(&config, &options)?.above_v1();
        Ok(Self {
            endpoint: endpoint
                .with_key_in("x-api-key")
                .with_header("anthropic-version", VERSION)
                .with_header("anthropic-beta", &betas(&options, &server_tools)),
            model: model(config.model)?,
            options,
            server_tools,
            cache_mark: caches.then(|| json!({ "type": "ephemeral" })),
        })
    }

    /// The request of a call.
    pub(crate) fn render(&self, call: &Call) -> Result<HttpRequest, Fault> {
        self.options.warn_of_ignored(None);
        Ok(self.endpoint.post("v1/messages", self.body(call)?.text()?))
    }

    fn body(&self, call: &Call) -> Result<Body, Fault> {
        let thinking = Thinking::new(&self.model, &self.options, &call.params);
        let choice = choice::choose(call, &self.options.claimed);
        let mut body = Body::default();
        body.set("model", &self.model)?;
        body.set("max_tokens", &thinking.max_tokens)?;
        if let Some(text) = history::system(&call.turns) {
            let block = json!({ "type": "text", "text": text });
            body.set("system", &self.cached(vec![block]))?;
        }
        let functions = call.tools.iter();
        let functions = functions.map(|tool| tools::offer(tool, "input_schema"));
        let offers: Vec<_> = self.server_tools.iter().cloned().chain(functions).collect();
        if !offers.is_empty() {
            body.set("tools", &self.cached(offers))?;
            body.set_some("tool_choice", choice.as_ref())?;
        }
        body.set("messages", &messages::render(&call.turns))?;
        body.set_all(self.options.body.iter().map(|(name, value)| (name, value)))?;
        body.sampling(&call.params, "max_tokens", "stop_sequences")?;
        // A limit of the call, too, is for the answer: the budget for thinking comes on top.
        body.set("max_tokens", &thinking.max_tokens)?;
        let unless_set = [
            ("thinking", thinking.form(choice.as_ref())),
            ("output_config", self.output(&thinking, &call.params)?),
            ("cache_control", self.cache_mark.clone()),
        ];
        for (name, value) in unless_set {
            if let Some(value) = value {
                body.set_default(name, &value)?;
            }
        }
        body.set("stream", &true)?;
        body.set_all(&call.params.extra)?;
        Ok(body)
    }

    /// The blocks, the last one marked for the cache.
    fn cached(&self, mut blocks: Vec<Value>) -> Vec<Value> {
        if let (Some(last), Some(mark)) = (blocks.last_mut(), &self.cache_mark) {
            last["cache_control"] = mark.clone();
        }
        blocks
    }

    /// What is configured, with effort and form of the reply.
    fn output(&self, thinking: &Thinking, params: &Params) -> Result<Option<Value>, Fault> {
        let configured = self.options.claimed.get("output_config");
        let configured = configured.filter(|it| it.is_object()).cloned();
        let mut output = configured.unwrap_or_else(|| json!({}));
        if let Some(effort) = &thinking.effort {
            output["effort"] = effort.as_str().into();
        }
        match &params.response_format {
            None => {}
            Some(ResponseFormat::JsonSchema { schema, .. }) => {
                output["format"] = json!({ "type": "json_schema", "schema": schema });
            }
            Some(ResponseFormat::JsonObject) => {
                let text = "this provider has no JSON without a schema";
                let fault = Fault::new(FaultCode::UNSUPPORTED, text);
                return Err(fault.with_detail("hint: ask for a reply that matches a JSON Schema"));
            }
        }
        Ok(Some(output).filter(|it| *it != json!({})))
    }
}

/// The tools of the provider that are switched on, with the members that are configured for them.
fn server_tools(options: &Options) -> Vec<Value> {
    let on = SERVER_TOOLS.iter().filter(|tool| options.is_on(tool.0));
    on.map(|(_, name, dated)| {
        let mut offer = json!({ "type": dated, "name": name });
        let members = options.claimed.get(*name).and_then(Value::as_object);
        for (name, value) in members.into_iter().flatten() {
            offer[name] = value.clone();
        }
        offer
    })
    .collect()
}

/// The header `anthropic-beta`: what old tools need, and what is configured.
fn betas(options: &Options, server_tools: &[Value]) -> String {
    let is_on = |dated: &str| server_tools.iter().any(|tool| tool["type"] == dated);
    let needed = BETAS.iter().filter(|(dated, _)| is_on(dated));
    let given = options.claimed.get("betas").and_then(Value::as_array);
    let given = given.into_iter().flatten().filter_map(Value::as_str);
    let all: Vec<_> = needed.map(|(_, beta)| *beta).chain(given).collect();
    all.join(",")
}
