//! What a failure of the way says: whether somebody has to log in, and whether anything was sent.

use std::error::Error;

use rmcp::service::ClientInitializeError;
use rmcp::transport::AuthError;
use rmcp::transport::streamable_http_client::{
    AuthRequiredError, InsufficientScopeError, StreamableHttpError,
};
use transport::pinned::{HttpClientError, never_connected};
use transport::{causes, story};

use super::Credentials;
use crate::{CallError, ConnectError};

/// What a failed greeting over HTTP says; `None` when the server did answer, and its answer is
/// what is wrong.
pub(crate) fn greeting(
    error: &ClientInitializeError,
    credentials: &Credentials,
) -> Option<ConnectError> {
    let error = match error {
        ClientInitializeError::TransportError { error, .. } => &*error.error,
        ClientInitializeError::LegacyFallbackFailed { fallback, .. } => {
            return greeting(fallback, credentials);
        }
        _ => return None,
    };
    if let Some(refusal) = refusal(error, credentials) {
        return Some(refusal.into());
    }
    causes(error).find(|it| it.is::<HttpError>()).map(|error| {
        let reason = credentials.masked(&told(error));
        ConnectError::Unreachable { reason }
    })
}

type HttpError = StreamableHttpError<HttpClientError>;

/// The failure and its causes, on one line. `rmcp` does not name the client's error as a cause.
pub(crate) fn told(error: &(dyn Error + 'static)) -> String {
    client_error(error).map_or_else(|| story(error), |error| story(error))
}

fn client_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a HttpClientError> {
    causes(error).find_map(|error| match error.downcast_ref()? {
        HttpError::Client(error) => Some(error),
        _ => None,
    })
}

/// That a server does not accept who we say we are, and why.
pub(crate) enum Refusal {
    /// Somebody has to log in.
    Login(String),
    /// The header of the configuration is wrong; a login would not be used.
    Header(String),
}

impl From<Refusal> for ConnectError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Login(reason) => Self::LoginNeeded { reason },
            Refusal::Header(reason) => Self::Unauthorized { reason },
        }
    }
}

impl From<Refusal> for CallError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Login(reason) => Self::LoginNeeded { reason },
            Refusal::Header(reason) => Self::Unauthorized { reason },
        }
    }
}

/// Whether and why we are not accepted, when that is what the failure says.
pub(crate) fn refusal(error: &(dyn Error + 'static), credentials: &Credentials) -> Option<Refusal> {
    let (what, refusal): (_, fn(String) -> Refusal) = if credentials.configured {
        ("it", Refusal::Header)
    } else {
        ("the login", Refusal::Login)
    };
    causes(error).find_map(|error| {
        let reason = if error.is::<AuthRequiredError>() {
            if credentials.configured {
                "it is not valid, or no longer".to_owned()
            } else {
                "nobody is logged in, or the login is no longer valid".to_owned()
            }
        } else if let Some(scope) = error.downcast_ref::<InsufficientScopeError>() {
            match &scope.required_scope {
                Some(scope) => format!("{what} does not cover `{scope}`"),
                None => format!("{what} does not cover this"),
            }
        } else {
            match error.downcast_ref()? {
                AuthError::AuthorizationRequired | AuthError::TokenRefreshRejected(_) => {
                    format!("{what} has expired")
                }
                _ => return None,
            }
        };
        Some(refusal(reason))
    })
}

/// Whether this failure of a transport says for sure that the request was not delivered: no
/// connection came about.
pub(crate) fn undelivered(error: &(dyn Error + 'static)) -> bool {
    client_error(error).is_some_and(never_connected)
}
