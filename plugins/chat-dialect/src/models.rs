//! The first model that a server names, for configurations that name none.

use std::sync::OnceLock;

use massgen_plugin::wire::{HttpRequest, Response};
use massgen_plugin::{Fault, FaultCode};
use serde_json::Value;

use crate::Dialect;

/// Asked for at most until one answer came, and only when the configuration names no model.
#[derive(Debug, Default)]
pub struct FirstModel(OnceLock<String>);

impl FirstModel {
    /// The model, once a server named one.
    pub fn name(&self) -> Option<&str> {
        self.0.get().map(String::as_str)
    }

    /// The question, while there is need for one.
    pub fn question(&self, dialect: &Dialect) -> Option<HttpRequest> {
        let is_known = dialect.model().is_some() || self.name().is_some();
        (!is_known).then(|| dialect.get("models"))
    }

    /// Takes the answer.
    ///
    /// # Errors
    ///
    /// [`FaultCode::PROTOCOL`] when it is no list, [`FaultCode::CONFIG`] when the list is empty.
    pub fn answer(&self, dialect: &Dialect, response: Response<'_>) -> Result<(), Fault> {
        let url = dialect.base_url();
        let body = String::from_utf8_lossy(response.body);
        let answer: Value = serde_json::from_str(&body).unwrap_or_default();
        let models = answer["data"].as_array().ok_or_else(|| {
            let text = format!("`{url}/models` gives no list of models");
            Fault::new(FaultCode::PROTOCOL, text).with_detail(body.as_ref())
        })?;
        // A base model stands before its adapters. Some servers list what cannot chat as well.
        let mut ids = models.iter().filter_map(|model| model["id"].as_str());
        let first = ids.find(|id| !id.contains("embed"));
        let first = first.ok_or_else(|| {
            let text = format!("the server at `{url}` serves no model");
            Fault::new(FaultCode::CONFIG, text).with_detail("hint: name one in `model`")
        })?;
        self.0.get_or_init(|| first.to_owned());
        Ok(())
    }
}
