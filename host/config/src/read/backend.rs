//! `backend:`: the keys that the host understands; everything else is the plugin's.

use serde_json::{Map, Value};

use super::{Field, Reader, Section, checked_url, redirect};
use crate::node::{Kind, Node};
use crate::{ApiKey, BackendPlan, Place, Places, ServicesPlan, infer_type, sensitive};

/// Names that the host gives itself; the reference never sends them either.
const OWN: [&str; 2] = ["agent_id", "session_id"];

impl Reader<'_> {
    pub(super) fn backend(
        &mut self,
        agent: &Section<'_>,
        field: Option<Field<'_>>,
    ) -> Option<(BackendPlan, ServicesPlan)> {
        let Some(field) = field else {
            let text = format!("`{}` has no `backend`", agent.path);
            self.error(agent.place, &agent.path, text)
                .hint("add `backend:` with `type:` and `model:` below it");
            return None;
        };
        let mut section = self.section(field)?;
        let model = section.take("model").and_then(|model| self.text(&model));
        let model = model.filter(|model| !model.trim().is_empty());
        let type_name = self.type_name(&mut section, model.as_deref());
        let base_url = section.take("base_url").and_then(|url| self.base_url(&url));
        let api_key = section.take("api_key").and_then(|key| self.api_key(&key));
        let services = self.services(&mut section);
        self.own_names(&mut section);
        let mut plan = BackendPlan {
            type_name: type_name.clone().unwrap_or_default(),
            model,
            base_url,
            api_key,
            ..BackendPlan::default()
        };
        self.options(&section, &mut plan);
        plan.sensitive = sensitive::of_backend(&plan, &services, self.env());
        if let Err(wrong) = redirect(&mut plan, self.env()) {
            self.note(wrong);
        }
        type_name.map(|_| (plan, services))
    }

    fn type_name(&mut self, section: &mut Section<'_>, model: Option<&str>) -> Option<String> {
        let given = section.take("type");
        let known = given
            .as_ref()
            .is_some_and(|field| !matches!(field.node.value, Kind::Null));
        if let (Some(field), true) = (&given, known) {
            let name = self.text(field)?.trim().to_ascii_lowercase();
            if name.is_empty() {
                self.unfit(field, "must not be empty");
            }
            return Some(name);
        }
        let inferred = model.and_then(infer_type);
        if inferred.is_none() {
            let text = match model {
                Some(model) => format!("no backend type is known for the model `{model}`"),
                None => format!("`{}` has neither `type` nor `model`", section.path),
            };
            self.error(section.place, &section.path, text)
                .hint("add `type:`, for example `type: vllm`");
        }
        inferred.map(str::to_owned)
    }

    fn base_url(&mut self, field: &Field<'_>) -> Option<String> {
        let url = self.text(field)?;
        if let Err(must) = checked_url(&url) {
            self.unfit(field, must);
        }
        Some(url)
    }

    fn api_key(&mut self, field: &Field<'_>) -> Option<ApiKey> {
        let key = self.text(field)?;
        let key = key.trim();
        if key.is_empty() || key.contains(char::is_control) {
            self.unfit(field, "must be a key in one line, and not empty");
            return None;
        }
        Some(ApiKey::from(key))
    }

    fn own_names(&mut self, section: &mut Section<'_>) {
        for key in OWN {
            if let Some(field) = section.take(key) {
                let text = format!("`{}` is ignored: the host chooses it", field.path);
                self.warn(&field.node.place, &field.path, text);
            }
        }
    }

    fn options(&mut self, section: &Section<'_>, plan: &mut BackendPlan) {
        plan.places = Places {
            root: section.place.clone(),
            key_path: section.path.clone(),
            ..Places::default()
        };
        for entry in section.rest() {
            let pointer = pointer("", &entry.key);
            remember(&entry.value, &pointer, &mut plan.places);
            // A misspelt key is found at its name, not at its value.
            plan.places.keys.insert(pointer, entry.place.clone());
            let Some(value) = self.value(&section.field(entry)) else {
                continue;
            };
            plan.options.insert(entry.key.clone(), value);
            plan.options_as_written
                .insert(entry.key.clone(), as_written(&entry.value));
        }
    }

    /// The value with its variables replaced; `None` for `null` or after an error.
    fn value(&mut self, field: &Field<'_>) -> Option<Value> {
        Some(match &field.node.value {
            Kind::Null => return None,
            Kind::Flag(flag) => Value::Bool(*flag),
            Kind::Number(number) => Value::Number(number.clone()),
            Kind::Text(text) => Value::String(self.resolved(field, text)?),
            Kind::List(items) => Value::Array(self.list(&field.path, items)),
            Kind::Map(_) => Value::Object(self.object(field.clone())?),
        })
    }

    fn list(&mut self, path: &str, items: &[Node]) -> Vec<Value> {
        let items = items.iter().enumerate().map(|(n, node)| {
            let path = format!("{path}[{n}]");
            self.value(&Field { path, node }).unwrap_or(Value::Null)
        });
        items.collect()
    }

    fn object(&mut self, field: Field<'_>) -> Option<Map<String, Value>> {
        let section = self.section(field)?;
        let entries = section.rest().iter().map(|entry| {
            let value = self.value(&section.field(entry)).unwrap_or(Value::Null);
            (entry.key.clone(), value)
        });
        Some(entries.collect())
    }
}

fn as_written(node: &Node) -> Value {
    match &node.value {
        Kind::Null => Value::Null,
        Kind::Flag(flag) => Value::Bool(*flag),
        Kind::Number(number) => Value::Number(number.clone()),
        Kind::Text(text) => Value::String(text.clone()),
        Kind::List(items) => items.iter().map(as_written).collect(),
        Kind::Map(entries) => entries
            .iter()
            .map(|entry| (entry.key.clone(), as_written(&entry.value)))
            .collect(),
    }
}

fn remember(node: &Node, at: &str, places: &mut Places) {
    let mut keep = |place: &Place| places.keys.insert(at.to_owned(), place.clone());
    keep(&node.place);
    match &node.value {
        Kind::List(items) => {
            for (n, item) in items.iter().enumerate() {
                remember(item, &format!("{at}/{n}"), places);
            }
        }
        Kind::Map(entries) => {
            for entry in entries {
                remember(&entry.value, &pointer(at, &entry.key), places);
            }
        }
        _ => {}
    }
}

/// The JSON pointer of a key of the value at `at`.
fn pointer(at: &str, key: &str) -> String {
    let key = key.replace('~', "~0").replace('/', "~1");
    format!("{at}/{key}")
}
