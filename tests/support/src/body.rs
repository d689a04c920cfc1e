//! An action as an HTTP response: status, headers, and a body that is complete, cut, stalled or
//! endless.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt};
use http_body_util::StreamBody;
use hyper::body::Frame;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use tokio::time::sleep;

use crate::{Action, Fault, Reply, Request, sse};

/// A body in pieces; an error in place of a piece closes the connection.
pub(crate) type Body = StreamBody<BoxStream<'static, io::Result<Frame<Bytes>>>>;

const EVENTS: &str = "text/event-stream";
const JSON: &str = "application/json";
/// Between two pieces of an endless body.
const PACE: Duration = Duration::from_millis(5);

/// Carries out an action. Never returns for [`Fault::Stall`].
pub(crate) async fn respond(action: Action, request: &Request) -> Response<Body> {
    match action {
        Action::Reply(reply) => {
            sleep(reply.wait).await;
            events(
                stream::iter(sse::stream(&reply, request))
                    .map(piece)
                    .boxed(),
            )
        }
        Action::Fault(fault) => misbehave(fault, request).await,
    }
}

/// A complete JSON response.
pub(crate) fn json(status: u16, body: String) -> Response<Body> {
    response(status, JSON, stream::iter([piece(body)]).boxed())
}

async fn misbehave(fault: Fault, request: &Request) -> Response<Body> {
    match fault {
        Fault::Status {
            code,
            headers,
            body,
        } => with_headers(json(code, body), headers),
        Fault::Cut { after, reply } => events(
            beginning(&reply, request, after)
                .chain(stream::once(torn()))
                .boxed(),
        ),
        Fault::Stall => std::future::pending().await,
        Fault::StallAfterHead => events(stream::pending().boxed()),
        Fault::StallAfter { after, reply } => events(
            beginning(&reply, request, after)
                .chain(stream::pending())
                .boxed(),
        ),
        Fault::KeepAlives => events(endless(": still here\n\n".to_owned())),
        Fault::EndlessText => events(endless(sse::text_event(request, "and so on "))),
        Fault::MalformedEvents => events(whole(malformed())),
        Fault::InvalidUtf8 => events(whole(invalid_utf8(request))),
        Fault::HugeEvent { bytes } => events(whole(vec![
            sse::text_event(request, &"x".repeat(bytes)).into(),
        ])),
        Fault::Html => response(200, "text/html", whole(vec![PAGE.into()])),
        Fault::PlainJson(reply) => json(200, sse::document(&reply, request)),
        Fault::ErrorEvent { event } => {
            let pieces = [sse::text_event(request, "Well, "), sse::event(&event)];
            events(stream::iter(pieces).map(piece).boxed())
        }
    }
}

const PAGE: &str = "<!doctype html><html><head><title>Sign in</title></head>\
    <body><h1>Please sign in to the network</h1></body></html>";

type Pieces = BoxStream<'static, io::Result<Frame<Bytes>>>;

fn events(pieces: Pieces) -> Response<Body> {
    response(200, EVENTS, pieces)
}

fn response(status: u16, kind: &'static str, pieces: Pieces) -> Response<Body> {
    let mut response = Response::new(StreamBody::new(pieces));
    *response.status_mut() = StatusCode::from_u16(status).expect("a status of three digits");
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn with_headers(mut response: Response<Body>, headers: Vec<(String, String)>) -> Response<Body> {
    for (name, value) in headers {
        let name = HeaderName::try_from(name).expect("a header name");
        let value = HeaderValue::try_from(value).expect("a header value");
        response.headers_mut().insert(name, value);
    }
    response
}

fn piece(bytes: impl Into<Bytes>) -> io::Result<Frame<Bytes>> {
    Ok(Frame::data(bytes.into()))
}

fn whole(pieces: Vec<Bytes>) -> Pieces {
    stream::iter(pieces).map(piece).boxed()
}

/// The first bytes of a reply's body.
fn beginning(reply: &Reply, request: &Request, after: usize) -> Pieces {
    let mut bytes = sse::stream(reply, request).concat().into_bytes();
    bytes.truncate(after);
    whole(vec![bytes.into()])
}

/// Closes the connection without an end mark, after what was sent has left.
async fn torn() -> io::Result<Frame<Bytes>> {
    sleep(Duration::from_millis(20)).await;
    Err(io::ErrorKind::ConnectionReset.into())
}

fn endless(event: String) -> Pieces {
    let bytes = Bytes::from(event);
    let next = move |()| {
        let bytes = bytes.clone();
        async move {
            sleep(PACE).await;
            Some((piece(bytes), ()))
        }
    };
    stream::unfold((), next).boxed()
}

fn malformed() -> Vec<Bytes> {
    let data = [
        "{\"choices\":[{\"del",
        "42",
        "null",
        "{\"choices\":7}",
        "[[[[",
        "[DONE]",
    ];
    data.map(|it| sse::event(it).into()).into()
}

fn invalid_utf8(request: &Request) -> Vec<Bytes> {
    let mut bytes = sse::text_event(request, "@").into_bytes();
    if let Some(at) = bytes.iter().position(|it| *it == b'@') {
        bytes.splice(at..=at, [0xff, 0xfe, 0x80, 0xc3]);
    }
    vec![bytes.into(), sse::event("[DONE]").into()]
}
