//! What a failure of the way says: whether somebody has to log in, and whether anything was sent.

use std::error::Error;

use rmcp::service::ClientInitializeError;
use rmcp::transport::AuthError;
use rmcp::transport::streamable_http_client::{
    AuthRequiredError, InsufficientScopeError, StreamableHttpError,
};
use transport::pinned::{HttpClientError, never_connected};
use transport::{causes, story};

use crate::ConnectError;

/// What a failed greeting over HTTP says; `None` when the server did answer, and its answer is
/// what is wrong.
pub(crate) fn greeting(error: &ClientInitializeError) -> Option<ConnectError> {
    let error = match error {
        ClientInitializeError::TransportError { error, .. } => &*error.error,
        ClientInitializeError::LegacyFallbackFailed { fallback, .. } => return greeting(fallback),
        _ => return None,
    };
    if let Some(reason) = login_needed(error) {
        return Some(ConnectError::LoginNeeded { reason });
    }
    causes(error).find(|it| it.is::<HttpError>()).map(|error| {
        let reason = story(error);
        ConnectError::Unreachable { reason }
    })
}

type HttpError = StreamableHttpError<HttpClientError>;

/// Why somebody has to log in, when that is what the failure says.
pub(crate) fn login_needed(error: &(dyn Error + 'static)) -> Option<String> {
    causes(error).find_map(|error| {
        if error.is::<AuthRequiredError>() {
            Some("nobody is logged in, or the login is no longer valid".into())
        } else if let Some(scope) = error.downcast_ref::<InsufficientScopeError>() {
            Some(match &scope.required_scope {
                Some(scope) => format!("the login does not cover `{scope}`"),
                None => "the login does not cover this".into(),
            })
        } else {
            match error.downcast_ref()? {
                AuthError::AuthorizationRequired | AuthError::TokenRefreshRejected(_) => {
                    Some("the login has expired".into())
                }
                _ => None,
            }
        }
    })
}

/// Whether this failure of a transport says for sure that the request was not delivered: no
/// connection came about.
pub(crate) fn undelivered(error: &(dyn Error + 'static)) -> bool {
    causes(error).any(|error| {
        error
            .downcast_ref()
            .is_some_and(|error: &HttpClientError| never_connected(error))
    })
}
