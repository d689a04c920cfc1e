//! Which key goes where, over the metadata of every plugin in this repository.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use massgen_plugin::metadata::Manifest;
use serde_json::json;

use super::tests::hosts_of;
use super::*;

/// The manifests of all shipped plugins.
fn manifests() -> Vec<Manifest> {
    let plugins = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins");
    let folders = fs::read_dir(plugins).unwrap().flatten();
    let texts = folders.filter_map(|it| fs::read_to_string(it.path().join("plugin.json")).ok());
    let manifests: Vec<Manifest> = texts
        .map(|text| serde_json::from_str(&text).unwrap())
        .collect();
    assert!(manifests.len() > 1);
    manifests
}

/// Every type with the plugin that serves it.
fn types() -> Vec<(Metadata, BackendType)> {
    let with_metadata = |manifest: Manifest| {
        let types = manifest.types.clone();
        let metadata = Metadata {
            version: "1.0.0".into(),
            sdk: "1".into(),
            manifest,
        };
        types.into_iter().map(move |it| (metadata.clone(), it))
    };
    manifests().into_iter().flat_map(with_metadata).collect()
}

/// Every variable of a key, with the hosts that may receive it by the metadata of all plugins.
fn owners() -> BTreeMap<String, Vec<String>> {
    let mut owners: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (_, kind) in types() {
        let rules = kind.secrets.iter().filter(|it| !it.hosts.is_empty());
        let own = rules.map(|it| (&it.env, &it.hosts));
        let providers = kind.providers.iter().map(|it| (&it.env, &it.hosts));
        for (variables, hosts) in own.chain(providers) {
            for variable in variables {
                let known = owners.entry(variable.clone()).or_default();
                known.extend(hosts.iter().cloned());
            }
        }
    }
    owners
}

/// Every variable is set to its own name.
fn full(name: &str) -> Option<String> {
    let is_key = name.ends_with("_KEY") || name.ends_with("_TOKEN");
    is_key.then(|| format!("value of {name}"))
}

fn spec(kind: &BackendType, base_url: &str) -> BackendSpec {
    BackendSpec {
        type_name: kind.name.clone(),
        base_url: Some(base_url.to_owned()),
        model: Some("m".into()),
        ..BackendSpec::default()
    }
}

/// The variables whose values an address would get from this type.
fn sent_to(metadata: &Metadata, kind: &BackendType, base_url: &str) -> Vec<String> {
    let resolved = resolve(spec(kind, base_url), metadata, kind, &full);
    let secrets = resolved.map(|it| it.grant.secrets).unwrap_or_default();
    let names = owners().into_keys();
    names
        .filter(|name| {
            let value = Secret::new(format!("value of {name}"));
            secrets.iter().any(|it| it.value == value)
        })
        .collect()
}

#[test]
fn a_variable_goes_to_no_host_but_its_own() {
    let addresses = [
        "https://api.openai.com/v1",
        "https://api.anthropic.com",
        "https://generativelanguage.googleapis.com/v1beta",
        "https://api.x.ai/v1",
        "https://api.z.ai/api/paas/v4/",
        "https://open.bigmodel.cn/api/paas/v4/",
        "https://name.openai.azure.com",
        "https://api.studio.nebius.ai/v1",
        "https://api.studio.nebius.com/v1/",
        "https://api.tokenfactory.nebius.com/v1/",
        "https://api.moonshot.cn/v1",
        "https://api.together.ai/v1",
        "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
        "https://fooz.ai/v1",
        "https://notopenai.com/v1",
        "https://openai.com.example/v1",
        "https://example.com/openai.com/v1",
        "https://example.com/v1?host=api.openai.com",
        "https://api.example.com/api.anthropic.com",
        "http://127.0.0.1:8080/v1",
    ];
    let owners = owners();
    for (metadata, kind) in types() {
        for address in addresses {
            let url = Url::parse(address).unwrap();
            let host = url.host_str().unwrap();
            for variable in sent_to(&metadata, &kind, address) {
                let is_own = covers(&owners[&variable], host);
                assert!(is_own, "{}: {variable} to {address}", kind.name);
            }
        }
    }
}

#[test]
fn each_providers_own_address_gets_its_own_variable_and_no_other() {
    for (metadata, kind) in types() {
        for provider in &kind.providers {
            for host in &provider.hosts {
                let sent = sent_to(&metadata, &kind, &format!("https://api.{host}/v1"));
                let first = provider.env.first().cloned();
                assert_eq!(sent, Vec::from_iter(first), "{} at {host}", kind.name);
            }
        }
    }
}

#[test]
fn a_key_of_a_known_provider_never_crosses_a_network_in_plain_text() {
    for (metadata, kind) in types() {
        let hosts = kind.secrets.iter().flat_map(|it| &it.hosts);
        let hosts = hosts.chain(kind.providers.iter().flat_map(|it| &it.hosts));
        for host in hosts {
            let plain = spec(&kind, &format!("http://api.{host}/v1"));
            let refused = resolve(plain, &metadata, &kind, &full);
            let is_exposed = matches!(refused, Err(OpenError::Exposed { .. }));
            assert!(is_exposed, "{} at {host}", kind.name);
        }
    }
}

#[test]
fn api_key_works_for_every_type_and_goes_to_the_address_in_use_alone() {
    for (metadata, kind) in types() {
        if kind.secrets.is_empty() {
            continue;
        }
        let own = BackendSpec {
            api_key: Some(Secret::new("own key")),
            ..spec(&kind, "https://gateway.example/v1")
        };
        let over = BackendSpec {
            override_base_url: Some("http://127.0.0.1:9/v1".into()),
            ..own.clone()
        };
        for (spec, place) in [(own, "gateway.example:443"), (over, "127.0.0.1:9")] {
            let resolved = resolve(spec, &metadata, &kind, &full).unwrap();
            assert_eq!(resolved.key, KeySource::Configuration, "{}", kind.name);
            assert_eq!(hosts_of(&resolved, "own key"), [place], "{}", kind.name);
        }
    }
}

#[test]
fn a_missing_key_names_its_variables() {
    for (metadata, kind) in types() {
        let required = kind.secrets.iter().filter(|it| !it.optional);
        for rule in required {
            let address = kind.base_url.clone();
            let own = rule.hosts.first().map(|it| format!("https://api.{it}/v1"));
            let Some(address) = address.or(own) else {
                continue;
            };
            let missing = resolve(spec(&kind, &address), &metadata, &kind, &|_| None);
            let hint = missing.unwrap_err().hint();
            assert!(hint.contains(&rule.env.join(" or ")), "{hint}");
        }
    }
}

/// Where a type says that an address stands elsewhere too, it counts there, in its order.
#[test]
fn addresses_of_own_keys_and_of_variables_grant_that_host_alone() {
    for (metadata, kind) in types() {
        let place = |spec: BackendSpec, set: &str| {
            let env = |name: &str| match name {
                it if it == set => Some("https://from-variable.example".to_owned()),
                _ => full(name),
            };
            let spec = BackendSpec {
                api_key: Some(Secret::new("own")),
                ..spec
            };
            resolve(spec, &metadata, &kind, &env).unwrap().place
        };
        let bare = || BackendSpec {
            base_url: None,
            ..spec(&kind, "")
        };
        let set = kind.base_url_env.first().cloned().unwrap_or_default();
        if !set.is_empty() {
            assert_eq!(place(bare(), &set), "from-variable.example:443");
        }
        for key in &kind.base_url_keys {
            let mut spec = bare();
            let url = json!("https://from-key.example");
            spec.options.insert(key.clone(), url);
            assert_eq!(place(spec.clone(), &set), "from-key.example:443");
            spec.base_url = Some("https://base.example".into());
            assert_eq!(place(spec, &set), "base.example:443");
        }
    }
}
