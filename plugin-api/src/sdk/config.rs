//! A backend's configuration, as `create` receives it.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::fault::{Fault, FaultCode};

/// The configuration of one backend: JSON, given once. Holds no key.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// Which of the plugin's types is meant, for example `vllm`.
    pub backend_type: String,
    /// The address to use: the configured one, an override, or the type's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// The model, when one is configured or the type has a default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Name of the provider recognised from the configured address, when one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The provider's quirks, from the plugin's own metadata.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub quirks: Map<String, Value>,
    /// The agent's own folder, absolute, when it has one: where a program of the plugin's works.
    /// Files in it are read and written by operations. Since minor 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<String>,
    /// The remaining keys of `backend:`, without those the host keeps and without secrets.
    #[serde(default)]
    pub options: Map<String, Value>,
}

impl Config {
    /// The options as the author's own type.
    ///
    /// # Errors
    ///
    /// [`FaultCode::CONFIG`] with what does not fit.
    pub fn options<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        serde_json::from_value(Value::Object(self.options.clone())).map_err(|error| {
            Fault::new(FaultCode::CONFIG, format!("backend configuration: {error}"))
        })
    }

    /// The address without a final slash.
    ///
    /// # Errors
    ///
    /// [`FaultCode::CONFIG`] when there is none.
    pub fn base_url(&self) -> Result<&str, Fault> {
        let url = self
            .base_url
            .as_deref()
            .map(|url| url.trim_end_matches('/'));
        url.filter(|url| !url.is_empty())
            .ok_or_else(|| Fault::new(FaultCode::CONFIG, "`base_url` is missing"))
    }
}
