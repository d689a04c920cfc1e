//! The options of a backend against its plugin's schema, before the plugin runs.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, validator_for};
use serde_json::Value;

use crate::diagnostic::nearest;
use crate::{BackendPlan, Diagnostic};

/// What the plugin's JSON Schema of its own keys says about the options, in file order.
///
/// A wrong value is an error. A key that the schema does not know is a warning: it is passed
/// through to the provider, which may know it. A schema that is itself broken is one error. No
/// message holds a value of the configuration, since it may be a secret.
pub fn schema_check(backend: &BackendPlan, schema: &Value) -> Vec<Diagnostic> {
    let validator = match validator_for(schema) {
        Ok(validator) => validator,
        Err(error) => return vec![broken(backend, &error)],
    };
    let options = Value::Object(backend.options.clone());
    let mut found = unknown_keys(backend, schema);
    let wrong = validator.iter_errors(&options);
    found.extend(wrong.filter_map(|error| wrong_value(backend, &error)));
    found.sort_by_key(|diagnostic| (diagnostic.place.line, diagnostic.place.column));
    found
}

fn broken(backend: &BackendPlan, error: &ValidationError<'_>) -> Diagnostic {
    let text = format!(
        "the plugin for `{}` has a schema that is not valid: {error}",
        backend.type_name
    );
    at(backend, "", text)
}

fn at(backend: &BackendPlan, pointer: &str, text: String) -> Diagnostic {
    let place = backend.places.of(pointer).clone();
    Diagnostic::error(place, backend.places.path(pointer), text)
}

/// Keys at the top that the schema does not name.
fn unknown_keys(backend: &BackendPlan, schema: &Value) -> Vec<Diagnostic> {
    let known = schema.get("properties").and_then(Value::as_object);
    let known: Vec<&str> = known
        .into_iter()
        .flat_map(|known| known.keys())
        .map(String::as_str)
        .collect();
    let unknown = backend
        .options
        .keys()
        .filter(|key| !known.contains(&key.as_str()));
    unknown
        .map(|key| unknown_key(backend, key, &known))
        .collect()
}

fn unknown_key(backend: &BackendPlan, key: &str, known: &[&str]) -> Diagnostic {
    let pointer = format!("/{}", key.replace('~', "~0").replace('/', "~1"));
    let path = backend.places.path(&pointer);
    let text = format!(
        "`{path}` is unknown to the backend `{}` and passed on to the provider as it is",
        backend.type_name
    );
    let place = backend.places.of(&pointer).clone();
    let warning = Diagnostic::warning(place, path, text);
    match nearest(key, known.iter().copied()) {
        Some(meant) => warning.hint(format!("did you mean `{meant}`?")),
        None => warning,
    }
}

fn wrong_value(backend: &BackendPlan, error: &ValidationError<'_>) -> Option<Diagnostic> {
    let pointer = error.instance_path().as_str();
    let must = match error.kind() {
        ValidationErrorKind::AdditionalProperties { .. }
        | ValidationErrorKind::UnevaluatedProperties { .. } => return None,
        ValidationErrorKind::Type { kind } => format!("must be {}", types(kind)),
        ValidationErrorKind::Enum { options } => format!("must be one of {options}"),
        ValidationErrorKind::Required { property } => format!("lacks the key {property}"),
        _ => error.masked_with("this value").to_string(),
    };
    let path = backend.places.path(pointer);
    Some(at(backend, pointer, format!("`{path}`: {must}")))
}

fn types(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(one) => one.to_string(),
        TypeKind::Multiple(several) => {
            let names: Vec<String> = several.iter().map(|one| one.to_string()).collect();
            names.join(" or ")
        }
    }
}
