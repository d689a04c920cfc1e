//! Which key goes where, over a small made-up plugin.

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
            ("vllm", "http://gpu.example.com:8000/v1", "", ""),
            "vLLM would get its key over plain `http:` (write `https:`, or `api_key` if that is meant)",
        ),
        (
            ("vllm", "http://gpu.lan:8000/v1", "", ""),
            "vLLM gpu.lan:8000 VLLM_API_KEY -> gpu.lan:8000",
        ),
        (
            ("vllm", "http://user:word@10.0.0.7/v1", "", ""),
            "the address of host `10.0.0.7` holds a user name or password (leave them out; a key is written as \
             `api_key`, other headers as `extra_headers`)",
        ),
        (
            ("chat", "https://api.z.ai./v1", "", ""),
            "the host `api.z.ai.` ends with a dot (leave the dot out)",
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

/// The hosts that may receive a secret of this value.
pub(super) fn hosts_of(resolved: &Resolved, value: &str) -> Vec<String> {
    let value = Secret::new(value);
    let granted = resolved.grant.secrets.iter().filter(|it| it.value == value);
    granted.flat_map(|it| it.hosts.clone()).collect()
}

#[test]
fn the_address_is_the_configured_one_then_a_key_of_the_type_then_a_variable_then_the_default() {
    let metadata = metadata();
    let kind = BackendType {
        base_url_keys: vec!["own_endpoint".into()],
        base_url_env: vec!["EMPTY_URL".into(), "CHAT_URL".into()],
        ..metadata.manifest.types[1].clone()
    };
    let env = |name: &str| match name {
        "CHAT_URL" => Some("https://variable.example/v1".to_owned()),
        "EMPTY_URL" => Some(" ".to_owned()),
        _ => None,
    };
    let place = |spec: &BackendSpec, env: &dyn Fn(&str) -> Option<String>| {
        let resolved = resolve(spec.clone(), &metadata, &kind, env).unwrap();
        (resolved.place, resolved.config.base_url.unwrap_or_default())
    };
    let mut spec = BackendSpec::default();
    assert_eq!(place(&spec, &|_| None).0, "localhost:8000");
    assert_eq!(place(&spec, &env).0, "variable.example:443");
    let own = json!("https://own.example/x");
    spec.options.insert("own_endpoint".into(), own);
    let (host, base_url) = place(&spec, &env);
    assert_eq!(
        (&*host, &*base_url),
        ("own.example:443", "https://own.example/x")
    );
    spec.base_url = Some("https://base.example".into());
    assert_eq!(place(&spec, &env).0, "base.example:443");
}

#[test]
fn where_a_key_came_from_is_known_and_a_server_on_this_machine_needs_none() {
    let mut metadata = metadata();
    let kind = &mut metadata.manifest.types[0];
    kind.secrets[0].optional = false;
    kind.providers.clear();
    let kind = kind.clone();
    let source = |base_url: &str, api_key: Option<&str>| {
        let spec = BackendSpec {
            base_url: Some(base_url.to_owned()),
            api_key: api_key.map(Secret::new),
            ..BackendSpec::default()
        };
        let env = |name: &str| (name == "OPENAI_API_KEY").then(|| "k".to_owned());
        match resolve(spec, &metadata, &kind, &env) {
            Ok(resolved) => resolved.key.to_string(),
            Err(error) => format!("{error}: {}", error.hint()),
        }
    };
    let table = [
        (
            "https://api.openai.com/v1",
            None,
            "the key came from the variable OPENAI_API_KEY",
        ),
        (
            "https://api.openai.com/v1",
            Some("own"),
            "the key came from `api_key` in the configuration",
        ),
        (
            "http://127.0.0.1:8080/v1",
            None,
            "no key was sent: write `api_key` into the backend's configuration",
        ),
        (
            "https://gateway.example/v1",
            None,
            "Chat needs a key and none is set: OPENAI_API_KEY is for another host and is not sent \
             here; write `api_key` beside `base_url`",
        ),
    ];
    for (base_url, api_key, expected) in table {
        assert_eq!(source(base_url, api_key), expected, "{base_url}");
    }
}
