//! The key of a request, and whether it may go where the request goes.

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// A header that carries a secret.
pub(super) struct Secret {
    pub(super) header: String,
    /// The header's value: scheme and key.
    pub(super) line: String,
    /// The key alone.
    pub(super) value: String,
}

/// The secret that a request asks for. Without `variable` a key goes to its own hosts only.
pub(super) fn of(
    manifest: &Value,
    case: &Value,
    request: &Value,
    variable: Option<&str>,
) -> Result<Option<Secret>> {
    let Some(auth) = request.get("auth") else {
        return Ok(None);
    };
    let all = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let types = all(&manifest["types"]);
    let of = types
        .iter()
        .find(|it| it["name"] == case["config"]["backend_type"]);
    let secrets = of.map(|it| all(&it["secrets"])).unwrap_or_default();
    let secret = secrets.iter().find(|it| it["name"] == auth["secret"]);
    let secret = secret.context("the plugin asks for a secret that it does not declare")?;

    let value = match variable {
        Some(name) => std::env::var(name).with_context(|| format!("`{name}` is not set"))?,
        None if !belongs(&all(&secret["hosts"]), &request["url"]) => return Ok(None),
        None => {
            let names = all(&secret["env"]);
            let mut values = names
                .iter()
                .filter_map(|it| std::env::var(it.as_str()?).ok());
            match values.find(|it| !it.is_empty()) {
                Some(value) => value,
                None => bail!("set one of {names:?}, or record with --from"),
            }
        }
    };
    let scheme = auth["scheme"].as_str().unwrap_or_default();
    let header = auth["header"].as_str().unwrap_or("authorization");
    Ok(Some(Secret {
        header: header.to_owned(),
        line: format!("{scheme} {value}").trim_start().to_owned(),
        value,
    }))
}

/// Whether the address is one of the secret's hosts or below one, and encrypted.
fn belongs(hosts: &[Value], url: &Value) -> bool {
    let Some(rest) = url.as_str().and_then(|it| it.strip_prefix("https://")) else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains(['@', '\\']) {
        return false;
    }
    let host = authority.split(':').next().unwrap_or_default();
    hosts.iter().filter_map(Value::as_str).any(|it| {
        let above = host.strip_suffix(it);
        above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_key_goes_to_its_own_hosts_only() {
        let table = [
            ("https://api.openai.com/v1/responses", true),
            ("https://openai.com", true),
            ("http://api.openai.com/v1", false),
            ("https://notopenai.com/v1", false),
            ("https://openai.com.example.org/v1", false),
            ("https://openai.com@example.org/v1", false),
            ("http://127.0.0.1:8000/v1", false),
        ];
        for (url, expected) in table {
            assert_eq!(
                belongs(&[json!("openai.com")], &json!(url)),
                expected,
                "{url}"
            );
        }
    }
}
