//! From a configured backend and a plugin's metadata to what the plugin and the transport get.
//!
//! Pure. The address is the configured one (`base_url`, or a key of the type's own that holds it),
//! else that of the type's variables, else the type's default. The provider and the variable of its key follow from that
//! address, by whole labels of its host; an override (gateway, test) changes only where requests go. A key from the
//! environment goes nowhere but to the address its provider was recognised by, or to the override
//! that the user named (spec backends §2.2).

mod keys;

use massgen_plugin::Config;
use massgen_plugin::metadata::{BackendType, Metadata, Provider, host_matches};
use massgen_plugin::wire::Timeouts;
use serde_json::{Map, Value};
use transport::{Grant, Secret, SecretGrant};
use url::{Host, Url};

pub use self::keys::KeySource;
use self::keys::Keys;
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
    /// Host of the configured address, whatever overrides it; empty without an address.
    pub host: String,
    /// Where the key came from.
    pub key: KeySource,
    /// Clocks for requests whose plugin sets none.
    pub timeouts: Timeouts,
}

/// What is wrong with a backend's address or keys, before anything of its plugin runs.
///
/// # Errors
///
/// As [`Backends::open`](crate::Backends::open), as far as the metadata tells.
pub fn check(
    spec: BackendSpec,
    metadata: &Metadata,
    backend_type: &BackendType,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<(), OpenError> {
    resolve(spec, metadata, backend_type, env).map(drop)
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
    let to = Destination::of(&spec, backend_type, env)?;
    let provider = backend_type
        .providers
        .iter()
        .find(|it| covers(&it.hosts, &to.identity));
    let title = provider.map_or(&backend_type.title, |it| &it.title).clone();
    let hosts = &metadata.manifest.capabilities.net;
    let (mut secrets, key) = secrets(&spec, &to, backend_type, provider, &title, env)?;
    let sensitive = spec.sensitive.into_iter();
    let sensitive = sensitive.flat_map(|it| it.credential().into_iter().chain([it]));
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
        host: to.identity,
        key,
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
    /// Whether the configured address is of this machine.
    is_local: bool,
    /// Whether the configured address is of this machine or of a network of the house.
    is_private: bool,
}

impl Destination {
    fn of(
        spec: &BackendSpec,
        backend_type: &BackendType,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, OpenError> {
        let configured = configured(spec, backend_type, env);
        let used = spec.override_base_url.as_ref().or(configured.as_ref());
        let parse = |it: Option<&String>| it.map(|text| address(text)).transpose();
        let identity = parse(configured.as_ref())?;
        let exposed = |url: &Url| url.scheme() == "http" && !is_this_machine(url);
        Ok(Self {
            is_exposed: spec.override_base_url.is_none() && identity.as_ref().is_some_and(exposed),
            is_local: identity.as_ref().is_some_and(is_this_machine),
            is_private: identity
                .as_ref()
                .is_some_and(|url| is_this_machine(url) || is_private(url)),
            base_url: used.cloned(),
            place: parse(used)?.as_ref().map(place_of),
            identity: identity
                .and_then(|url| url.host_str().map(str::to_owned))
                .unwrap_or_default(),
        })
    }
}

/// The address without an override.
fn configured(
    spec: &BackendSpec,
    backend_type: &BackendType,
    env: &dyn Fn(&str) -> Option<String>,
) -> Option<String> {
    let keys = backend_type.base_url_keys.iter();
    let mut own = keys.filter_map(|key| spec.options.get(key)?.as_str().map(str::to_owned));
    let mut variables = backend_type.base_url_env.iter();
    spec.base_url
        .clone()
        .or_else(|| own.next())
        .or_else(|| variables.find_map(|name| set(name, env)))
        .or_else(|| backend_type.base_url.clone())
}

/// A variable's value, when it says something.
fn set(name: &str, env: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let value = env(name)?.trim().to_owned();
    (!value.is_empty()).then_some(value)
}

/// The secrets of the type that have a value, each for the address in use alone, and where the
/// first of them came from.
fn secrets(
    spec: &BackendSpec,
    to: &Destination,
    backend_type: &BackendType,
    provider: Option<&Provider>,
    title: &str,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<(Vec<SecretGrant>, KeySource), OpenError> {
    let mut found = Vec::new();
    let mut sources = Vec::new();
    let rules = &backend_type.secrets;
    let named = rules.iter().position(|rule| rule.name == "api_key");
    for (at, rule) in rules.iter().enumerate() {
        let keys = Keys {
            rule,
            provider,
            title,
            to,
        };
        let written = spec.api_key.as_ref().filter(|_| at == named.unwrap_or(0));
        let (value, source) = keys.value(written, env)?;
        sources.push(source);
        found.extend(value.map(|value| SecretGrant {
            name: rule.name.clone(),
            value,
            hosts: to.place.clone().into_iter().collect(),
        }));
    }
    // A key that nobody asks for is still none for a log.
    let idle = spec.api_key.iter().filter(|_| rules.is_empty());
    found.extend(idle.cloned().map(SecretGrant::redact_only));
    let is_sent = |it: &KeySource| !matches!(it, KeySource::Nowhere { .. });
    let first = sources.iter().position(is_sent).unwrap_or(0);
    let source = sources.into_iter().nth(first);
    Ok((found, source.unwrap_or_default()))
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => host_matches(name, "localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether a name or number leads to a network of the house: addresses that are not routed, names
/// without a dot, and the suffixes that are kept for such networks.
fn is_private(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let kept = ["local", "lan", "internal", "home.arpa"];
            !name.contains('.') || kept.iter().any(|it| host_matches(name, it))
        }
        Some(Host::Ipv4(address)) => address.is_private() || address.is_link_local(),
        Some(Host::Ipv6(address)) => address.is_unique_local() || address.is_unicast_link_local(),
        None => false,
    }
}

fn address(text: &str) -> Result<Url, OpenError> {
    let url = Url::parse(text).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.host().is_some());
    let url = url.ok_or_else(|| OpenError::Address {
        url: text.to_owned(),
    })?;
    let host = url.host_str().unwrap_or_default();
    if !url.username().is_empty() || url.password().is_some() {
        return Err(OpenError::Credentials { host: host.into() });
    }
    if host.ends_with('.') {
        return Err(OpenError::FinalDot { host: host.into() });
    }
    Ok(url)
}

fn place_of(url: &Url) -> String {
    let port = url.port_or_known_default().unwrap_or_default();
    format!("{}:{port}", url.host_str().unwrap_or_default())
}

fn covers(suffixes: &[String], host: &str) -> bool {
    suffixes.iter().any(|suffix| host_matches(host, suffix))
}

#[cfg(test)]
mod shipped_tests;
#[cfg(test)]
mod tests;
