//! Answers a request from its recording.

use std::path::{Path, PathBuf};

use futures_util::{StreamExt as _, stream};
use url::Url;

use super::{Cassette, End, Request};
use crate::TransportError;
use crate::answer::{Answer, Body};
use crate::causes::BoxError;
use crate::prepare::Prepared;

/// The recorded answer to this request.
///
/// # Errors
/// [`TransportError::CassetteMissing`], [`TransportError::CassetteUnreadable`], and
/// [`TransportError::CassetteMismatch`] when method or path differ. A body that differs is a
/// warning: prompts change, and the recorded answer is still one to go on with.
pub(crate) fn replay(request: &Prepared, path: PathBuf) -> Result<Answer, TransportError> {
    let cassette = load(&path)?;
    compare(&cassette.request, request, &path)?;
    let last = match cassette.end {
        End::Complete => None,
        End::Dropped => Some(TransportError::CassetteDropped { path: path.clone() }),
        End::TooLong => Some(TransportError::CassetteTooLong {
            path: path.clone(),
            limit: super::record::MAX_BODY,
        }),
        End::Failed(fault) => Some(TransportError::Recorded(fault)),
    };
    match (cassette.response, last) {
        (Some(response), last) => Ok(Answer {
            status: response.status,
            headers: response.headers,
            body: body(response.body, last, path),
        }),
        (None, Some(error)) => Err(error),
        (None, None) => Err(unreadable(
            path,
            "it is complete and has no response".into(),
        )),
    }
}

fn load(path: &Path) -> Result<Cassette, TransportError> {
    let text = std::fs::read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => TransportError::CassetteMissing {
            path: path.to_owned(),
        },
        _ => unreadable(path.to_owned(), error.into()),
    })?;
    let cassette: Cassette =
        serde_json::from_slice(&text).map_err(|error| unreadable(path.to_owned(), error.into()))?;
    match cassette.schema {
        1 => Ok(cassette),
        other => Err(unreadable(
            path.to_owned(),
            format!("unknown schema {other}").into(),
        )),
    }
}

fn unreadable(path: PathBuf, source: BoxError) -> TransportError {
    TransportError::CassetteUnreadable { path, source }
}

fn compare(recorded: &Request, request: &Prepared, path: &Path) -> Result<(), TransportError> {
    let now = Request::from(request);
    let body_differs_at = first_difference(recorded.body.as_deref(), now.body.as_deref());
    let (expected, found) = (line(recorded), line(&now));
    if expected != found {
        let path = path.to_owned();
        return Err(TransportError::CassetteMismatch {
            path,
            expected,
            found,
            body_differs_at,
        });
    }
    if let Some(at) = body_differs_at {
        tracing::warn!(path = %path.display(), at, "the request body differs from the recorded one");
    }
    Ok(())
}

/// Method and path: what must be equal. The host may differ, as when a base address is overridden.
fn line(request: &Request) -> String {
    let path =
        Url::parse(&request.url).map_or_else(|_| request.url.clone(), |url| url.path().into());
    format!("{} {path}", request.method)
}

fn first_difference(one: Option<&str>, other: Option<&str>) -> Option<usize> {
    let (one, other) = (
        one.unwrap_or_default().as_bytes(),
        other.unwrap_or_default().as_bytes(),
    );
    if one == other {
        return None;
    }
    let common = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    Some(common)
}

fn body(chunks: Vec<super::Chunk>, last: Option<TransportError>, path: PathBuf) -> Body {
    let pieces = chunks.into_iter().map(move |chunk| {
        chunk
            .bytes
            .decode()
            .map_err(|error| unreadable(path.clone(), error.into()))
    });
    stream::iter(pieces.chain(last.map(Err))).boxed()
}
