//! What the plugin says of itself, and what it says to a wrong configuration.

use massgen_plugin::metadata::{BackendType, Manifest, Metadata};
use massgen_plugin::{Config, FaultCode};
use serde_json::{Value, json};

use super::skipped;
use crate::kit::{Trial, least};
use crate::report::Verdict;

pub(super) fn metadata(trial: &Trial<'_>) -> Verdict {
    problem(trial.metadata).map_or(Verdict::Ok, Verdict::Failed)
}

fn problem(metadata: &Metadata) -> Option<String> {
    let Manifest {
        name,
        types,
        capabilities,
        ..
    } = &metadata.manifest;
    if !is_name(name) {
        return Some(format!(
            "the name `{name}` is not [a-z0-9][a-z0-9-]{{0,38}}"
        ));
    }
    if metadata.version.split('.').count() < 3 {
        return Some(format!("the version `{}` is no SemVer", metadata.version));
    }
    if types.is_empty() {
        return Some("no backend type is served".into());
    }
    if !capabilities.spawn && !capabilities.programs.is_empty() {
        return Some("programs are named, and `spawn` is not asked for".into());
    }
    types.iter().find_map(|it| {
        let problem = type_problem(it)?;
        Some(format!("type `{}`: {problem}", it.name))
    })
}

fn is_name(name: &str) -> bool {
    let well = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
    (1..=39).contains(&name.len()) && !name.starts_with('-') && name.bytes().all(well)
}

fn type_problem(of: &BackendType) -> Option<String> {
    if of.config.get("type") != Some(&json!("object")) {
        return Some("`config` is no schema of an object".into());
    }
    let properties = properties(of);
    if let Some((key, _)) = properties.iter().find(|(_, it)| !it.is_object()) {
        return Some(format!("the schema of `{key}` is no object"));
    }
    let mut names: Vec<_> = of.secrets.iter().map(|it| &it.name).collect();
    names.sort();
    let twice = names.windows(2).find(|it| it[0] == it[1]);
    twice.map(|it| format!("secret `{}` stands twice", it[0]))
}

fn properties(of: &BackendType) -> Vec<(&String, &Value)> {
    let properties = of.config.get("properties").and_then(Value::as_object);
    properties.into_iter().flatten().collect()
}

pub(super) fn describe(trial: &Trial<'_>) -> Verdict {
    let Some(said) = trial.subject.describe() else {
        return skipped("linked into the test, it says nothing");
    };
    match serde_json::from_str::<Metadata>(&said) {
        Ok(said) if said == *trial.metadata => Verdict::Ok,
        _ => Verdict::Failed("`describe` and the metadata in the file differ".into()),
    }
}

/// Values of every type; the ones that a key's schema does not allow are wrong for it.
fn values() -> [(&'static str, Value); 5] {
    [
        ("object", json!({ "massgen-wrong": [1] })),
        ("array", json!([{ "massgen-wrong": 1 }])),
        ("string", json!("massgen-wrong")),
        ("number", json!(0.5)),
        ("boolean", json!(true)),
    ]
}

/// A wrong value for this schema; `None` when it allows everything.
fn wrong(schema: &Value) -> Option<Value> {
    let allowed: Vec<&str> = match schema.get("type")? {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    let is_allowed =
        |kind: &str| allowed.contains(&kind) || (kind == "number" && allowed.contains(&"integer"));
    let (_, value) = values().into_iter().find(|(kind, _)| !is_allowed(kind))?;
    Some(value)
}

pub(super) fn config(trial: &Trial<'_>) -> Verdict {
    for of in &trial.metadata.manifest.types {
        for (key, schema) in properties(of) {
            let Some(value) = wrong(schema) else { continue };
            let mut config = usual(trial, of);
            config.options.insert(key.clone(), value.clone());
            if let Err(problem) = names_key(trial, &config, key) {
                let of = &of.name;
                return Verdict::Failed(format!("type `{of}` with `{key}: {value}`: {problem}"));
            }
        }
    }
    address(trial)
}

/// A configuration of this type that works.
fn usual(trial: &Trial<'_>, of: &BackendType) -> Config {
    let mut configs = trial.samples.iter().map(|it| &it.config);
    let known = configs.find(|it| it.backend_type == of.name);
    known.cloned().unwrap_or_else(|| least(of))
}

/// The host holds values against the schema before the plugin sees them, so a plugin may pass one
/// on. When it does complain, it must be about the key.
fn names_key(trial: &Trial<'_>, config: &Config, key: &str) -> Result<(), String> {
    let text = serde_json::to_string(config).unwrap_or_default();
    let Err(fault) = trial.subject.create(&text) else {
        return Ok(());
    };
    if fault.code != FaultCode::CONFIG {
        let (code, message) = (fault.code.as_str(), fault.message);
        return Err(format!("the fault is `{code}`, not `config`: {message}"));
    }
    if fault.message.contains(key) || fault.detail.contains(key) {
        Ok(())
    } else {
        Err(format!(
            "the fault does not name the key: {}",
            fault.message
        ))
    }
}

/// A backend that sends requests cannot do without an address.
fn address(trial: &Trial<'_>) -> Verdict {
    let plays = trial.samples.iter().zip(&trial.pilot.plays);
    let sends = |address: &str, urls: &[massgen_plugin::wire::HttpRequest]| {
        let host = address.trim_end_matches('/');
        urls.iter().any(|it| it.url.starts_with(host))
    };
    for (case, played) in plays {
        let Some(address) = &case.config.base_url else {
            continue;
        };
        if !sends(address, &played.requests) {
            continue;
        }
        let config = Config {
            base_url: None,
            ..case.config.clone()
        };
        let text = serde_json::to_string(&config).unwrap_or_default();
        return match trial.subject.create(&text) {
            Err(fault) if fault.code == FaultCode::CONFIG => {
                names_key(trial, &config, "base_url").map_or_else(Verdict::Failed, |()| Verdict::Ok)
            }
            Err(fault) => Verdict::Failed(format!(
                "without `base_url` the fault is `{}`, not `config`",
                fault.code.as_str()
            )),
            Ok(_) => Verdict::Failed("without `base_url` a backend is made".into()),
        };
    }
    Verdict::Ok
}
