//! From a call to `POST {base}/v1/messages`.
//!
//! Who wins when a member is named twice, weakest first: the backend's options, `extra_body`, the
//! call's parameters, the call's own `extra`. Marks for the provider's cache never stand inside
//! messages: the newest place is found by the provider, so that appended turns leave earlier bytes
//! as they were.

mod messages;
mod thinking;
mod tools;

use dialect::{Body, Endpoint, Options, history};
use massgen_plugin::chat::{Call, Params, ResponseFormat};
use massgen_plugin::wire::HttpRequest;
use massgen_plugin::{Config, Fault, FaultCode};
use serde_json::{Map, Value, json};

use crate::wire::{BETAS, SERVER_TOOLS, VERSION};
use thinking::Thinking;

/// Keys that this plugin reads itself.
const CLAIMS: &[&str] = &[
    "betas",
    "code_execution",
    "enable_code_execution",
    "enable_web_fetch",
    "enable_web_search",
    "max_thinking_tokens",
    "max_tokens",
    "output_config",
    "parallel_tool_calls",
    "prompt_caching",
    "reasoning_effort",
    "thinking",
    "tool_choice",
    "web_fetch",
    "web_search",
];

/// One configured backend: where it is, which model, which options.
pub(crate) struct Request {
    endpoint: Endpoint,
    model: String,
    options: Options,
    server_tools: Vec<Value>,
}

impl Request {
    /// Reads the configuration.
    pub(crate) fn new(config: Config) -> Result<Self, Fault> {
        let options = Options::read(config.options.clone(), CLAIMS)?;
        let server_tools = server_tools(&options);
        let mut endpoint = Endpoint::new(&config, &options)?
            .with_key_in("x-api-key")
            .with_header("anthropic-version", VERSION);
        let betas = betas(&options, &server_tools);
        if !betas.is_empty() {
            endpoint = endpoint.with_header("anthropic-beta", &betas.join(","));
        }
        let model = config.model;
        let model = model.ok_or_else(|| Fault::new(FaultCode::CONFIG, "`model` is missing"))?;
        Ok(Self {
            endpoint,
            model,
            options,
            server_tools,
        })
    }

    /// The request of a call.
    pub(crate) fn render(&self, call: &Call) -> Result<HttpRequest, Fault> {
        self.options.warn_of_ignored(None);
        // The address may end in the version, as other clients want it.
        let has_version = self.endpoint.base_url().ends_with("/v1");
        let path = if has_version {
            "messages"
        } else {
            "v1/messages"
        };
        Ok(self.endpoint.post(path, self.body(call)?.text()?))
    }

    fn body(&self, call: &Call) -> Result<Body, Fault> {
        let caches = self.claimed("prompt_caching") != Some(&Value::Bool(false));
        let thinking = Thinking::new(&self.model, &self.options, &call.params);
        let choice = tools::choice(call, &self.options.claimed);
        let mut body = Body::default();
        body.set("model", &self.model)?;
        body.set("max_tokens", &thinking.max_tokens)?;
        body.set_some("system", system(call, caches).as_ref())?;
        let offered = tools::render(call, &self.server_tools, caches);
        if !offered.is_empty() {
            body.set("tools", &offered)?;
            body.set_some("tool_choice", choice.as_ref())?;
        }
        body.set("messages", &messages::render(&call.turns))?;
        for (name, value) in &self.options.body {
            body.set(name, value)?;
        }
        params(&mut body, &call.params)?;
        if let Some(form) = thinking.form(choice.as_ref()) {
            body.set_default("thinking", form)?;
        }
        let output = self.output_config(thinking.effort.as_deref(), &call.params)?;
        if !output.is_empty() {
            body.set_default("output_config", &output)?;
        }
        if caches {
            body.set_default("cache_control", &ephemeral())?;
        }
        body.set("stream", &true)?;
        for (name, value) in &call.params.extra {
            body.set(name, value)?;
        }
        Ok(body)
    }

    fn claimed(&self, key: &str) -> Option<&Value> {
        self.options.claimed.get(key)
    }

    /// What is configured, with effort and form of the reply.
    fn output_config(
        &self,
        effort: Option<&str>,
        params: &Params,
    ) -> Result<Map<String, Value>, Fault> {
        let configured = self.claimed("output_config").and_then(Value::as_object);
        let mut output = configured.cloned().unwrap_or_default();
        if let Some(effort) = effort {
            output.insert("effort".into(), effort.into());
        }
        match &params.response_format {
            None => {}
            Some(ResponseFormat::JsonSchema { schema, .. }) => {
                let format = json!({ "type": "json_schema", "schema": schema });
                output.insert("format".into(), format);
            }
            Some(ResponseFormat::JsonObject) => {
                let text = "this provider has no JSON without a schema";
                let fault = Fault::new(FaultCode::UNSUPPORTED, text);
                return Err(fault.with_detail("hint: ask for a reply that matches a JSON Schema"));
            }
        }
        Ok(output)
    }
}

/// A mark for the provider's cache: up to here the prompt comes again.
fn ephemeral() -> Value {
    json!({ "type": "ephemeral" })
}

/// All system turns as one block.
fn system(call: &Call, caches: bool) -> Option<Value> {
    let text = history::system(&call.turns).filter(|text| !text.trim().is_empty())?;
    let mut block = json!({ "type": "text", "text": text });
    if caches {
        block["cache_control"] = ephemeral();
    }
    Some(json!([block]))
}

/// The tools of the provider that are switched on, with the members that are configured for them.
fn server_tools(options: &Options) -> Vec<Value> {
    let on = SERVER_TOOLS
        .iter()
        .filter(|tool| options.is_on(tool.switch));
    on.map(|tool| {
        let mut offer = json!({ "type": tool.dated, "name": tool.name });
        let members = options.claimed.get(tool.name).and_then(Value::as_object);
        for (name, value) in members.into_iter().flatten() {
            offer[name] = value.clone();
        }
        offer
    })
    .collect()
}

/// Values for the header `anthropic-beta`: those of old tools, and what is configured.
fn betas(options: &Options, server_tools: &[Value]) -> Vec<String> {
    let dated = server_tools.iter().filter_map(|tool| tool["type"].as_str());
    let known = |dated| BETAS.iter().find(|(name, _)| *name == dated);
    let needed = dated.filter_map(known).map(|(_, beta)| (*beta).to_owned());
    let given = options.claimed.get("betas").and_then(Value::as_array);
    let given = given.into_iter().flatten().filter_map(Value::as_str);
    needed.chain(given.map(ToOwned::to_owned)).collect()
}

/// What the call says of sampling; a seed is not known here.
fn params(body: &mut Body, params: &Params) -> Result<(), Fault> {
    body.set_some("max_tokens", params.max_output_tokens.as_ref())?;
    body.set_some("temperature", params.temperature.as_ref())?;
    body.set_some("top_p", params.top_p.as_ref())?;
    body.set_some(
        "stop_sequences",
        Some(&params.stop).filter(|stop| !stop.is_empty()),
    )
}
