//! Grok: chat, and the Responses interface when the web is to be searched (spec backends §4.2).
//!
//! xAI took search out of its chat interface: `search_parameters` is answered with 410.

use chat_dialect::{Dialect, Server};
use massgen_plugin::sdk::http_fault;
use massgen_plugin::wire::Response;
use massgen_plugin::{Config, Fault, FaultCode};
use responses_dialect::{Kind, Quirks, SystemForm};
use serde_json::Value;

/// Grok, in either interface.
pub(crate) struct Grok;

/// Whether the configuration asks for web search.
///
/// # Errors
///
/// [`FaultCode::CONFIG`] when it asks for the old kind as well.
pub(crate) fn searches(config: &Config) -> Result<bool, Fault> {
    let options = &config.options;
    if options.get("enable_web_search").and_then(Value::as_bool) != Some(true) {
        return Ok(false);
    }
    let old = |options: &serde_json::Map<_, Value>| {
        let old = options.get("search_parameters");
        old.is_some_and(|it| !it.is_null())
    };
    let extra = options.get("extra_body").and_then(Value::as_object);
    let place = if extra.is_some_and(old) {
        "extra_body.search_parameters"
    } else if old(options) {
        "search_parameters"
    } else {
        return Ok(true);
    };
    let text = format!("`enable_web_search` and `{place}` contradict each other");
    Err(Fault::new(FaultCode::CONFIG, text).with_detail(format!(
        "hint: remove `{place}`: xAI no longer has it, and `enable_web_search` uses what came after"
    )))
}

impl Server for Grok {
    fn new(_: &mut Config) -> Result<Self, Fault> {
        Ok(Self)
    }

    fn on_error(&self, _: &Dialect, response: Response<'_>) -> Fault {
        let mut fault = http_fault(response);
        if response.status == 410 {
            let hint = "hint: `search_parameters` is gone, set `enable_web_search: true` instead";
            fault.detail = format!("{hint}\n{}", fault.detail);
        }
        fault
    }
}

impl Kind for Grok {
    const QUIRKS: Quirks = Quirks {
        system: SystemForm::Message,
        container: false,
        without_reasoning: &[],
    };
}
