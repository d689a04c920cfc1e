//! The old names of structured outputs, translated by the server's version.
//!
//! Servers from 0.12 on accept `guided_*` and ignore them: 200, and free text. Older ones ignore
//! `structured_outputs`. So the server is asked for its version, and only when one of the old names
//! is configured (spec backends §10).

use std::sync::OnceLock;

use massgen_plugin::wire::Response;
use massgen_plugin::{Fault, FaultCode};
use serde_json::{Map, Value};

/// Old member of the body, and its name inside `structured_outputs`; none where it is gone, because
/// the server alone decides.
const NAMES: &[(&str, Option<&str>)] = &[
    ("guided_json", Some("json")),
    ("guided_regex", Some("regex")),
    ("guided_choice", Some("choice")),
    ("guided_grammar", Some("grammar")),
    ("guided_whitespace_pattern", Some("whitespace_pattern")),
    ("guided_decoding_backend", None),
];

/// The first version with `structured_outputs` alone.
const RENAMED: (u64, u64) = (0, 12);

/// What is configured under old names.
#[derive(Debug, Default)]
pub(crate) struct Guided {
    given: Map<String, Value>,
    is_renamed: OnceLock<bool>,
}

impl Guided {
    /// Takes the old names out of the options and out of their `extra_body`, which wins.
    pub(crate) fn take(options: &mut Map<String, Value>) -> Self {
        let mut given = Map::new();
        for (name, _) in NAMES {
            let direct = options.remove(*name);
            let extra = options.get_mut("extra_body").and_then(Value::as_object_mut);
            let extra = extra.and_then(|it| it.remove(*name));
            if let Some(value) = extra.or(direct).filter(|it| !it.is_null()) {
                given.insert((*name).to_owned(), value);
            }
        }
        Self {
            given,
            is_renamed: OnceLock::new(),
        }
    }

    /// Whether the server's version must be known and is not.
    pub(crate) fn must_ask(&self) -> bool {
        !self.given.is_empty() && self.is_renamed.get().is_none()
    }

    /// Takes the answer to `/version`; `false` when it is the answer to something else.
    pub(crate) fn answer(&self, response: Response<'_>) -> bool {
        let answer: Value = serde_json::from_slice(response.body).unwrap_or_default();
        let Some(version) = answer["version"].as_str() else {
            return false;
        };
        self.is_renamed.get_or_init(|| is_renamed(version));
        true
    }

    /// The members of a body.
    pub(crate) fn members(&self) -> Vec<(String, Value)> {
        if self.is_renamed.get() == Some(&false) {
            return self.given.clone().into_iter().collect();
        }
        let mut outputs = Map::new();
        for (old, new) in NAMES {
            if let (Some(new), Some(value)) = (new, self.given.get(*old)) {
                outputs.insert((*new).to_owned(), value.clone());
            }
        }
        let members = (!outputs.is_empty()).then_some(Value::Object(outputs));
        members
            .map(|it| ("structured_outputs".to_owned(), it))
            .into_iter()
            .collect()
    }

    /// What to do when the server does not tell its version.
    pub(crate) fn untold(&self, mut fault: Fault) -> Fault {
        if fault.code != FaultCode::AUTH {
            let old = self.given.keys().next().map_or("guided_*", String::as_str);
            fault.message = format!("the server does not tell its version: {}", fault.message);
            fault.detail = format!(
                "hint: `{old}` means something else to each version; write `structured_outputs` in its place\n{}",
                fault.detail
            );
        }
        fault
    }
}

/// Whether a version such as `0.12.0rc1` knows the new name alone; one that is no number is taken
/// for a build of today.
fn is_renamed(version: &str) -> bool {
    let mut numbers = version
        .trim_start_matches('v')
        .split('.')
        .map(str::parse::<u64>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) >= RENAMED,
        _ => true,
    }
}
