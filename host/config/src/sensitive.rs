//! Which values of a backend's options and of its servers may be secret. Pure.
//!
//! Nobody says which of an option's variables is a key, so all of them count as one, and so do
//! headers, in which gateways want theirs.

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde_json::Value;
use url::Url;

use crate::redact::{is_secret, secret_arguments};
use crate::substitute::{references, substitute, substitute_variables};
use crate::{ApiKey, BackendPlan, Env, McpServer, McpTransport, ServicesPlan};

/// See [`BackendPlan::sensitive`].
pub(crate) fn of_backend(
    plan: &BackendPlan,
    services: &ServicesPlan,
    env: &Env<'_>,
) -> Vec<ApiKey> {
    let lent = services.sensitive.iter();
    let mut found: BTreeSet<_> = lent.map(|value| value.expose().to_owned()).collect();
    for written in plan.options_as_written.values() {
        from_variables(written, env, &mut found);
    }
    if let Some(headers) = plan.options.get("extra_headers") {
        scalars(headers, &mut found);
    }
    filled(found)
}

/// See [`ServicesPlan::sensitive`].
pub(crate) fn of_servers(servers: &[McpServer], env: &Env<'_>) -> Vec<ApiKey> {
    let mut found = BTreeSet::new();
    for server in servers {
        found.extend(query_secrets(&server.transport));
        for (text, secret) in texts(&server.transport) {
            let names = references(text);
            if secret || !names.is_empty() {
                found.extend(substitute_variables(text, env));
            }
            found.extend(names.iter().filter_map(|name| env(name)));
        }
    }
    filled(found)
}

/// Query parameters in which servers want their keys.
fn query_secrets(transport: &McpTransport) -> Vec<String> {
    let McpTransport::Http { url, .. } = transport else {
        return Vec::new();
    };
    let Ok(url) = Url::parse(url) else {
        return Vec::new();
    };
    let secret = url.query_pairs().filter(|(name, _)| is_secret(name));
    let literal = secret.filter(|(_, value)| references(value).is_empty());
    literal.map(|(_, value)| value.into_owned()).collect()
}

/// Every text of a server that may hold variables, and whether its name says that it is secret.
fn texts(transport: &McpTransport) -> Vec<(&str, bool)> {
    match transport {
        McpTransport::Stdio { argv, env, .. } => {
            let env = env.iter().map(|(name, value)| {
                let value = value.expose();
                (value, is_secret(name) || !is_plain(value))
            });
            secret_arguments(argv).chain(env).collect()
        }
        McpTransport::Http {
            url,
            headers,
            oauth,
            ..
        } => {
            let headers = headers.iter().map(|(_, value)| (value.expose(), true));
            let secret = oauth.client_secret.iter().map(|it| (it.expose(), true));
            let client = oauth.client_id.iter().map(|it| (it.as_str(), false));
            let url = std::iter::once((url.as_str(), false));
            url.chain(headers).chain(secret).chain(client).collect()
        }
    }
}

/// Whether a value is no secret by its looks: a word, a path, an address without a user. A name such
/// as `PAT` says nothing, so what does not look plain counts as secret.
fn is_plain(value: &str) -> bool {
    let word = value
        .chars()
        .all(|c| c.is_ascii_lowercase() || "-_".contains(c));
    let path = value.starts_with(['/', '~', '.']);
    let address = Url::parse(value)
        .is_ok_and(|url| url.has_host() && url.username().is_empty() && url.password().is_none());
    word || path || address
}

fn filled(found: BTreeSet<String>) -> Vec<ApiKey> {
    let filled = found.into_iter().filter(|value| !value.trim().is_empty());
    filled.map(ApiKey::from).collect()
}

/// Texts that hold variables, and the values of these: a provider may repeat either.
fn from_variables(written: &Value, env: &Env<'_>, found: &mut BTreeSet<String>) {
    match written {
        Value::String(text) => found.extend(with_variables(text, env)),
        Value::Array(items) => items.iter().for_each(|it| from_variables(it, env, found)),
        Value::Object(map) => map.values().for_each(|it| from_variables(it, env, found)),
        _ => {}
    }
}

fn with_variables(text: &str, env: &Env<'_>) -> Vec<String> {
    let values = RefCell::new(Vec::new());
    let noting = |name: &str| {
        let value = env(name)?;
        values.borrow_mut().push(value.clone());
        Some(value)
    };
    let whole = substitute(text, &noting);
    let mut values = values.into_inner();
    if !values.is_empty() {
        values.extend(whole);
    }
    values
}

fn scalars(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => drop(found.insert(text.clone())),
        Value::Number(number) => drop(found.insert(number.to_string())),
        Value::Array(items) => items.iter().for_each(|it| scalars(it, found)),
        Value::Object(map) => map.values().for_each(|it| scalars(it, found)),
        Value::Null | Value::Bool(_) => {}
    }
}
