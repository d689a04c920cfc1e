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
use massgen_plugin::{Config, Fault};
use serde_json::{Map, Value, json};

use crate::wire::{RENAMED, SAMPLING, SERVER_TOOLS, TOP_LEVEL};

/// Keys that this plugin reads itself.
const CLAIMS: &[&str] = &[
    "enable_code_execution",
    "enable_url_context",
    "enable_web_search",
    "include_thoughts",
    "reasoning_effort",
    "toolConfig",
    "tool_config",
];

/// One configured backend: where it is, which model, which options.
pub(crate) struct Request {
    endpoint: Endpoint,
    /// Without the path before it.
    pub(crate) model: String,
    options: Options,
    /// The provider's tools that are switched on.
    server_tools: Vec<Value>,
}

impl Request {
    /// Reads the configuration.
    pub(crate) fn new(config: Config) -> Result<Self, Fault> {
        let options = Options::read(config.options.clone(), CLAIMS)?;
        let endpoint = Endpoint::new(&config, &options)?.with_key_in("x-goog-api-key");
        let model = dialect::model(config.model)?;
        let tools = SERVER_TOOLS.iter().filter(|it| options.is_on(it.0));
        Ok(Self {
            endpoint,
            model: model.trim_start_matches("models/").to_owned(),
            server_tools: tools.map(|(_, name)| json!({ *name: {} })).collect(),
            options,
        })
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
        tools::render(&mut body, call, self)?;
        body.set("contents", &contents::render(&call.turns, &self.model))?;
        let mut generation = Map::new();
        for (name, value) in &self.options.body {
            let name = member(name);
            match value {
                Value::Object(members) if name == "generationConfig" => {
                    generation.extend(members.clone());
                }
                value if TOP_LEVEL.contains(&name.as_str()) => body.set(&name, value)?,
                value => generation.extend([(name, value.clone())]),
            }
        }
        generation.extend(said(&call.params));
        self.think(&mut generation, &call.params);
        let generation = Some(&generation).filter(|it| !it.is_empty());
        body.set_some("generationConfig", generation)?;
        body.set_all(&call.params.extra)?;
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
fn said(params: &Params) -> Map<String, Value> {
    let all = json!(params);
    let sampling = SAMPLING
        .iter()
        .filter_map(|it| Some((member(it), all.get(*it)?.clone())));
    let mut said: Map<_, _> = sampling.collect();
    if let Some(format) = &params.response_format {
        said.insert("responseMimeType".into(), "application/json".into());
        if let ResponseFormat::JsonSchema { schema, .. } = format {
            said.insert("responseJsonSchema".into(), schema.clone());
        }
    }
    said
}
