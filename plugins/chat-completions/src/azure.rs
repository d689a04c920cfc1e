//! Azure OpenAI: the same interface at another address, with the key in another header (spec
//! backends §5).

use chat_dialect::{Quirks, Server};
use dialect::Endpoint;
use massgen_plugin::{Config, Fault, FaultCode};
use serde_json::Value;

/// The version of the interface when the configuration names none.
const VERSION: &str = "2024-12-01-preview";

/// Azure OpenAI.
pub(crate) struct Azure;

impl Server for Azure {
    fn new(config: &mut Config) -> Result<Self, Fault> {
        // The host has made the address of it already.
        config.options.remove("azure_endpoint");
        let version = match config.options.remove("api_version") {
            None | Some(Value::Null) => None,
            Some(Value::String(version)) => Some(version),
            Some(_) => return Err(fault("`api_version` is no text")),
        };
        let base = config.base_url().map_err(|_| no_address())?;
        config.base_url = Some(address(base, config.model.as_deref(), version.as_deref())?);
        Ok(Self)
    }

    fn quirks(&self) -> Quirks {
        Quirks {
            length: "max_completion_tokens".into(),
            think_tags: false,
            ..Quirks::default()
        }
    }

    fn endpoint(&self, endpoint: Endpoint) -> Endpoint {
        endpoint.with_key_in("api-key")
    }
}

/// The address to which the path of a request is added: the deployment's, unless it is that of the
/// interface without deployments and versions.
fn address(base: &str, model: Option<&str>, version: Option<&str>) -> Result<String, Fault> {
    let (path, query) = base.split_once('?').unwrap_or((base, ""));
    let path = path.trim_end_matches('/');
    let is_v1 = path.ends_with("/openai/v1");
    let version = version.or((!is_v1).then_some(VERSION));
    let version = version.filter(|_| !query.contains("api-version="));
    let version = version.map(|it| format!("api-version={it}"));
    let query = [query, version.as_deref().unwrap_or("")];
    let query: Vec<_> = query.into_iter().filter(|it| !it.is_empty()).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    let place = if is_v1 || path.contains("/openai/deployments/") {
        path.to_owned()
    } else {
        let root = path.strip_suffix("/openai").unwrap_or(path);
        format!("{root}/openai/deployments/{}", deployment(model)?)
    };
    Ok(format!("{place}{mark}{}", query.join("&")))
}

fn deployment(model: Option<&str>) -> Result<&str, Fault> {
    let model = model.ok_or_else(|| {
        fault("`model` is missing").with_detail("hint: on Azure it is the name of the deployment")
    })?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if model.chars().all(is_plain) && model.starts_with(char::is_alphanumeric) {
        return Ok(model);
    }
    Err(
        fault(format!("`model` is no name of a deployment: `{model}`"))
            .with_detail("hint: such a name has letters, digits, `-`, `_` and `.` only"),
    )
}

fn no_address() -> Fault {
    fault("`base_url` is missing").with_detail(
        "hint: set it, `azure_endpoint` or AZURE_OPENAI_ENDPOINT to \
         `https://RESOURCE.openai.azure.com`",
    )
}

fn fault(text: impl Into<String>) -> Fault {
    Fault::new(FaultCode::CONFIG, text)
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn every_form_of_address_leads_to_the_same_interface() {
        let host = "https://r.openai.azure.com";
        let of = |base: &str, version| address(&format!("{host}{base}"), Some("d-1"), version);
        for (base, version, expected) in [
            (
                "",
                None,
                "/openai/deployments/d-1?api-version=2024-12-01-preview",
            ),
            ("//", Some("v"), "/openai/deployments/d-1?api-version=v"),
            (
                "/openai",
                Some("v"),
                "/openai/deployments/d-1?api-version=v",
            ),
            (
                "/openai/deployments/other",
                Some("v"),
                "/openai/deployments/other?api-version=v",
            ),
            (
                "/?api-version=own&x=1",
                Some("v"),
                "/openai/deployments/d-1?api-version=own&x=1",
            ),
            ("/openai/v1", None, "/openai/v1"),
            (
                "/openai/v1/",
                Some("preview"),
                "/openai/v1?api-version=preview",
            ),
            (
                "/gateway",
                Some("v"),
                "/gateway/openai/deployments/d-1?api-version=v",
            ),
        ] {
            let expected = format!("{host}{expected}");
            assert_eq!(of(base, version).as_ref(), Ok(&expected), "{base}");
        }
    }

    #[test]
    fn a_name_that_would_leave_its_place_in_the_address_is_refused() {
        for model in ["", "a/b", "..", "a?b", "a b"] {
            let fault = address("https://h", Some(model), None).err();
            assert!(
                fault.is_some_and(|it| it.message.contains("deployment")),
                "{model}"
            );
        }
    }
}
