//! Which values of a backend's options may be secret. Pure.
//!
//! Nobody says which of an option's variables is a key, so all of them count as one, and so do
//! headers, in which gateways want theirs.

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde_json::Value;

use crate::substitute::substitute;
use crate::{ApiKey, BackendPlan, Env};

/// See [`BackendPlan::sensitive`].
pub(crate) fn sensitive(plan: &BackendPlan, env: &Env<'_>) -> Vec<ApiKey> {
    let mut found = BTreeSet::new();
    for written in plan.options_as_written.values() {
        from_variables(written, env, &mut found);
    }
    if let Some(headers) = plan.options.get("extra_headers") {
        scalars(headers, &mut found);
    }
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
