//! Why a login did not come about.

use std::io;
use std::path::PathBuf;

use rmcp::transport::AuthError;

use crate::ConnectError;

/// Why a login did not come about, or could not be read or forgotten.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError {
    /// The server cannot be reached at all.
    #[error(transparent)]
    Endpoint(#[from] ConnectError),
    /// The configuration gives the server an `Authorization` header, which would win.
    #[error("the configuration gives it an `Authorization` header")]
    Configured,
    /// There is no folder for tokens.
    #[error("there is no folder where a login could be kept")]
    NoStore,
    /// A stored login cannot be read or written.
    #[error("cannot use the stored login {}", file.display())]
    Store {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The server publishes nothing about logins.
    #[error("it does not say how to log in")]
    NotOffered,
    /// The authorisation server does not register clients, and none is configured.
    #[error("its authorisation server wants a client that was registered beforehand")]
    NoClient,
    /// No port of this machine could be listened at.
    #[error("cannot listen for the browser's answer")]
    Listener(#[source] io::Error),
    /// The browser came back with a refusal.
    #[error("the authorisation server refused: {reason}")]
    Refused {
        /// Its words.
        reason: String,
    },
    /// Nobody came back from the browser in time.
    #[error("nobody came back from the browser within {} minutes", minutes)]
    TimedOut {
        /// How long we waited.
        minutes: u64,
    },
    /// The exchange with the authorisation server failed.
    #[error("the login failed")]
    Protocol(#[source] Box<AuthError>),
}

impl LoginError {
    /// What a user can do about it, for the server of this name.
    pub fn hint(&self, server: &str) -> Option<String> {
        match self {
            Self::Endpoint(error) => error.hint(server),
            Self::Configured => {
                Some("take the header out of `headers`, or do without a login".into())
            }
            Self::Store { .. } => Some(format!(
                "check who may read the folder, or log in again with `massgen mcp login {server} --config FILE`"
            )),
            Self::NotOffered => Some("if it wants a fixed token, write it into `headers`".into()),
            Self::NoClient => {
                Some("register a client with the provider and write `oauth: {client_id: …}`".into())
            }
            Self::Refused { .. } | Self::TimedOut { .. } => Some(format!(
                "try again: `massgen mcp login {server} --config FILE`"
            )),
            Self::NoStore | Self::Listener(_) | Self::Protocol(_) => None,
        }
    }
}

impl From<AuthError> for LoginError {
    fn from(error: AuthError) -> Self {
        Self::Protocol(Box::new(error))
    }
}
