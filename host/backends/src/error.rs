//! Why a backend could not be opened. All of these are found before a run starts.

use massgen_plugin::Fault;

/// Why a backend could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// `base_url` or its override is no address.
    #[error("`{url}` is not an `http:` or `https:` address")]
    Address {
        /// The text.
        url: String,
    },
    /// An address with a user name or password in it, which would stand in logs.
    #[error("the address of host `{host}` holds a user name or password")]
    Credentials {
        /// Its host.
        host: String,
    },
    /// A host written with a final dot: no key belongs to it, and certificates do not name it so.
    #[error("the host `{host}` ends with a dot")]
    FinalDot {
        /// The host.
        host: String,
    },
    /// A key is needed and nowhere to be found.
    #[error("{title} needs a key and none is set")]
    MissingKey {
        /// The provider, for people.
        title: String,
        /// Environment variables that would hold it, in order.
        variables: Vec<String>,
        /// Variables that are set and belong to another host, so they were not read.
        withheld: Vec<String>,
    },
    /// A known provider's key would cross a network unencrypted.
    #[error("{title} would get its key over plain `http:`")]
    Exposed {
        /// The provider, for people.
        title: String,
    },
    /// The plugin refused the configuration, or failed while it read it.
    #[error("plugin `{plugin}`: {}", fault.message)]
    Create {
        /// The plugin's name.
        plugin: String,
        /// What it said.
        fault: Fault,
    },
    /// The plugin does not serve the type after all.
    #[error("plugin `{plugin}` has no backend type `{type_name}`")]
    Type {
        /// The plugin's name.
        plugin: String,
        /// The type.
        type_name: String,
    },
}

impl OpenError {
    /// What the user can do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Address { .. } => "an address looks like `https://api.example.com/v1`".into(),
            Self::Credentials { .. } => {
                "leave them out; a key is written as `api_key`, other headers as `extra_headers`"
                    .into()
            }
            Self::FinalDot { .. } => "leave the dot out".into(),
            Self::Exposed { .. } => "write `https:`, or `api_key` if that is meant".into(),
            Self::MissingKey {
                variables,
                withheld,
                ..
            } => missing_hint(variables, withheld),
            Self::Create { fault, .. } if fault.detail.is_empty() => {
                "`massgen plugin inspect FILE` shows the keys it knows".into()
            }
            Self::Create { fault, .. } => {
                let detail = fault.detail.as_str();
                detail.strip_prefix("hint: ").unwrap_or(detail).to_owned()
            }
            Self::Type { .. } => "`massgen plugin list` shows every type".into(),
        }
    }
}

fn missing_hint(variables: &[String], withheld: &[String]) -> String {
    match (variables, withheld) {
        ([], []) => "write `api_key` into the backend's configuration".into(),
        ([], others) => format!(
            "{} is for another host and is not sent here; write `api_key` beside `base_url`",
            others.join(" and ")
        ),
        (names, _) => format!("set {}, or write `api_key`", names.join(" or ")),
    }
}
