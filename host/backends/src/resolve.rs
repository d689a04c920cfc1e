//! From a configured backend and a plugin's metadata to what the plugin and the transport get.
//!
//! Pure. The provider and the variable of its key follow from the *configured* address, by whole
//! labels of its host; an override (gateway, test) changes only where requests go. A key from the
//! environment goes nowhere but to the address its provider was recognised by, or to the override
//! that the user named (spec backends §2.2).

use massgen_plugin::Config;
use massgen_plugin::metadata::{
    BackendType, Metadata, Provider, Secret as SecretRule, host_matches,
};
use massgen_plugin::wire::Timeouts;
use serde_json::{Map, Value};
use transport::{Grant, Secret, SecretGrant};
use url::{Host, Url};

use crate::OpenError;

/// One `backend:` of a configuration.
#[derive(Debug, Clone, Default)]
pub struct BackendSpec {
    /// `type`.
    pub type_name: String,
    /// `model`.
    pub model: Option<String>,
    /// `base_url`.
    pub base_url: Option<String>,
    /// Where requests go instead: `--base-url`, else `MASSGEN_BASE_URL_<TYPE>`.
    pub override_base_url: Option<String>,
    /// `api_key`.
    pub api_key: Option<Secret>,
    /// Values among `options` that are written into no log and no cassette. Those of fewer than 8
    /// bytes are found only where they are a whole header or query parameter.
    pub sensitive: Vec<Secret>,
    /// Clocks for requests whose plugin sets none.
    pub timeouts: Timeouts,
    /// The other keys, for the plugin.
    pub options: Map<String, Value>,
}

/// What is used when the backend runs.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// For the plugin.
    pub config: Config,
    /// For the transport.
    pub grant: Grant,
    /// `host:port` of the address in use; one limiter serves all who share it and the key.
    pub place: String,
    /// The provider's name for people.
    pub title: String,
    /// Clocks for requests whose plugin sets none.
    pub timeouts: Timeouts,
}

/// Resolves a backend.
///
/// # Errors
///
/// An address that is none, or a key that is missing.
pub fn resolve(
    spec: BackendSpec,
    metadata: &Metadata,
    backend_type: &BackendType,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Resolved, OpenError> {
    let to = Destination::of(&spec, backend_type)?;
    let provider = backend_type
        .providers
        .iter()
        .find(|it| covers(&it.hosts, &to.identity));
    let title = provider.map_or(&backend_type.title, |it| &it.title).clone();
    let hosts = &metadata.manifest.capabilities.net;
    let mut secrets = secrets(&spec, &to, backend_type, provider, &title, env)?;
    let sensitive = spec.sensitive.into_iter();
    secrets.extend(sensitive.map(SecretGrant::redact_only));
    let grant = Grant {
        hosts: hosts.iter().chain(&to.place).cloned().collect(),
        secrets,
    };
    let config = Config {
        backend_type: backend_type.name.clone(),
        base_url: to.base_url,
        model: spec.model.or_else(|| backend_type.model.clone()),
        provider: provider.map(|it| it.title.clone()),
        quirks: provider.map(|it| it.quirks.clone()).unwrap_or_default(),
        workspace: None,
        options: spec.options,
    };
    Ok(Resolved {
        config,
        grant,
        place: to.place.unwrap_or_default(),
        title,
        timeouts: spec.timeouts,
    })
}

/// Where requests go, and by which host the provider is recognised.
struct Destination {
    base_url: Option<String>,
    /// `host:port` of the address in use.
    place: Option<String>,
    /// Host of the configured address, whatever overrides it.
    identity: String,
    /// Whether requests cross a network without encryption, and nobody named that by an override.
    is_exposed: bool,
}

impl Destination {
    fn of(spec: &BackendSpec, backend_type: &BackendType) -> Result<Self, OpenError> {
        let configured = spec.base_url.as_ref().or(backend_type.base_url.as_ref());
        let used = spec.override_base_url.as_ref().or(configured);
        let parse = |it: Option<&String>| it.map(|text| address(text)).transpose();
        let identity = parse(configured)?;
        let exposed = |url: &Url| url.scheme() == "http" && !is_this_machine(url);
        Ok(Self {
            is_exposed: spec.override_base_url.is_none() && identity.as_ref().is_some_and(exposed),
            base_url: used.cloned(),
            place: parse(used)?.as_ref().map(place_of),
            identity: identity
                .and_then(|url| url.host_str().map(str::to_owned))
                .unwrap_or_default(),
        })
    }
}

/// The secrets of the type that have a value, each for the address in use alone.
fn secrets(
    spec: &BackendSpec,
    to: &Destination,
    backend_type: &BackendType,
    provider: Option<&Provider>,
    title: &str,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<SecretGrant>, OpenError> {
    let mut found = Vec::new();
    for rule in &backend_type.secrets {
        let host = &to.identity;
        let keys = Keys {
            rule,
            provider,
            host,
            title,
            is_exposed: to.is_exposed,
        };
        if let Some(value) = keys.value(spec, env)? {
            found.push(SecretGrant {
                name: rule.name.clone(),
                value,
                hosts: to.place.clone().into_iter().collect(),
            });
        }
    }
    Ok(found)
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => host_matches(name, "localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn address(text: &str) -> Result<Url, OpenError> {
    let url = Url::parse(text).ok();
    url.filter(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some())
        .ok_or_else(|| OpenError::Address {
            url: text.to_owned(),
        })
}

fn place_of(url: &Url) -> String {
    let port = url.port_or_known_default().unwrap_or_default();
    format!("{}:{port}", url.host_str().unwrap_or_default())
}

fn covers(suffixes: &[String], host: &str) -> bool {
    suffixes.iter().any(|suffix| host_matches(host, suffix))
}

/// Where one secret's value may come from.
struct Keys<'a> {
    rule: &'a SecretRule,
    provider: Option<&'a Provider>,
    host: &'a str,
    title: &'a str,
    is_exposed: bool,
}

impl Keys<'_> {
    fn value(
        &self,
        spec: &BackendSpec,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Option<Secret>, OpenError> {
        if self.rule.name == "api_key" && spec.api_key.is_some() {
            return Ok(spec.api_key.clone());
        }
        let variables = self.variables();
        let set = |name: &String| {
            env(name)
                .map(|it| it.trim().to_owned())
                .filter(|it| !it.is_empty())
        };
        match variables.iter().find_map(set) {
            // Only keys of known providers: a private server in the house may well be plain.
            Some(_) if self.is_exposed && self.is_recognised() => Err(OpenError::Exposed {
                title: self.title.to_owned(),
            }),
            Some(value) => Ok(Some(Secret::new(value))),
            None if self.is_required(variables) => Err(OpenError::MissingKey {
                title: self.title.to_owned(),
                variables: variables.to_vec(),
            }),
            None => Ok(None),
        }
    }

    /// The variables of the recognised provider, else the type's own where its hosts allow.
    fn variables(&self) -> &[String] {
        match self.provider {
            Some(provider) => &provider.env,
            None if self.rule.hosts.is_empty() || covers(&self.rule.hosts, self.host) => {
                &self.rule.env
            }
            None => &[],
        }
    }

    fn is_recognised(&self) -> bool {
        self.provider.is_some() || !self.rule.hosts.is_empty()
    }

    fn is_required(&self, variables: &[String]) -> bool {
        !self.rule.optional || (self.is_recognised() && !variables.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use massgen_plugin::metadata::Manifest;
    use serde_json::json;

    #[test]
    fn sensitive_values_are_granted_to_no_host() {
        let metadata = metadata();
        let spec = BackendSpec {
            api_key: Some(Secret::new("own")),
            sensitive: vec![Secret::new("sk-header")],
            ..BackendSpec::default()
        };
        let backend_type = &metadata.manifest.types[0];
        let resolved = resolve(spec, &metadata, backend_type, &|_| None).unwrap();
        let secrets = resolved.grant.secrets.into_iter();
        let granted: Vec<_> = secrets.map(|it| (it.name, it.value, it.hosts)).collect();
        let key = (
            "api_key".to_owned(),
            Secret::new("own"),
            vec!["api.openai.com:443".to_owned()],
        );
        let other = (String::new(), Secret::new("sk-header"), vec![]);
        assert_eq!(granted, [key, other]);
    }

    fn metadata() -> Metadata {
        let manifest: Manifest = serde_json::from_value(json!({
            "name": "chat", "description": "", "license": "",
            "types": [{
                "name": "chat", "title": "Chat", "base_url": "https://api.openai.com/v1", "config": {},
                "secrets": [{ "name": "api_key", "env": ["OPENAI_API_KEY"], "hosts": ["openai.com"], "optional": true }],
                "providers": [
                    { "title": "Nebius", "hosts": ["nebius.com", "nebius.ai"], "env": ["NEBIUS_API_KEY"], "quirks": { "a": 1 } },
                    { "title": "Z", "hosts": ["z.ai"], "env": ["ZAI_API_KEY"] }
                ]
            }, {
                "name": "vllm", "title": "vLLM", "base_url": "http://localhost:8000/v1", "config": {},
                "secrets": [{ "name": "api_key", "env": ["VLLM_API_KEY"], "optional": true }]
            }]
        }))
        .unwrap();
        Metadata {
            version: "1.0.0".into(),
            sdk: "1".into(),
            manifest,
        }
    }

    /// One line: where requests go, and which key goes there; or the variables that are missing.
    fn outcome(type_name: &str, base_url: &str, override_url: &str, api_key: &str) -> String {
        let metadata = metadata();
        let text = |it: &str| (!it.is_empty()).then(|| it.to_owned());
        let backend_type = metadata
            .manifest
            .types
            .iter()
            .find(|it| it.name == type_name)
            .unwrap();
        let spec = BackendSpec {
            type_name: type_name.into(),
            base_url: text(base_url),
            override_base_url: text(override_url),
            api_key: text(api_key).map(Secret::new),
            ..BackendSpec::default()
        };
        let env = |name: &str| (name != "ZAI_API_KEY").then(|| format!("value of {name}"));
        match resolve(spec, &metadata, backend_type, &env) {
            Ok(resolved) => {
                let hosts = resolved.grant.secrets.iter().map(|it| it.hosts.join(","));
                let known = ["OPENAI_API_KEY", "NEBIUS_API_KEY", "VLLM_API_KEY"];
                let name = known
                    .iter()
                    .find(|it| {
                        resolved
                            .grant
                            .secrets
                            .iter()
                            .any(|s| s.value == Secret::new(format!("value of {it}")))
                    })
                    .unwrap_or(&"own");
                let hosts: String = hosts.collect();
                let name = if hosts.is_empty() { "no key" } else { name };
                format!("{} {} {name} -> {hosts}", resolved.title, resolved.place)
            }
            Err(error) => format!("{error} ({})", error.hint()),
        }
    }

    #[test]
    fn a_key_goes_only_to_the_host_its_provider_was_recognised_by() {
        let table = [
            (
                ("chat", "", "", ""),
                "Chat api.openai.com:443 OPENAI_API_KEY -> api.openai.com:443",
            ),
            (
                ("chat", "https://api.studio.nebius.ai/v1", "", ""),
                "Nebius api.studio.nebius.ai:443 NEBIUS_API_KEY -> api.studio.nebius.ai:443",
            ),
            (
                ("chat", "https://api.fooz.ai/v1", "", ""),
                "Chat api.fooz.ai:443 no key -> ",
            ),
            (
                ("chat", "https://evil.example/openai.com", "", ""),
                "Chat evil.example:443 no key -> ",
            ),
            (
                ("chat", "https://api.z.ai/v1", "", ""),
                "Z needs a key and none is set (set ZAI_API_KEY, or write `api_key`)",
            ),
            (
                ("chat", "https://api.z.ai/v1", "", "k"),
                "Z api.z.ai:443 own -> api.z.ai:443",
            ),
            (
                (
                    "chat",
                    "https://api.nebius.com/v1",
                    "http://127.0.0.1:9/x",
                    "",
                ),
                "Nebius 127.0.0.1:9 NEBIUS_API_KEY -> 127.0.0.1:9",
            ),
            (
                ("vllm", "", "", ""),
                "vLLM localhost:8000 VLLM_API_KEY -> localhost:8000",
            ),
            (
                ("chat", "http://api.nebius.com/v1", "", ""),
                "Nebius would get its key over plain `http:` (write `https:`, or `api_key` if that is meant)",
            ),
            (
                ("vllm", "http://10.0.0.7:8000/v1", "", ""),
                "vLLM 10.0.0.7:8000 VLLM_API_KEY -> 10.0.0.7:8000",
            ),
            (
                ("vllm", "localhost:8000", "", ""),
                "`localhost:8000` is not an `http:` or `https:` address (an address looks like `https://api.example.com/v1`)",
            ),
        ];
        for ((type_name, base, over, key), expected) in table {
            assert_eq!(outcome(type_name, base, over, key), expected);
        }
    }
}
