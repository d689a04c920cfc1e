//! From a call to `POST {base}/responses`.
//!
//! Who wins when a member is named twice, weakest first: the backend's options, `extra_body`, the
//! call's parameters, the call's own `extra`. `reasoning` and `text` are merged member by member.

mod input;
mod tools;

use massgen_plugin::chat::{Call, Params, ResponseFormat};
use massgen_plugin::wire::HttpRequest;
use massgen_plugin::{Config, Fault, FaultCode, tracing};
use serde_json::{Map, Value, json};

use dialect::{Body, Endpoint, Options, history};

use crate::{Quirks, SystemForm};
use tools::{CODE_INTERPRETER, WEB_SEARCH};

/// Options that stand inside another member: the option, the member, and the name in there.
const NESTED: &[(&str, &str, &str)] = &[
    ("reasoning_effort", "reasoning", "effort"),
    ("verbosity", "text", "verbosity"),
];

/// One configured backend: where it is, which model, which tools of the provider.
#[derive(Debug, Clone)]
pub(crate) struct Dialect {
    provider: String,
    endpoint: Endpoint,
    model: Option<String>,
    options: Options,
    quirks: Quirks,
}

impl Dialect {
    /// Reads the configuration.
    ///
    /// # Errors
    ///
    /// [`FaultCode::CONFIG`] naming the key.
    pub(crate) fn new(config: Config, quirks: Quirks) -> Result<Self, Fault> {
        let nested = NESTED.iter().map(|(option, _, _)| *option);
        let claims: Vec<_> = nested.chain([WEB_SEARCH, CODE_INTERPRETER]).collect();
        let options = Options::read(config.options.clone(), &claims)?;
        Ok(Self {
            endpoint: Endpoint::new(&config, &options)?,
            provider: config.backend_type,
            model: config.model,
            options,
            quirks,
        })
    }

    /// The backend type, which names the origin of turns and of opaque values.
    pub(crate) fn provider(&self) -> &str {
        &self.provider
    }

    /// The request of a call.
    ///
    /// # Errors
    ///
    /// [`FaultCode::CONFIG`] without a model.
    pub(crate) fn request(&self, call: &Call) -> Result<HttpRequest, Fault> {
        self.options.warn_of_ignored(None);
        let model = self.model.as_deref();
        let model = model.ok_or_else(|| Fault::new(FaultCode::CONFIG, "`model` is missing"))?;
        Ok(self
            .endpoint
            .post("responses", self.body(call, model)?.text()?))
    }

    fn body(&self, call: &Call, model: &str) -> Result<Body, Fault> {
        let mut body = Body::default();
        body.set("model", model)?;
        self.conversation(&mut body, call)?;
        let has_tools = tools::render(&mut body, call, &self.options, self.quirks)?;
        self.configured(&mut body, has_tools)?;
        self.params(&mut body, &call.params)?;
        body.set_some("include", self.include(model).as_ref())?;
        body.set_default("store", &false)?;
        body.set("stream", &true)?;
        body.set_all(&call.params.extra)?;
        Ok(body)
    }

    /// `instructions` and `input`.
    fn conversation(&self, body: &mut Body, call: &Call) -> Result<(), Fault> {
        let mut first = None;
        if let Some(text) = history::system(&call.turns) {
            match (self.quirks.system, self.option("instructions")) {
                (SystemForm::Instructions, None) => body.set("instructions", &text)?,
                (SystemForm::Instructions, Some(_)) => first = Some(("developer", text)),
                (SystemForm::Message, _) => first = Some(("system", text)),
            }
        }
        let first = first.map(|(role, text)| input::message(role, text));
        let reader = input::Reader {
            provider: &self.provider,
            is_stored: self.option("store") == Some(&Value::Bool(true)),
        };
        let input = first.into_iter().chain(reader.render(&call.turns));
        body.set("input", &input.collect::<Vec<_>>())
    }

    /// The backend's own members. What belongs to tools is an error of the request without any.
    fn configured(&self, body: &mut Body, has_tools: bool) -> Result<(), Fault> {
        for (name, value) in &self.options.body {
            match name.as_str() {
                "tool_choice" | "parallel_tool_calls" if !has_tools => {}
                "max_tokens" | "max_completion_tokens" => {
                    body.set_default("max_output_tokens", value)?;
                }
                name => body.set_default(name, value)?,
            }
        }
        Ok(())
    }

    fn params(&self, body: &mut Body, params: &Params) -> Result<(), Fault> {
        body.set_some("temperature", params.temperature.as_ref())?;
        body.set_some("top_p", params.top_p.as_ref())?;
        body.set_some("max_output_tokens", params.max_output_tokens.as_ref())?;
        if !params.stop.is_empty() || params.seed.is_some() {
            tracing::debug!("this interface has neither stop texts nor a seed; they are left out");
        }
        let effort = params.reasoning_effort.map(|effort| json!(effort));
        let format = params.response_format.as_ref().map(form);
        self.merged(body, "reasoning", effort.map(|it| ("effort", it)))?;
        self.merged(body, "text", format.map(|it| ("format", it)))
    }

    /// Sets a member that is an object: what is configured of it, and this on top.
    fn merged(
        &self,
        body: &mut Body,
        name: &str,
        on_top: Option<(&str, Value)>,
    ) -> Result<(), Fault> {
        let of_this = NESTED.iter().filter(|(_, member, _)| *member == name);
        let configured = of_this.filter_map(|(option, _, inner)| {
            let value = self.options.claimed.get(*option)?;
            Some(((*inner).to_owned(), value.clone()))
        });
        let mut object: Map<_, _> = configured.collect();
        let given = self.option(name).and_then(Value::as_object);
        object.extend(
            given
                .into_iter()
                .flatten()
                .map(|(k, v)| (k.clone(), v.clone())),
        );
        object.extend(on_top.map(|(name, value)| (name.to_owned(), value)));
        body.set_some(name, Some(&object).filter(|it| !it.is_empty()))
    }

    /// What to ask for besides the reply, unless the configuration says it.
    fn include(&self, model: &str) -> Option<Vec<&str>> {
        let can_think = !self
            .quirks
            .without_reasoning
            .iter()
            .any(|it| model.starts_with(it));
        let runs_code = self.quirks.container && self.options.is_on(CODE_INTERPRETER);
        let reasoning = can_think.then_some("reasoning.encrypted_content");
        let code = runs_code.then_some("code_interpreter_call.outputs");
        let include: Vec<_> = reasoning.into_iter().chain(code).collect();
        (!include.is_empty() && self.option("include").is_none()).then_some(include)
    }

    fn option(&self, name: &str) -> Option<&Value> {
        let member = self.options.body.iter().find(|(known, _)| known == name);
        member.map(|(_, value)| value)
    }
}

fn form(format: &ResponseFormat) -> Value {
    match format {
        ResponseFormat::JsonObject => json!({ "type": "json_object" }),
        ResponseFormat::JsonSchema { name, schema } => json!({
            "type": "json_schema", "name": name, "schema": schema, "strict": true,
        }),
    }
}
