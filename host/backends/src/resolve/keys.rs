//! Where a key comes from: `api_key` in the configuration, else a variable that belongs to the
//! provider at the configured address. A variable of one provider is never read for another.

use std::fmt;

use massgen_plugin::metadata::{Provider, Secret as SecretRule};
use transport::Secret;

use super::{Destination, covers, set};
use crate::OpenError;

/// Where the key that a backend sends came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// This environment variable.
    Variable(String),
    /// `api_key` in the configuration.
    Configuration,
    /// There is none.
    Nowhere {
        /// The variables that would have held it, in order; empty when none may.
        variables: Vec<String>,
    },
}

impl Default for KeySource {
    fn default() -> Self {
        Self::Nowhere {
            variables: Vec::new(),
        }
    }
}

/// For the one whose key was refused.
impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "the key came from the variable {name}"),
            Self::Configuration => f.write_str("the key came from `api_key` in the configuration"),
            Self::Nowhere { variables } if variables.is_empty() => {
                f.write_str("no key was sent: write `api_key` into the backend's configuration")
            }
            Self::Nowhere { variables } => {
                let names = variables.join(" or ");
                write!(f, "no key was sent: set {names}, or write `api_key`")
            }
        }
    }
}

/// Where one secret's value may come from.
pub(super) struct Keys<'a> {
    pub(super) rule: &'a SecretRule,
    pub(super) provider: Option<&'a Provider>,
    pub(super) title: &'a str,
    pub(super) to: &'a Destination,
}

impl Keys<'_> {
    /// The value, if there is one, and where it came from. `written` is what the configuration
    /// says.
    pub(super) fn value(
        &self,
        written: Option<&Secret>,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(Option<Secret>, KeySource), OpenError> {
        if let Some(key) = written {
            return Ok((Some(key.clone()), KeySource::Configuration));
        }
        let variables = self.variables();
        let found = variables
            .iter()
            .find_map(|name| set(name, env).map(|value| (name, value)));
        match found {
            // A server in the house may well be plain, and its key belongs to no provider.
            Some(_) if self.to.is_exposed && (self.is_recognised() || !self.to.is_private) => {
                Err(OpenError::Exposed {
                    title: self.title.to_owned(),
                })
            }
            Some((name, value)) => {
                let source = KeySource::Variable(name.clone());
                Ok((Some(Secret::new(value)), source))
            }
            None if self.is_required(variables) => Err(self.missing(variables, env)),
            None => {
                let variables = variables.to_vec();
                Ok((None, KeySource::Nowhere { variables }))
            }
        }
    }

    fn missing(&self, variables: &[String], env: &dyn Fn(&str) -> Option<String>) -> OpenError {
        let others = self.rule.env.iter().filter(|it| !variables.contains(it));
        OpenError::MissingKey {
            title: self.title.to_owned(),
            variables: variables.to_vec(),
            withheld: others
                .filter(|it| set(it, env).is_some())
                .cloned()
                .collect(),
        }
    }

    /// The variables of the recognised provider, else the type's own where its hosts allow. A
    /// backend without an address sends nothing by itself.
    fn variables(&self) -> &[String] {
        let (host, hosts) = (&self.to.identity, &self.rule.hosts);
        match self.provider {
            Some(provider) => &provider.env,
            None if hosts.is_empty() || host.is_empty() || covers(hosts, host) => &self.rule.env,
            None => &[],
        }
    }

    fn is_recognised(&self) -> bool {
        self.provider.is_some() || !self.rule.hosts.is_empty()
    }

    /// A server on this machine needs a key only if the user says so.
    fn is_required(&self, variables: &[String]) -> bool {
        let is_known =
            self.is_recognised() && !variables.is_empty() && !self.to.identity.is_empty();
        !self.to.is_local && (!self.rule.optional || is_known)
    }
}
