//! From a call to `POST {base}/models/{model}:streamGenerateContent?alt=sse`.
//!
//! Options may have the names of v0.0.22 (`max_tokens`, `top_p`): the provider's names are made of
//! them. Who wins when a member is named twice, weakest first: the backend's options,
//! `extra_body`, the call's parameters, the call's own `extra`.

mod contents;
mod thinking;
mod tools;

use dialect::{Body, Endpoint, Options, history};
use massgen_plugin::chat::{Call, Params, ResponseFormat};
use massgen_plugin::wire::HttpRequest;
use massgen_plugin::{Config, Fault, FaultCode};
use serde_json::{Map, Value, json};

use crate::wire::{RENAMED, SERVER_TOOLS, TOP_LEVEL};

/// Keys that this plugin reads itself; the last two are of the reference's own clients.
const CLAIMS: &[&str] = &[
    "enable_code_execution",
    "enable_url_context",
    "enable_web_search",
    "include_thoughts",
    "reasoning_effort",
    "toolConfig",
    "tool_config",
    "mcp_sdk_auto",
    "use_multi_mcp",
];

/// One configured backend: where it is, which model, which options.
pub(crate) struct Request {
    endpoint: Endpoint,
    model: String,
    options: Options,
    /// The provider's tools that are switched on.
    server_tools: Vec<Value>,
}

impl Request {
    /// Reads the configuration.
    pub(crate) fn new(config: Config) -> Result<Self, Fault> {
        let options = Options::read(config.options.clone(), CLAIMS)?;
        let endpoint = Endpoint::new(&config, &options)?.with_key_in("x-goog-api-key");
        let model = config.model;
        let model = model.ok_or_else(|| Fault::new(FaultCode::CONFIG, "`model` is missing"))?;
        let on = SERVER_TOOLS
            .iter()
            .filter(|(switch, _)| options.is_on(switch));
        let server_tools = on.map(|(_, name)| json!({ *name: {} })).collect();
        Ok(Self {
            endpoint,
            model: model.trim_start_matches("models/").to_owned(),
            options,
            server_tools,
        })
    }

    /// The model without the path before it.
    pub(crate) fn model(&self) -> &str {
        &self.model
    }

    /// The request of a call.
    pub(crate) fn render(&self, call: &Call) -> Result<HttpRequest, Fault> {
        self.options.warn_of_ignored(None);
        let path = format!("models/{}:streamGenerateContent?alt=sse", self.model);
        Ok(self.endpoint.post(&path, self.body(call)?.text()?))
    }

    fn body(&self, call: &Call) -> Result<Body, Fault> {
        let mut body = Body::default();
        if let Some(text) = history::system(&call.turns) {
            body.set("systemInstruction", &json!({ "parts": [{ "text": text }] }))?;
        }
        let offer = tools::Offer::new(call, self);
        if !offer.tools.is_empty() {
            body.set("tools", &offer.tools)?;
        }
        if !offer.config.is_empty() {
            body.set("toolConfig", &offer.config)?;
        }
        body.set("contents", &contents::render(&call.turns, &self.model))?;
        let mut generation = Map::new();
        for (name, value) in &self.options.body {
            let name = member(name);
            match value {
                Value::Object(members) if name == "generationConfig" => {
                    generation.extend(members.clone());
                }
                value if TOP_LEVEL.contains(&name.as_str()) => body.set(&name, value)?,
                value => {
                    generation.insert(name, value.clone());
                }
            }
        }
        params(&mut generation, &call.params);
        thinking::complete(&mut generation, &self.model, &self.options, &call.params);
        if !generation.is_empty() {
            body.set("generationConfig", &generation)?;
        }
        for (name, value) in &call.params.extra {
            body.set(name, value)?;
        }
        Ok(body)
    }
}

/// The provider's name of an option: `top_p` is `topP`.
fn member(name: &str) -> String {
    let mut words = name.split('_');
    let mut member = words.next().unwrap_or("").to_owned();
    for word in words {
        let mut letters = word.chars();
        member.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        member.push_str(letters.as_str());
    }
    let renamed = RENAMED.iter().find(|(known, _)| *known == member);
    renamed.map_or(member, |(_, name)| (*name).to_owned())
}

/// What the call says of sampling and of the text's form.
fn params(generation: &mut Map<String, Value>, params: &Params) {
    let stop = (!params.stop.is_empty()).then(|| json!(params.stop));
    let said = [
        ("temperature", params.temperature.map(Value::from)),
        ("topP", params.top_p.map(Value::from)),
        ("maxOutputTokens", params.max_output_tokens.map(Value::from)),
        ("stopSequences", stop),
        ("seed", params.seed.map(Value::from)),
    ];
    for (name, value) in said {
        if let Some(value) = value {
            generation.insert(name.into(), value);
        }
    }
    if let Some(format) = &params.response_format {
        generation.insert("responseMimeType".into(), "application/json".into());
        if let ResponseFormat::JsonSchema { schema, .. } = format {
            generation.insert("responseJsonSchema".into(), schema.clone());
        }
    }
}
