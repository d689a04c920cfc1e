//! Which redirects are followed. Pure.
//!
//! A redirect that leaves its server would take credentials, a session and whatever the agent says
//! to a place that the user never named; one that changes the method would lose the message.

use http::StatusCode;
use url::Url;

use super::{AddressRefused, Addresses};
use crate::grant::place;

/// As many as a sane server needs.
const MAX_HOPS: usize = 5;

/// A redirect that is not followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum RedirectRefused {
    #[error("`{from}` redirects to `{to}`; if that is right, configure the new address")]
    Elsewhere { from: String, to: String },
    #[error("`{from}` answers with status {status}, which does not say to send the request again")]
    Method { from: String, status: u16 },
    #[error("`{from}` redirects more than {MAX_HOPS} times")]
    TooMany { from: String },
    #[error(transparent)]
    Address(#[from] AddressRefused),
}

/// `hops` counts the requests that were sent so far.
pub(super) fn check(
    status: StatusCode,
    from: &Url,
    to: &Url,
    hops: usize,
    addresses: &dyn Addresses,
) -> Result<(), RedirectRefused> {
    let (here, there) = (shown(from), shown(to));
    let keeps_method = [
        StatusCode::TEMPORARY_REDIRECT,
        StatusCode::PERMANENT_REDIRECT,
    ];
    if !same_server(from, to) {
        let (from, to) = (here, there);
        return Err(RedirectRefused::Elsewhere { from, to });
    }
    if !keeps_method.contains(&status) {
        let (from, status) = (here, status.as_u16());
        return Err(RedirectRefused::Method { from, status });
    }
    if hops > MAX_HOPS {
        return Err(RedirectRefused::TooMany { from: here });
    }
    match addresses.refusal(to) {
        None => Ok(()),
        Some(reason) => Err(AddressRefused::Text {
            host: there,
            reason,
        }
        .into()),
    }
}

/// The same origin, or the same host with `http` on its usual port becoming `https` on its own.
fn same_server(from: &Url, to: &Url) -> bool {
    let upgraded = from.scheme() == "http"
        && to.scheme() == "https"
        && from.host() == to.host()
        && from.port().is_none()
        && to.port().is_none();
    from.origin() == to.origin() || upgraded
}

/// Scheme, host and port: a path or query may hold a secret.
fn shown(url: &Url) -> String {
    format!("{}://{}", url.scheme(), place(url))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pinned::tests::Rules;

    #[test]
    fn a_redirect_stays_at_its_server_and_keeps_its_method() {
        let table = [
            (307, "https://h.com/mcp", "https://h.com/mcp/", true),
            (308, "https://h.com/mcp", "https://H.com:443/other", true),
            (308, "http://h.com/mcp", "https://h.com/mcp", true),
            (307, "https://h.com/mcp", "http://h.com/mcp", false),
            (307, "http://h.com:8000/", "https://h.com/", false),
            (307, "https://h.com/", "https://h.com:8443/", false),
            (307, "https://h.com/", "https://www.h.com/", false),
            (307, "https://h.com/", "https://127.0.0.1/", false),
            (307, "https://h.com/", "https://u@h.com/", false),
            (307, "https://h.com/", "ftp://h.com/", false),
            (301, "https://h.com/mcp", "https://h.com/mcp/", false),
            (302, "https://h.com/mcp", "https://h.com/mcp/", false),
            (303, "https://h.com/mcp", "https://h.com/mcp/", false),
        ];
        for (status, from, to, followed) in table {
            let status = StatusCode::from_u16(status).unwrap();
            let (from, to) = (Url::parse(from).unwrap(), Url::parse(to).unwrap());
            let checked = check(status, &from, &to, 1, &Rules);
            assert_eq!(
                checked.is_ok(),
                followed,
                "{status} {from} {to}: {checked:?}"
            );
        }
    }

    #[test]
    fn redirects_end() {
        let url = Url::parse("https://h.com/").unwrap();
        let check = |hops| {
            let status = StatusCode::PERMANENT_REDIRECT;
            check(status, &url, &url, hops, &Rules)
        };
        assert_eq!(check(5), Ok(()));
        assert!(matches!(check(6), Err(RedirectRefused::TooMany { .. })));
    }
}
